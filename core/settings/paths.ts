import { choice } from './kinds.js';
import { rule, type Rule } from './rule.js';

/** How often a server, and a proxy before it, may decode percent signs. */
const DECODINGS = 4;

export const method = choice(['GET', 'PUT', 'POST', 'DELETE']);

/**
 * A path of a terminal: printable ASCII below /ISAPI/ or /LOCALS/; no way out of it, also not percent-encoded, and no path
 * parameter, which some servers strip, so that another path is served than was checked.
 */
export const terminalPath: Rule<string> = rule('text', { refused: 'path' }, (value) => {
  const path = typeof value === 'string' ? value.trim() : '';
  const own = /^\/(ISAPI|LOCALS)\/[\x21-\x7e]+$/.test(path) && !/[\\#]|^[^?]*;|%(?![0-9a-f]{2})/i.test(path);
  const served = own ? decodedPath(path) : undefined;
  const isOwn = served !== undefined && !served.split('/').includes('..') && !/[\p{Cc}\\]/u.test(served);
  return isOwn ? { value: path } : { refused: 'path' };
});

/**
 * A path of a gateway's OpenAPI, with or without the slash before it and the base path; blanks and letters of any alphabet are
 * percent-encoded when it is sent.
 */
export const openApiPath: Rule<string> = rule('text', { refused: 'path' }, (value) => {
  const given = typeof value === 'string' ? value.trim() : '';
  const path = given.split('?', 1)[0] ?? '';
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  const isUnusable = /^\/?$/.test(path) || /^\/?\w+:\/\//.test(path) || /[#\\\u0000-\u001f\u007f]/.test(given);
  const isOwn = !isUnusable && path.split('/').every(isSegment);
  return isOwn ? { value: given } : { refused: 'path' };
});

/**
 * A path without its query, and with percent signs decoded until none is left: as a terminal may understand it; undefined
 * where they cannot be decoded.
 */
export function decodedPath(path: string): string | undefined {
  let text = path.replace(/\?.*$/s, '');
  for (let round = 0; round < DECODINGS && text.includes('%'); round += 1) {
    try {
      text = decodeURIComponent(text);
    } catch {
      return undefined;
    }
  }
  return text.includes('%') ? undefined : text.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

/** One name below the one before, however often its percent signs are decoded: no slash, no step up, no control character. */
function isSegment(segment: string): boolean {
  let text = segment;
  for (let round = 0; round <= DECODINGS; round += 1) {
    if (text === '.' || text === '..' || /[/\\;\p{Cc}\p{Surrogate}]/u.test(text)) return false;
    const next = decodedOnce(text);
    if (next === text) return true;
    text = next;
  }
  return false;
}

function decodedOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
