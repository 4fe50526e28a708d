import type { HttpReply } from '../../http/connection.js';
import { HikvisionError } from '../../errors/hikvision-error.js';
import { excessFailure, jsonExcess, type Excess } from '../../http/document-limits.js';
import { normalCode } from './codes.js';

/** What the gateway itself answered, success or not. */
export interface Answer {
  /** As text; `0` is success. */
  code: string;
  msg: string;
  /** Of any kind; null where the reply has none. A picture is a Buffer. */
  data: unknown;
}

/**
 * The gateway's answer: the body is read before the HTTP status, since refusals come with 200 and with 401.
 * A picture, also one as the text of a data URL, or other binary content counts as a success.
 * @throws HikvisionError `BAD_REPLY` or `UNAUTHORIZED` where something else answered, such as a proxy; `BAD_REPLY` for a
 * document that is nested too deep or holds too many values
 */
export function readAnswer(reply: HttpReply): Answer {
  const answer = answerIn(reply.body);
  const ok = reply.status >= 200 && reply.status < 300;
  if (typeof answer === 'string') throw ok ? excessFailure(answer, reply.status) : notFromGateway(reply);
  if (answer && (answer.code !== '0' || ok)) return answer;
  const picture = ok ? pictureInText(reply.body) : undefined;
  if (picture) return { code: '0', msg: '', data: picture };
  if (ok && isBinary(reply)) return { code: '0', msg: '', data: reply.body };
  throw notFromGateway(reply);
}

function answerIn(body: Buffer): Answer | Excess | undefined {
  const text = body
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  if (!text.startsWith('{')) return undefined;
  const excess = jsonExcess(body);
  if (excess) return excess;
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined;
  const { code, msg, data } = value as { code: unknown; msg?: unknown; data?: unknown };
  if (typeof code !== 'string' && typeof code !== 'number') return undefined;
  return { code: normalCode(code), msg: typeof msg === 'string' ? msg : '', data: data ?? null };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The echoed string to sign was seen with real line breaks inside, which JSON does not allow.
    if (text.length > LONGEST_ECHO) return undefined;
    try {
      return JSON.parse(withEscapedLineBreaks(text));
    } catch {
      return undefined;
    }
  }
}

/** No answer that echoes a string to sign has more characters. */
const LONGEST_ECHO = 64 * 1024;
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Line breaks and tabs inside the strings of a JSON text written as JSON wants them. Walks the text once: an expression
 * for a whole string would try again from each quote that is never closed.
 */
function withEscapedLineBreaks(text: string): string {
  let escaped = '';
  let copied = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (sign === '"') inString = !inString;
    else if (inString && sign === '\\') at += 1;
    const escape = inString ? ESCAPES[sign] : undefined;
    if (escape === undefined) continue;
    escaped += text.slice(copied, at) + escape;
    copied = at + 1;
  }
  return escaped + text.slice(copied);
}

const DATA_URL = /^data:image\/[\w.+-]+;base64,/;
const LONGEST_DATA_URL_HEAD = 64;

/** HikCentral gives pictures of events as the text of a data URL. */
function pictureInText(body: Buffer): Buffer | undefined {
  const [head] = DATA_URL.exec(body.toString('latin1', 0, LONGEST_DATA_URL_HEAD)) ?? [];
  return head === undefined ? undefined : Buffer.from(body.toString('latin1', head.length), 'base64');
}

function isBinary({ headers, body }: HttpReply): boolean {
  const type = headers['content-type']?.toLowerCase() ?? '';
  const isJpegOrPng = ['ffd8ff', '89504e'].includes(body.subarray(0, 3).toString('hex'));
  return body.length > 0 && (isJpegOrPng || /^(?:image|video|audio)\/|^application\/octet-stream/.test(type));
}

/** What answered is not the gateway; with a 5xx, 408 or 429 a proxy, or the service behind it, may recover by itself. */
function notFromGateway({ status }: HttpReply): HikvisionError {
  const passing = status >= 500 || status === 408 || status === 429;
  const refused = status === 401 || status === 403;
  const redirect = status >= 300 && status < 400;
  const reason = refused ? 'refusedOnTheWay' : passing ? 'inTrouble' : redirect ? 'redirect' : 'notGateway';
  return HikvisionError.of(reason, {
    params: { status },
    httpStatus: status,
    retryable: passing,
    delivery: 'answered',
  });
}
