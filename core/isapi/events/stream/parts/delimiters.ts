/** Where a delimiter stands. */
export interface Found {
  /** What is before it ends here, perhaps with the first half of a line break. */
  at: number;
  /** The first byte behind its line; undefined where that is not there yet. */
  behind: number | undefined;
}

const DASH = 0x2d;
const LF = 0x0a;
const CR = 0x0d;
const LINE_OF_DASHES = Buffer.from('\n--');
/** Boundaries have 70 characters at most; terminals put blanks behind a few. */
const LONGEST_BOUNDARY = 200;
const MOST_BLANKS = 64;
/** Wrappers may each have a boundary of their own. */
const MOST_LEARNED = 4;

/** More of a line than this is no delimiter. */
export const LONGEST_DELIMITER_LINE = LONGEST_BOUNDARY + MOST_BLANKS;

/** The lines that separate the parts of one stream. */
export class Delimiters {
  private readonly declared: readonly Buffer[];
  private learned: readonly Buffer[] = [];
  private all: readonly Buffer[];

  constructor(contentType: string) {
    this.declared = declaredBy(contentType);
    this.all = this.declared;
  }

  /** A wrapper within the stream may say its own. */
  declare(contentType: string): void {
    for (const delimiter of declaredBy(contentType)) this.remember(delimiter);
  }

  /** Takes a line that begins with two dashes for a delimiter, where nothing says otherwise. */
  learn(line: Buffer): void {
    this.remember(Buffer.from(line.toString('latin1').trimEnd(), 'latin1'));
  }

  /**
   * The first delimiter from `from` on, at the beginning of a line.
   * @param isLineStart whether `from` is one
   * @returns else, from where to look again when more has come
   */
  find(bytes: Buffer, from: number, isLineStart: boolean): Found | { lookedUpTo: number } {
    if (isLineStart) {
      const here = this.matchAt(bytes, from);
      if (here !== undefined) return { at: from, behind: here === 'cut' ? undefined : here };
    }
    let lineBreak = bytes.indexOf(LINE_OF_DASHES, from);
    while (lineBreak >= 0) {
      const behind = this.matchAt(bytes, lineBreak + 1);
      if (behind !== undefined) return { at: lineBreak, behind: behind === 'cut' ? undefined : behind };
      lineBreak = bytes.indexOf(LINE_OF_DASHES, lineBreak + 1);
    }
    return { lookedUpTo: Math.max(from, bytes.length - LINE_OF_DASHES.length) };
  }

  /** The position behind a delimiter's line that begins here; `cut` where it may be one and its end is not there yet. */
  matchAt(bytes: Buffer, at: number): number | 'cut' | undefined {
    let mayBe: 'cut' | undefined;
    for (const delimiter of this.all) {
      const behind = lineBehind(bytes, at, delimiter);
      if (typeof behind === 'number') return behind;
      mayBe ??= behind;
    }
    return mayBe;
  }

  private remember(delimiter: Buffer): void {
    if (delimiter.length < 3 || delimiter.length > LONGEST_BOUNDARY) return;
    if (this.all.some((known) => known.equals(delimiter))) return;
    this.learned = [delimiter, ...this.learned].slice(0, MOST_LEARNED);
    this.all = [...this.declared, ...this.learned];
  }
}

/**
 * Terminals write the boundary plain, quoted, in angle brackets, which then belong to it or not, or with the dashes of
 * the delimiter already, to which others are added or not.
 */
function declaredBy(contentType: string): Buffer[] {
  const [, quoted, plain] = /boundary\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(contentType.slice(0, 1024)) ?? [];
  const boundary = (quoted ?? plain ?? '').trim();
  if (boundary === '' || boundary.length > LONGEST_BOUNDARY) return [];
  const bare = /^<(.+)>$/.exec(boundary)?.[1];
  const all = [`--${boundary}`, ...(bare === undefined ? [] : [`--${bare}`])];
  if (boundary.startsWith('--') && boundary.length > 2) all.push(boundary);
  return all.map((each) => Buffer.from(each, 'latin1'));
}

function lineBehind(bytes: Buffer, from: number, delimiter: Buffer): number | 'cut' | undefined {
  for (let i = 0; i < delimiter.length; i += 1) {
    if (from + i >= bytes.length) return 'cut';
    if (bytes[from + i] !== delimiter[i]) return undefined;
  }
  let at = from + delimiter.length;
  // The mark of the end: some go on behind it all the same.
  if (bytes[at] === DASH && (at + 1 >= bytes.length || bytes[at + 1] === DASH)) at += 2;
  const latest = at + MOST_BLANKS;
  for (; at < bytes.length && at < latest; at += 1) {
    const byte = bytes[at];
    if (byte === LF) return at + 1;
    if (byte !== CR && byte !== 0x20 && byte !== 0x09) return undefined;
  }
  return at >= bytes.length ? 'cut' : undefined;
}
