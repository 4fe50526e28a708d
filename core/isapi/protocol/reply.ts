import type { HttpReply } from '../../http/connection.js';
import { HikvisionError } from '../../errors/hikvision-error.js';
import { excessFailure, type Excess } from '../../http/document-limits.js';
import { printable } from '../../errors/printable.js';
import { child, headOf, isTree, number, readBounded, text, type IsapiDocument, type Tree } from './document.js';
import { extractJpeg } from './jpeg.js';

/** A reply that the terminal means as a success. */
export interface IsapiReply {
  httpStatus: number;
  headers: HttpReply['headers'];
  body: Buffer;
  /** Absent where the body is empty or no JSON or XML. */
  document: IsapiDocument | undefined;
  /** statusCode 7: accepted, but the terminal wants a reboot. */
  rebootRequired: boolean;
}

/** `statusCode` of a success after which the terminal wants a reboot. */
const REBOOT_REQUIRED = 7;

/** The fields of a status document, whatever its root. */
interface StatusDocument {
  statusCode?: number;
  subStatusCode?: string;
  errorCode?: number;
  errorMsg?: string;
  /** All that the terminal says in words. */
  words?: string;
}

/**
 * Answers that pass by themselves, in lower case: the terminal is busy, still models a face, or saw no good face in
 * its window.
 */
const PASSING = new Set(['capturetimeout', 'lowscore', 'facelibinitializing', 'facedatamodeling']);
/** Terminals name the offending field at the very end of a long sentence. */
const ERROR_MSG_CHARACTERS = 1000;
const DUPLICATES = new Set(['employeenoalreadyexist', 'employeenoalreadyuserexist', 'deviceuseralreadyexist']);
/** Class 2 (busy) answers that do not pass soon, in lower case. */
const LASTING_BUSY = new Set(['upgrading']);
/**
 * From bytes to a success or a typed error, for every reply shape in the field. The number `statusCode` decides:
 * an error may come with HTTP 200, a success with a sub-code that is not `ok`, and wordings differ by firmware.
 * @param repeatable whether two sendings have the effect of one; else an error without a status document leaves it
 * open whether the call took effect
 * @throws HikvisionError only: the terminal's own `subStatusCode`, or `BAD_REPLY`
 */
export function readReply(reply: HttpReply, repeatable = true): IsapiReply {
  const read = readBounded(reply.body);
  const [document, excess] = typeof read === 'string' ? [undefined, read] : [read];
  const content = document && statusContent(document);
  const statusCode = content && number(content, 'statusCode');
  // As nearly all replies are; what else stands in them does not matter then.
  const isPlainSuccess = statusCode === 1 || statusCode === REBOOT_REQUIRED;
  if (!isPlainSuccess) assertSuccess(reply, document ?? excess, content && statusOf(content, statusCode), repeatable);
  return {
    httpStatus: reply.status,
    headers: reply.headers,
    body: reply.body,
    document,
    rebootRequired: statusCode === REBOOT_REQUIRED,
  };
}

function assertSuccess(
  reply: HttpReply,
  document: IsapiDocument | Excess | undefined,
  status: StatusDocument | undefined,
  repeatable: boolean,
): void {
  if (status) {
    if (!isSuccess(status, reply.status)) throw refusal(status, reply.status);
  } else if (reply.status < 200 || reply.status >= 300) {
    throw withoutStatus(reply, repeatable);
  } else if (typeof document === 'string') {
    throw excessFailure(document, reply.status);
  } else if (!document && isCutDocument(reply.body)) {
    throw HikvisionError.of('noDocument', { httpStatus: reply.status, retryable: true });
  }
}

/** Whether the terminal said that it does not know this call: seen as 404 JSON, 404 XML, 403 JSON and 200 JSON. */
export function isNotSupported(error: unknown): boolean {
  if (!(error instanceof HikvisionError)) return false;
  const { subStatusCode, httpStatus } = error.cause;
  if (subStatusCode !== undefined) return ['notsupport', 'methodnotallowed'].includes(subStatusCode.toLowerCase());
  return httpStatus === 404 || httpStatus === 405;
}

/** Every spelling of "this person exists already" (real terminals and tutorials differ). */
export function isDuplicatePerson(error: unknown): boolean {
  if (!(error instanceof HikvisionError)) return false;
  const code = error.code.toLowerCase();
  return DUPLICATES.has(code);
}

/** JSON or XML that ends too early; a page for people, a multipart body and a picture are something else. */
function isCutDocument(body: Buffer): boolean {
  return /^(?:[{[]|<(?!html|!doctype))/i.test(headOf(body)) && !body.includes('\n--') && !extractJpeg(body);
}

/** What may hold a status: in JSON, it may stand next to something else. */
function statusContent(document: IsapiDocument): Tree {
  const inner = child(document.content, 'ResponseStatus');
  return isTree(inner) ? inner : document.content;
}

function statusOf(content: Tree, statusCode: number | undefined): StatusDocument | undefined {
  const subStatusCode = text(content, 'subStatusCode')?.trim();
  const errorMsg = text(content, 'errorMsg')?.trim();
  // Decimal in JSON, hexadecimal text (0x…) in the vendor's tables.
  const errorCode = number(content, 'errorCode') ?? number(content, 'MErrCode');
  if (statusCode === undefined && !subStatusCode && errorCode === undefined) return undefined;
  return {
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(subStatusCode ? { subStatusCode: printable(subStatusCode, 60) } : {}),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(errorMsg ? { errorMsg: printable(errorMsg, ERROR_MSG_CHARACTERS) } : {}),
    ...wordsIn(content),
  };
}

/** Some firmware explains itself in `description` or `subStatusString` instead of `errorMsg`. */
function wordsIn(content: Tree): { words?: string } {
  const all = ['errorMsg', 'description', 'subStatusString'].map((name) => text(content, name)?.trim() ?? '');
  const words = [...new Set(all.filter(Boolean))].join('; ');
  return words === '' ? {} : { words: printable(words, ERROR_MSG_CHARACTERS) };
}

function isSuccess(status: StatusDocument, httpStatus: number): boolean {
  const { statusCode, subStatusCode } = status;
  if (statusCode === 8) return subStatusCode?.toLowerCase() === 'allsuccess';
  // 0 was seen with what had been done.
  if (statusCode !== undefined) return statusCode === 0 && httpStatus >= 200 && httpStatus < 300;
  return subStatusCode?.toLowerCase() === 'ok' && httpStatus < 300;
}

function refusal({ words, ...status }: StatusDocument, httpStatus: number): HikvisionError {
  const code = status.subStatusCode ?? `statusCode-${status.statusCode ?? '?'}`;
  const known = code.toLowerCase();
  const passing =
    (status.statusCode === 2 && !LASTING_BUSY.has(known)) ||
    PASSING.has(known) ||
    (status.statusCode === undefined && isTrouble(httpStatus));
  return HikvisionError.of('refused', {
    code,
    params: { code, detail: words ? `: ${words}` : '' },
    ...status,
    httpStatus,
    retryable: passing,
    delivery: 'answered',
  });
}

function withoutStatus({ status }: HttpReply, repeatable: boolean): HikvisionError {
  const passing = isTrouble(status);
  return HikvisionError.of(passing ? 'inTrouble' : status >= 300 && status < 400 ? 'redirect' : 'httpStatus', {
    params: { status },
    httpStatus: status,
    retryable: passing,
    delivery: passing && !repeatable ? 'unknown' : 'answered',
  });
}

/** A 5xx, 408 or 429 without a status code is the terminal, or a proxy, in trouble: like Device Busy. */
function isTrouble(httpStatus: number): boolean {
  return httpStatus >= 500 || httpStatus === 408 || httpStatus === 429;
}
