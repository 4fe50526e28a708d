import type { DataType } from '../../protocol/capture-reply.js';
import { captureCapabilities } from '../../terminal/capabilities.js';
import type { IsapiCall, Terminal } from '../../terminal/terminal.js';

/** What is done, in the words of the errors. */
export const CAPTURE_OPERATION = 'capture face';
export const CAPTURE_PATH = '/ISAPI/AccessControl/CaptureFaceData';
/** Terminals want this type although the body is XML. */
export const CAPTURE_CONTENT_TYPE = 'application/x-www-form-urlencoded';
/** DS-K1T341AMF and DS-K1T342MX-E1 answer only when a face came or their window of up to 60 s is over (milliseconds). */
export const CAPTURE_TIMEOUT_MS = 65_000;
const MAX_CAPTURE_BYTES = 8 * 1024 * 1024;

/** Starts a capture on the terminal, which waits for a face for as long as its model does. */
export function captureCall(dataType: DataType, infrared: boolean): IsapiCall {
  return { ...callWith(condition(dataType, infrared)), policy: 'capture' };
}

/** Ends the capture that runs on the terminal, for terminals whose capabilities name `cancelFlag`. */
export function cancelCaptureCall(dataType: DataType): IsapiCall {
  return { ...callWith(`${condition(dataType, false)}<cancelFlag>true</cancelFlag>`), policy: 'cancelCapture' };
}

/** Ends the capture that runs on the terminal, if the terminal knows how to; nothing is thrown. */
export async function cancelCapture(terminal: Terminal, dataType: DataType): Promise<void> {
  const capabilities = await captureCapabilities(terminal).catch(() => undefined);
  if (capabilities?.cancel) await terminal.call(cancelCaptureCall(dataType)).catch(() => undefined);
}

function condition(dataType: DataType, infrared: boolean): string {
  return `<captureInfrared>${infrared}</captureInfrared><dataType>${dataType}</dataType>`;
}

function callWith(elements: string): Omit<IsapiCall, 'policy'> {
  return {
    operation: CAPTURE_OPERATION,
    method: 'POST',
    path: CAPTURE_PATH,
    contentType: CAPTURE_CONTENT_TYPE,
    body: Buffer.from(
      '<?xml version="1.0" encoding="UTF-8"?>' +
        `<CaptureFaceDataCond version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">${elements}</CaptureFaceDataCond>`,
    ),
    timeoutMs: CAPTURE_TIMEOUT_MS,
    maxBytes: MAX_CAPTURE_BYTES,
  };
}
