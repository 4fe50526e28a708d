import type { Reply } from '../../server/reply.js';

/** The content of a status document (`ResponseStatus`). */
export interface Status {
  statusCode: number;
  subStatusCode: string;
  /** Decimal; left out where none is known. */
  errorCode?: number;
  errorMsg?: string;
}

export type Format = 'json' | 'xml';

/** A refusal: the terminal answers with this HTTP status and status document. */
export class Refusal extends Error {
  constructor(
    readonly httpStatus: number,
    readonly status: Status,
  ) {
    super(status.subStatusCode);
  }
}

export const ISAPI_NAMESPACE = 'http://www.isapi.org/ver20/XMLSchema';

/** Error codes in decimal, as seen in JSON. */
const ERROR_CODES: Partial<Record<string, number>> = {
  captureTimeout: 805330944,
  notSupport: 1073741825,
  badJsonFormat: 1342177282,
  badJsonContent: 1610612759,
  MessageParametersLack: 1610612761,
  SubpicAnalysisModelingError: 1610612791,
  urlDownloadFail: 1610612846,
  employeeNoNotExist: 1610637343,
  employeeNoAlreadyExist: 1610637344,
  deviceUserAlreadyExistFace: 1610641412,
};

const STATUS_STRINGS: Partial<Record<number, string>> = {
  1: 'OK',
  2: 'Device Busy',
  3: 'Device Error',
  4: 'Invalid Operation',
  5: 'Invalid Format',
  6: 'Invalid Content',
  7: 'Reboot Required',
  8: 'Batch Operation',
};

/** A refusal with HTTP 400 unless another status is given. */
export function refuse(statusCode: number, subStatusCode: string, errorMsg?: string, httpStatus = 400): Refusal {
  const errorCode = ERROR_CODES[subStatusCode];
  return new Refusal(httpStatus, {
    statusCode,
    subStatusCode,
    ...(errorCode !== undefined && { errorCode }),
    ...(errorMsg !== undefined && { errorMsg }),
  });
}

/** A status document as XML or JSON. */
export function statusReply(
  httpStatus: number,
  status: Status,
  format: Format,
  target: string,
  namespace: string = ISAPI_NAMESPACE,
): Reply {
  const { statusCode, subStatusCode, errorCode, errorMsg } = status;
  const document = {
    requestURL: target,
    statusCode,
    statusString: STATUS_STRINGS[statusCode] ?? 'Unknown',
    subStatusCode,
    ...(errorCode !== undefined && { errorCode }),
    ...(errorMsg !== undefined && { errorMsg }),
  };
  return format === 'json'
    ? jsonReply(document, httpStatus)
    : xmlReply('ResponseStatus', document, httpStatus, namespace);
}

export function jsonReply(document: unknown, status = 200): Reply {
  return { status, contentType: 'application/json', body: Buffer.from(JSON.stringify(document, null, '\t')) };
}

/** A flat XML document. */
export function xmlReply(
  root: string,
  children: Record<string, string | number | boolean>,
  status = 200,
  namespace: string = ISAPI_NAMESPACE,
): Reply {
  return { status, contentType: 'application/xml', body: Buffer.from(xmlDocument(root, children, namespace)) };
}

/** The text of a flat XML document, of the version that its namespace names: 2.0 or 1.0. */
export function xmlDocument(
  root: string,
  children: Record<string, string | number | boolean>,
  namespace: string = ISAPI_NAMESPACE,
): string {
  const lines = Object.entries(children).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  const version = namespace.includes('/ver10/') ? '1.0' : '2.0';
  return xmlText(`<${root} version="${version}" xmlns="${namespace}">\n${lines.join('\n')}\n</${root}>`);
}

/** An XML document from its root element. */
export function xmlText(rootElement: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${rootElement}\n`;
}

function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- XML 1.0 has no way to write these
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
  );
}
