import { HikvisionError } from '../../../../errors/hikvision-error.js';
import { JpegEnd, JsonEnd, XmlEnd, type BodyEnd } from './body-ends.js';
import { ByteWindow } from './byte-window.js';
import { Delimiters, LONGEST_DELIMITER_LINE, type Found } from './delimiters.js';

/** One part of the stream. */
export interface Part {
  /** By what it is, whatever its headers say. `unreadable` is cut, too large, empty or something else. */
  kind: 'document' | 'picture' | 'unreadable';
  /** Of its Content-Disposition; '' where it says none. */
  name: string;
  /** Empty where it is unreadable; good until the reader is used again. */
  body: Buffer;
}

/** Bytes. */
export const PART_LIMITS = { headers: 16 * 1024, document: 1024 * 1024, picture: 2 * 1024 * 1024 } as const;
/** So many bytes without any part are no stream of events: a part without an end, or something else altogether. */
const MOST_SKIPPED_BYTES = 16 * 1024 * 1024;

type Kind = 'json' | 'xml' | 'jpeg' | 'other';

interface Headers {
  name: string;
  contentType: string;
  /** As declared, which may be wrong. */
  readonly length: number | undefined;
}

type State =
  /** Looks for the next delimiter; `isLineStart` where the first byte begins a line. */
  | { name: 'between'; from: number; isLineStart: boolean }
  /** Reads the lines of headers, the next of which begins at `at`. */
  | { name: 'headers'; at: number; from: number; lines: string[] }
  /** The headers are over, what follows is not known yet. */
  | { name: 'beginning'; headers: Headers }
  /**
   * Reads a body up to its own end, or the next delimiter from `from` on; `within` is the first that seems to stand in a
   * picture.
   */
  | { name: 'body'; headers: Headers; kind: Kind; end: BodyEnd | undefined; from: number; within?: number };

/** Whether there is more to do with what has come, or more has to come. */
type Step = Part | 'again' | 'wait';

const NOTHING = Buffer.alloc(0);
const NO_HEADERS: Headers = { name: '', contentType: '', length: undefined };
const LF = 0x0a;
const BLANKS = new Set([0x09, 0x0a, 0x0d, 0x20]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
const DASHES = Buffer.from('--');
/** Behind a delimiter within a picture there is hardly the line of a header. */
const HEADER_LINE_BYTES = 32;
const HEADER_LINE = /^\s*(?:content-[a-z-]+\s*:|[{<])/i;

/**
 * Cuts a multipart stream into its parts while it comes, in every form that terminals have been seen to send: any
 * boundary or none, declared or only found, layers within layers, lengths that are absent or wrong, parts without headers
 * (sources: vendor manual and captures of K1T341BM, K1T342MWX, K1T342EFWX, K1T344MBFWX-E, K1T344MX, K1T671). A part
 * ends where its content does, so that what it tells need not wait for the next one.
 * Time is linear in the bytes, memory bounded by the limits of a part.
 */
export class MultipartReader {
  private readonly window = new ByteWindow();
  private readonly delimiters: Delimiters;
  private state: State = { name: 'between', from: 0, isLineStart: true };
  private hasMatched = false;
  private trustsLengths = true;
  /** Bytes that were dropped since the last part. */
  private skipped = 0;

  constructor(contentType: string) {
    this.delimiters = new Delimiters(contentType);
  }

  add(piece: Buffer): void {
    this.window.add(piece);
  }

  /**
   * The next part of what has come; undefined where more has to come.
   * @throws HikvisionError `TOO_LARGE` where this is no stream of parts
   */
  next(): Part | undefined {
    for (;;) {
      const step = this.step();
      if (step === 'wait') return undefined;
      if (step === 'again') continue;
      this.skipped = 0;
      return step;
    }
  }

  private step(): Step {
    const { state } = this;
    switch (state.name) {
      case 'between':
        return this.hasMatched ? this.seek(state) : this.sniff();
      case 'headers':
        return this.readHeaders(state);
      case 'beginning':
        return this.begin(state.headers);
      case 'body':
        return this.readBody(state);
    }
  }

  /** Goes to the next delimiter. */
  private seek(state: State & { name: 'between' }): Step {
    const { bytes } = this.window;
    const found = this.delimiters.find(bytes, state.from, state.isLineStart && state.from === 0);
    if ('at' in found) return this.pass(found);
    const keptFrom = Math.max(0, bytes.length - LONGEST_DELIMITER_LINE);
    if (keptFrom > 0) {
      this.skip(keptFrom);
      state.isLineStart = false;
    }
    state.from = found.lookedUpTo - keptFrom;
    return 'wait';
  }

  /** Before the first delimiter: it need not be the declared one, and there may be none. */
  private sniff(): Step {
    this.dropBlanks();
    const { bytes } = this.window;
    if (bytes.length < JPEG_START.length) return 'wait';
    if (kindOf(bytes) !== 'other') {
      this.state = { name: 'beginning', headers: NO_HEADERS };
      return 'again';
    }
    const lineBreak = bytes.indexOf(LF);
    const isDelimiter = startsWith(bytes, DASHES);
    if (lineBreak < 0 && bytes.length <= (isDelimiter ? LONGEST_DELIMITER_LINE : PART_LIMITS.headers)) return 'wait';
    if (lineBreak >= 0 && isDelimiter) {
      if (this.delimiters.matchAt(bytes, 0) === undefined) this.delimiters.learn(bytes.subarray(0, lineBreak));
      if (this.delimiters.matchAt(bytes, 0) !== undefined) return this.pass({ at: 0, behind: lineBreak + 1 });
    }
    this.skip(lineBreak < 0 ? bytes.length : lineBreak + 1);
    return 'again';
  }

  /** Goes on behind a delimiter. */
  private pass({ at, behind }: Found): Step {
    if (behind === undefined) {
      // It may be one, and its line is not there yet.
      this.skip(at);
      this.state = { name: 'between', from: 0, isLineStart: true };
      return 'wait';
    }
    this.hasMatched = true;
    this.skip(behind);
    this.state = { name: 'headers', at: 0, from: 0, lines: [] };
    return 'again';
  }

  private readHeaders(state: State & { name: 'headers' }): Step {
    const { bytes } = this.window;
    if (bytes.length === 0) return 'wait';
    if (state.at === 0 && state.from === 0) {
      // Some write no headers, not even their end; and an empty part is followed by the next delimiter.
      if (bytes[0] === JPEG_START[0] || kindOf(bytes) !== 'other') {
        this.state = { name: 'beginning', headers: NO_HEADERS };
        return 'again';
      }
    }
    const lineBreak = bytes.indexOf(LF, state.from);
    if (lineBreak < 0 || lineBreak > PART_LIMITS.headers) {
      state.from = bytes.length;
      return bytes.length > PART_LIMITS.headers ? this.giveUp() : 'wait';
    }
    if (startsWith(bytes.subarray(state.at, lineBreak), DASHES)) {
      const behind = this.delimiters.matchAt(bytes, state.at);
      if (typeof behind === 'number') {
        this.skip(state.at);
        this.state = { name: 'between', from: 0, isLineStart: true };
        return unreadable(headersOf(state.lines));
      }
    }
    const line = bytes.toString('latin1', state.at, lineBreak).trim();
    state.at = state.from = lineBreak + 1;
    if (line !== '') {
      state.lines.push(line);
      return 'again';
    }
    const headers = headersOf(state.lines);
    if (/^multipart\//i.test(headers.contentType)) this.delimiters.declare(headers.contentType);
    this.skip(state.at);
    this.state = { name: 'beginning', headers };
    return 'again';
  }

  /** Finds out what the part is. */
  private begin(headers: Headers): Step {
    this.dropBlanks();
    const { bytes } = this.window;
    const kind = kindOf(bytes);
    if (kind === 'other' && bytes.length < JPEG_START.length) return 'wait';
    if (startsWith(bytes, DASHES)) return this.beginWithDelimiter(headers);
    this.state = { name: 'body', headers, kind, end: endOf(kind), from: 0 };
    return 'again';
  }

  /** An empty part, or one that is a layer of parts itself: its own headers, with their length of all of it, say nothing. */
  private beginWithDelimiter(headers: Headers): Step {
    const { bytes } = this.window;
    const lineBreak = bytes.indexOf(LF);
    if (lineBreak < 0 && bytes.length <= LONGEST_DELIMITER_LINE) return 'wait';
    if (this.delimiters.matchAt(bytes, 0) === undefined && lineBreak >= 0) {
      this.delimiters.learn(bytes.subarray(0, lineBreak));
    }
    this.state = { name: 'between', from: 0, isLineStart: true };
    return unreadable(headers);
  }

  private readBody(state: State & { name: 'body' }): Step {
    const { bytes } = this.window;
    const { headers, kind } = state;
    const cut = this.nextCut(state, bytes);
    const end = state.end?.find(cut === undefined ? bytes : bytes.subarray(0, cut));
    if (end === 'none') state.end = undefined;
    if (typeof end === 'number') return this.finish(end, kind, headers);
    if (cut !== undefined) return kind === 'xml' ? this.finish(cut, kind, headers) : this.leave(cut, headers);
    const { within } = state;
    if (within !== undefined && headers.length !== undefined && bytes.length >= headers.length) {
      // The picture is not whole where it was declared to end. Once is enough: looking back again and again costs time.
      this.trustsLengths = false;
      return this.leave(within, headers);
    }
    const limit = kind === 'jpeg' || kind === 'other' ? PART_LIMITS.picture : PART_LIMITS.document;
    return bytes.length > limit ? this.giveUp(headers) : 'wait';
  }

  /** Where the next delimiter ends the body, unless it stands within a picture. */
  private nextCut(state: State & { name: 'body' }, bytes: Buffer): number | undefined {
    for (;;) {
      const found = this.delimiters.find(bytes, state.from, false);
      state.from = 'at' in found ? found.at : found.lookedUpTo;
      if (!('at' in found) || found.behind === undefined) return undefined;
      const isWithin = this.isWithinPicture(state, bytes, found.at, found.behind);
      if (isWithin === 'unknown') return undefined;
      if (!isWithin) return found.at;
      state.within ??= found.at;
      state.from = found.behind - 1;
    }
  }

  private isWithinPicture(
    { kind, end, headers: { length } }: State & { name: 'body' },
    bytes: Buffer,
    at: number,
    behind: number,
  ): boolean | 'unknown' {
    if (kind !== 'jpeg' || !end) return false;
    if (length !== undefined && this.trustsLengths) return at < length;
    if (bytes.length - behind < HEADER_LINE_BYTES) return 'unknown';
    return !HEADER_LINE.test(bytes.toString('latin1', behind, behind + HEADER_LINE_BYTES));
  }

  private finish(end: number, kind: Kind, { name }: Headers): Step {
    const body = this.window.bytes.subarray(0, end);
    this.leave(end);
    return { kind: kind === 'jpeg' ? 'picture' : 'document', name, body };
  }

  /** Leaves a body behind; what follows may be a delimiter at once. */
  private leave(end: number, headers = NO_HEADERS): Part {
    this.skip(end);
    this.state = { name: 'between', from: 0, isLineStart: true };
    return unreadable(headers);
  }

  /** A part that is larger than any of a terminal: the next one may be of use again. */
  private giveUp(headers = NO_HEADERS): Part {
    this.skip(Math.max(0, this.window.length - LONGEST_DELIMITER_LINE));
    this.state = { name: 'between', from: 0, isLineStart: false };
    return unreadable(headers);
  }

  private dropBlanks(): void {
    const { bytes } = this.window;
    let at = 0;
    while (BLANKS.has(bytes[at] ?? 0)) at += 1;
    if (startsWith(bytes.subarray(at), BYTE_ORDER_MARK)) at += BYTE_ORDER_MARK.length;
    this.skip(at);
  }

  private skip(count: number): void {
    this.window.drop(count);
    this.skipped += count;
    if (this.skipped <= MOST_SKIPPED_BYTES) return;
    throw HikvisionError.of('tooLarge', { params: { limit: MOST_SKIPPED_BYTES / 1024 } });
  }
}

function unreadable({ name }: Headers): Part {
  return { kind: 'unreadable', name, body: NOTHING };
}

function kindOf(bytes: Buffer): Kind {
  const [first] = bytes;
  if (first === 0x7b || first === 0x5b) return 'json';
  if (first === 0x3c) return 'xml';
  return startsWith(bytes, JPEG_START) ? 'jpeg' : 'other';
}

function endOf(kind: Kind): BodyEnd | undefined {
  if (kind === 'json') return new JsonEnd();
  if (kind === 'xml') return new XmlEnd();
  return kind === 'jpeg' ? new JpegEnd() : undefined;
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  if (bytes.length < start.length) return false;
  for (let i = 0; i < start.length; i += 1) if (bytes[i] !== start[i]) return false;
  return true;
}

function headersOf(lines: readonly string[]): Headers {
  const value = (name: string): string => {
    const line = lines.find((each) => each.slice(0, name.length + 1).toLowerCase() === `${name}:`);
    return line === undefined ? '' : line.slice(name.length + 1).trim();
  };
  const length = /^\d{1,12}$/.exec(value('content-length'))?.[0];
  const [, quoted, plain] =
    /\bname\s*=\s*(?:"([^"]{0,100})"|([^\s;"]{1,100}))/i.exec(value('content-disposition')) ?? [];
  return {
    name: quoted ?? plain ?? '',
    contentType: value('content-type'),
    length: length === undefined ? undefined : Number(length),
  };
}
