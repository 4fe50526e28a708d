import { HikvisionError } from '../../errors/hikvision-error.js';
import { child, find, isTree, list } from '../protocol/document.js';
import { isNotSupported } from '../protocol/reply.js';
import type { Terminal } from './terminal.js';

/** What a terminal can do in CaptureFaceData. */
export interface CaptureCapabilities {
  url: boolean;
  binary: boolean;
  infrared: boolean;
  cancel: boolean;
}

const known = new WeakMap<Terminal, CaptureCapabilities | 'not told'>();

/**
 * What `GET …/CaptureFaceData/capabilities` says, asked once for each connection to a terminal; undefined where the
 * terminal does not know the call: then it has to be tried.
 * @throws HikvisionError where the question fails for another reason
 */
export async function captureCapabilities(
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<CaptureCapabilities | undefined> {
  if (!known.has(terminal)) known.set(terminal, (await ask(terminal, signal)) ?? 'not told');
  return knownCaptureCapabilities(terminal);
}

/** What an earlier question brought; asks nothing. */
export function knownCaptureCapabilities(terminal: Terminal): CaptureCapabilities | undefined {
  const capabilities = known.get(terminal);
  return capabilities === 'not told' ? undefined : capabilities;
}

async function ask(terminal: Terminal, signal?: AbortSignal): Promise<CaptureCapabilities | undefined> {
  try {
    const reply = await terminal.call({
      operation: 'read capture capabilities',
      method: 'GET',
      path: '/ISAPI/AccessControl/CaptureFaceData/capabilities',
      policy: 'repeatable',
      ...(signal ? { signal } : {}),
    });
    const content = reply.document?.content;
    if (!content) return undefined;
    const dataTypes = allowed(find(content, 'dataType'));
    return {
      url: dataTypes.includes('url'),
      binary: dataTypes.includes('binary'),
      infrared: allowed(find(content, 'captureInfrared')).includes('true'),
      cancel: find(content, 'cancelFlag') !== undefined,
    };
  } catch (error) {
    if (isNotSupported(error) || isInvalidOperation(error)) return undefined;
    throw error;
  }
}

/** Some terminals say so of a question that they do not know, with 404 or 403; the capture itself may work. */
function isInvalidOperation(error: unknown): boolean {
  if (!(error instanceof HikvisionError)) return false;
  const { httpStatus } = error.cause;
  return error.code.toLowerCase() === 'invalidoperation' && (httpStatus === 404 || httpStatus === 403);
}

/** The values an element allows: the attribute `opt` in XML, `@opt` as a list or text in JSON. */
function allowed(element: unknown): string[] {
  if (!isTree(element)) return [];
  const options = child(element, '@opt') ?? child(element, 'opt');
  const words = typeof options === 'string' ? options.split(',') : isTree(options) ? [] : list(element, '@opt');
  return words.filter((word) => typeof word === 'string').map((word) => word.trim().toLowerCase());
}
