import { readOffer } from '../../../core/isapi/login/digest/challenge.js';
import { readLoginState } from '../../../core/isapi/login/login-state.js';
import { readDelimited } from '../../../core/isapi/directory/delimited.js';
import { readJson } from '../../../core/isapi/directory/json-rows.js';
import { clockAhead } from '../../../core/isapi/operations/connection-test/terminal-clock.js';
import { replyBody } from '../../../core/isapi/operations/raw-request.js';
import { readCaptureReply } from '../../../core/isapi/protocol/capture-reply.js';
import { readDocument } from '../../../core/isapi/protocol/document.js';
import { extractJpeg, isJpeg } from '../../../core/isapi/protocol/jpeg.js';
import { isEnrolmentPicture, isSameFile } from '../../../core/isapi/protocol/picture-url.js';
import { readReply } from '../../../core/isapi/protocol/reply.js';
import { normalCode } from '../../../core/artemis/protocol/codes.js';
import { failedItems } from '../../../core/artemis/protocol/item-results.js';
import { redact } from '../../../core/artemis/protocol/redaction.js';
import { refusal, type CalledGateway } from '../../../core/artemis/protocol/refusal.js';
import { readAnswer } from '../../../core/artemis/protocol/reply.js';
import { echoedLines, firstDifference } from '../../../core/artemis/signing/echoed-signature.js';
import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { printable } from '../../../core/errors/printable.js';
import { httpReply } from '../terminal/strict-login.js';

const GATEWAY: CalledGateway = {
  appKey: '29374122',
  appSecret: 'qT4nB8vKz1Xw',
  product: 'hikcentral',
  protocol: 'https',
  host: '127.0.0.1',
  port: 443,
  basePath: '/artemis',
  certificate: { mode: 'verify' },
  signature: 'key-nonce-timestamp',
};
const LINES = [
  { name: 'method', text: 'POST' },
  { name: 'path', text: '/artemis/api/a' },
];

function answered(status: number, body: Buffer): ReturnType<typeof readReply> {
  return readReply({ ...httpReply(status), body });
}

/** An answer of a gateway, and what is made of one that is no success. */
function gatewayAnswered(status: number, body: Buffer): void {
  const answer = readAnswer({ ...httpReply(status), body });
  failedItems(answer.data);
  const call = { settings: GATEWAY, httpStatus: status, lines: LINES, clockAhead: 0 };
  if (answer.code !== '0') refusal(answer, call);
}

/** Every function that reads what a device sends, by itself or as a reply would reach it. */
const READERS: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  'a reply of a terminal': (bytes) => {
    const reply = answered(200, bytes);
    readCaptureReply(reply);
    replyBody(reply, 'parsed');
    replyBody(reply, 'text');
  },
  'a refusal of a terminal': (bytes) => answered(400, bytes),
  'a document': (bytes) => readDocument(bytes),
  'the body of a 401': (bytes) => readLoginState(bytes),
  'a picture': (bytes) => extractJpeg(bytes) ?? isJpeg(bytes),
  'an answer of a gateway': (bytes) => gatewayAnswered(200, bytes),
  'a refusal of a gateway': (bytes) => gatewayAnswered(401, bytes),
  'an echoed string to sign': (bytes) => {
    const lines = echoedLines(bytes.toString('latin1'));
    if (lines) firstDifference(LINES, lines);
  },
  'lines that only the gateway has': (bytes) => firstDifference([], [bytes.toString('latin1')]),
  // node:http takes no more bytes of headers than these.
  'a challenge': (bytes) => readOffer([bytes.toString('latin1', 0, 16 * 1024)]),
  'the URL of a picture': (bytes) => {
    const url = bytes.toString('latin1');
    return isEnrolmentPicture(url) || isSameFile(url, `/${url}`);
  },
  'a clock': (bytes) => {
    clockAhead({ localTime: bytes.toString('latin1') }, 0);
    clockAhead({ localTime: '2026-01-01T00:00:00', timeZone: bytes.toString('latin1') }, 0);
  },
  'a code': (bytes) => normalCode(bytes.toString('latin1')),
  'a table of terminals': (bytes) => {
    const text = bytes.toString('latin1');
    readJson(text);
    readDelimited(text, 'needed');
    readDelimited(text, 'optional');
  },
  'text to show': (bytes) => printable(redact(bytes.toString('latin1'), GATEWAY)),
};

/** What a device may send to keep a reader busy: `before`, then `unit` again and again, then `after`. */
interface Pattern {
  before: string;
  unit: string;
  after: string;
}

const UNITS = [
  ...['a', ' ', '\n', '\t', '\0', '\\', '"', '\\"', "'", '=', ',', ':', ';', '@', '/', '//', '%', '%25', '&', '<', '>'],
  ...[
    '{',
    '[',
    '[]',
    '{}',
    '[],',
    '{},',
    '0,',
    '"",',
    '"a":',
    '-',
    '--',
    '\n--',
    '\r\n',
    '1',
    '0x0',
    '.',
    '$',
    '_',
    '__',
  ],
  ...['StringToSign', 'StringToSign:', 'StringToSign :\n', ',apiName:', ', apiName', ',apiName:\n', ',\n'],
  ...['Digest ', 'Digest a=b,', 'a="b",', 'a="\\"', 'nonce="x", ', '=="', '@/', '@a/', 'enrol', '../', '1:00'],
  ...[
    '<a>',
    '</a>',
    '<a/>',
    '<a></a>',
    '<a b="c"/>',
    '<a b="c">',
    '<!--',
    '-->',
    '<!-- -->',
    '<?a ?>',
    '<?',
    '<![CDATA[',
  ],
  ...[
    '<![CDATA[]]>',
    ']]>',
    ']>',
    '<!DOCTYPE',
    '<!DOCTYPE a [',
    '<!ENTITY a "b">',
    '&lt;',
    '&#x26;',
    '&a;',
    '&#',
    'a="',
    " a='",
  ],
  ...[
    '\xff\xd8\xff',
    '\xff\xd8\xff\xda\0\x02',
    '\xff\xd8\xff\xe0\0\x02',
    '\xff\0',
    '\xff\xff',
    '\xff\xd0',
    '\xff\xda',
    '\xff',
  ],
  ...[
    '\xff\xd8\xff\xfe\xff\xff',
    '\xd8\xff',
    '\xff\xd9',
    '\xff\xda\0\x02',
    '\xff\x01',
    '\xff\xe0\0\x02',
    '\x80',
    '\xef\xbb\xbf',
  ],
];

type Frame = readonly [before: string, after: string];

const BARE: readonly Frame[] = [
  ['', ''],
  ['', '\0'],
  ['', '/'],
];
const JSON_FRAMES: readonly Frame[] = [
  ['{"code":"64","msg":"', '"}'],
  ['{"code":"64","msg":"StringToSign:', '\n"}'],
  ['{"code":"0","data":"\n', '"}'],
  ['{"code":"0","data":[', '0]}'],
  ['{"code":0,"a":"\n', ''],
  ['{"statusCode":1,"a":[', '0]}'],
  ['{"statusCode":4,"errorMsg":"', '"}'],
];
const XML_FRAMES: readonly Frame[] = [
  ['<a>', '</a>'],
  ['<a b="', '"/>'],
  ['<a ', '/>'],
  ['<a', '></a>'],
  ['<!DOCTYPE a [', ']><a/>'],
  ['<a>x<![CDATA[', ']]></a>'],
  ['\r\n--MIME_boundary\r\n<CaptureFaceData>', '</CaptureFaceData>'],
];
const PICTURE_FRAMES: readonly Frame[] = [
  ['\xff\xd8\xff\xda\0\x02', ''],
  ['\xff\xd8\xff\xda\0\x02', '\xff\xd9'],
];
const TEXT_FRAMES: readonly Frame[] = [
  ['StringToSign:', '\n'],
  ['Digest realm="', '"'],
  ['Digest nonce=b, qop="', ''],
];

/** The frames in which a reader is given each of the units; the others get random ones alone, since they read the same. */
const FRAMES: Readonly<Record<string, readonly Frame[]>> = {
  'a reply of a terminal': [...BARE, ...JSON_FRAMES, ...XML_FRAMES, ...PICTURE_FRAMES],
  'a picture': [...BARE, ...PICTURE_FRAMES],
  'an answer of a gateway': [...BARE, ...JSON_FRAMES],
  'an echoed string to sign': [...BARE, ...TEXT_FRAMES],
  'lines that only the gateway has': BARE,
  'a challenge': [...BARE, ...TEXT_FRAMES],
  'the URL of a picture': BARE,
  'a clock': BARE,
  'a code': BARE,
  'text to show': BARE,
};

function patternsFor(reader: string): Pattern[] {
  return (FRAMES[reader] ?? []).flatMap(([before, after]) => UNITS.map((unit) => ({ before, unit, after })));
}

/** The pattern with about so many bytes. */
function bytesOf({ before, unit, after }: Pattern, length: number): Buffer {
  return Buffer.from(before + unit.repeat(Math.ceil(length / unit.length)) + after, 'latin1');
}

/** Milliseconds that the reader needs; an error of ours is an answer. */
function costOf(read: (bytes: Buffer) => unknown, bytes: Buffer): number {
  const since = performance.now();
  try {
    read(bytes);
  } catch (error) {
    if (!(error instanceof HikvisionError)) throw error;
  }
  return performance.now() - since;
}

export { READERS, UNITS, patternsFor, bytesOf, costOf, type Pattern };
