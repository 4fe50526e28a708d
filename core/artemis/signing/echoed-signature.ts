import type { SignedLine } from './signature.js';

/** The first line on which the string that the gateway signed differs from ours. Null where one side has no such line. */
export interface SignatureDifference {
  /** `method`, `path` or the name of a header. */
  line: string;
  server: string | null;
  ours: string | null;
}

/** No message that echoes a string to sign has more characters. */
const LONGEST_ECHO = 64 * 1024;

/**
 * The string to sign that an "invalid signature" reply echoes, line by line; undefined where it echoes none. Two wordings
 * are known: the string at the end of msg, and followed by `, apiName : …, appKey : …`.
 */
export function echoedLines(msg: string): string[] | undefined {
  if (msg.length > LONGEST_ECHO) return undefined;
  const found = /StringToSign\s*:\s*(.*)$/s.exec(msg)?.[1];
  if (found === undefined) return undefined;
  const text = found.slice(0, startOfTail(found)).trim();
  return text === '' ? undefined : text.split(/\r\n|\n|\r/);
}

/** Where `, apiName :` stands whose colon is in the last line; the end of the text where it does not. */
function startOfTail(text: string): number {
  const lastLine = text.lastIndexOf('\n');
  for (const { 0: found, index } of text.matchAll(/,\s*apiName\s*:/g)) {
    if (index + found.length > lastLine) return index;
  }
  return text.length;
}

/** Where the two strings differ first; undefined where they are the same. */
export function firstDifference(
  ours: readonly SignedLine[],
  server: readonly string[],
): SignatureDifference | undefined {
  const index = ours.findIndex((line, position) => line.text !== server[position]);
  const at = index < 0 ? ours.length : index;
  if (at === ours.length && server.length <= ours.length) return undefined;
  const mine = ours[at];
  const theirs = server[at];
  if (mine === undefined) return { line: nameOf(theirs ?? ''), server: theirs ?? null, ours: null };
  if (theirs === undefined) return { line: mine.name, server: null, ours: mine.text };
  // Where one side has a line more, all later lines differ too: it is that line that is named.
  if (ours.length > server.length && ours[at + 1]?.text === theirs) {
    return { line: mine.name, server: null, ours: mine.text };
  }
  if (server.length > ours.length && server[at + 1] === mine.text) {
    return { line: nameOf(theirs), server: theirs, ours: null };
  }
  return { line: mine.name, server: theirs, ours: mine.text };
}

/** What a line that only the gateway has is likely to be, judged by how it looks. */
function nameOf(text: string): string {
  const header = /^([a-z0-9-]+):/.exec(text)?.[1];
  if (header !== undefined) return header;
  if (text.startsWith('/')) return 'path';
  if (/^[A-Z][a-z]{2}, \d/.test(text)) return 'Date';
  if (/^[A-Za-z0-9+/]{22}==$/.test(text)) return 'Content-MD5';
  return text.startsWith('*/*') ? 'Accept' : 'Content-Type';
}
