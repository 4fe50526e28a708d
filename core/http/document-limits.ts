import { HikvisionError } from '../errors/hikvision-error.js';

/** What makes a document one that is not read, by the names of the reasons. */
export type Excess = 'tooDeep' | 'tooManyValues';

/** Node-RED copies a message by recursion where a node has two wires: some thousand levels end the process. */
export const MOST_LEVELS = 64;
/**
 * Parsing a document and copying its message hold up everything else in Node-RED. A page of 500 persons has some 30,000
 * values; 100,000 of the worst kind take a tenth of a second.
 */
export const MOST_VALUES = 100_000;
/** An object or list takes as long to copy as so many plain values. */
const CONTAINER_VALUES = 5;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * Whether these bytes, read as JSON, nest deeper than `MOST_LEVELS` or hold more than `MOST_VALUES`. Looks at each byte
 * once and parses nothing: the parser would already need memory for what it finds.
 */
export function jsonExcess(bytes: Buffer): Excess | undefined {
  let level = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === COMMA) {
      values += 1;
    } else if (opens(byte)) {
      level += 1;
      values += CONTAINER_VALUES;
      if (level > MOST_LEVELS) return 'tooDeep';
    } else if (closes(byte)) {
      level -= 1;
    }
    if (values > MOST_VALUES) return 'tooManyValues';
  }
  return undefined;
}

/** The failure of a reply that was not read. Whoever sent it has answered, and would answer the same again. */
export function excessFailure(excess: Excess, httpStatus: number): HikvisionError {
  const facts = { httpStatus, delivery: 'answered' } as const;
  if (excess === 'tooManyValues') return HikvisionError.of(excess, facts);
  return HikvisionError.of(excess, { ...facts, params: { limit: MOST_LEVELS } });
}

/** `{` or `[`. */
function opens(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

/** `}` or `]`. */
function closes(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}

/** The position of the quote that ends the string which begins here, or the end of the bytes. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
