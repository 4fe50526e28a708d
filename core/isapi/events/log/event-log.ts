import { HikvisionError } from '../../../errors/hikvision-error.js';
import type { LogRecord } from '../options.js';
import { LAST_SERIAL, type Dialect } from './dialect.js';
import { endOf, isRefusedSearch } from './negotiation.js';
import { bySerial, type LogPage, type Span } from './records.js';
import { searchLog, type LogTerminal } from './search.js';

/** All that the log holds from one serial number to another, both included. */
export interface LogPart {
  records: LogRecord[];
  /** The last number of which all is known; undefined: there is nothing newer. */
  upTo?: number;
  /** It was read by several searches, between which the log may have been begun anew. */
  isSplit?: true;
}

/** What a terminal says it has, and does not give, is asked for so often. */
const MOST_LOOKS = 5;
/** So many spans are looked at where the terminal says that more follow, each as wide as two before it. */
const MOST_SPANS = 100;
/** Where no search can do without an end, so many spans are looked through for the first events. */
const FIRST_SPANS = 300;

/**
 * The log of one terminal, read by serial number. It holds no records: what is read is given.
 * Nothing is ever paged through: since a number is there once, a span no wider than a page fits onto it, however the
 * terminal sorts and whatever happens meanwhile.
 */
export class EventLog {
  /** Numbers that the next bounded search asks for: more where many numbers were never given. */
  private width: number;
  /** What the terminal really gives at once. */
  private rows: number;
  /** How many are still to come, roughly; while that is more than a page, no search goes to the end. */
  private ahead = 0;
  /** Milliseconds that the terminal has spent on searches. */
  busyMs = 0;

  constructor(
    private readonly terminal: LogTerminal,
    readonly dialect: Dialect,
    private readonly signal: AbortSignal,
  ) {
    this.rows = dialect.page;
    this.width = dialect.page;
  }

  /** Asks once; without `to`, as far as one search of this terminal goes. */
  async page(span: Span, rows = this.rows): Promise<LogPage> {
    const { searches, end, times } = this.dialect;
    const whole = { from: span.from, to: span.to ?? endOf(end, span.from) };
    const pages: LogPage[] = [];
    const begunAt = performance.now();
    for (const filter of searches) {
      pages.push(await searchLog(this.terminal, { ...whole, ...filter, times, rows, signal: this.signal }));
    }
    this.busyMs += performance.now() - begunAt;
    const [only] = pages;
    if (only && pages.length === 1) return only;
    return {
      records: pages.flatMap(({ records }) => records).sort(bySerial),
      total: pages.reduce((sum, { total }) => sum + total, 0),
      isWhole: pages.every(({ isWhole }) => isWhole),
    };
  }

  /** The record of this number; undefined where the terminal says that there is none. @throws HikvisionError `logUnreadable` */
  async at(serial: number): Promise<LogRecord | undefined> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const { records, isWhole } = await this.page({ from: serial, to: serial });
      if (isWhole || records.length > 0) return records[0];
    }
    throw this.unreadable(serial);
  }

  /** Any records, wherever they are in the log: where a search cannot go far, its numbers say where to look. */
  async somewhere(): Promise<LogRecord[]> {
    const [filter = { major: 0, minor: 0 }] = this.dialect.searches;
    const { times } = this.dialect;
    const { signal } = this;
    try {
      return (await searchLog(this.terminal, { ...filter, times, rows: this.rows, from: 0, signal })).records;
    } catch (error) {
      if (!isRefusedSearch(error)) throw error;
    }
    for (let spans = 0, from = 1; spans < FIRST_SPANS && from <= LAST_SERIAL; spans += 1, from += this.widest) {
      const { records } = await this.page({ from });
      if (records.length > 0) return records;
    }
    return [];
  }

  /** Reads on from this number, which is included: at most some pages, at best with one request to the end. */
  async readFrom(from: number): Promise<LogPart> {
    const part = await this.readPart(from);
    // Where codes have to be named, one page is several searches.
    return this.dialect.searches.length > 1 ? { ...part, isSplit: true } : part;
  }

  private async readPart(from: number): Promise<LogPart> {
    if (this.ahead <= this.rows) {
      const { records, total, isWhole } = await this.page({ from });
      this.ahead = total - records.length;
      if (isWhole) return this.dialect.end.kind === 'span' ? this.withinSpan(from, records) : { records };
      const run = runFrom(from, records);
      // Each number is there once: nothing else can lie between numbers that follow on each other.
      if (2 * run.length > records.length && run.length > 1) return { records: run, upTo: from + run.length - 1 };
    }
    return this.readSpan(from);
  }

  /** As `readFrom`, by spans: made narrower until one is whole, and wider until something is in it. */
  private async readSpan(from: number): Promise<LogPart> {
    const records: LogRecord[] = [];
    let at = from;
    for (let spans = 0, refused = 0; spans < MOST_SPANS && at <= LAST_SERIAL; spans += 1) {
      const to = Math.min(at + this.width - 1, LAST_SERIAL);
      const found = await this.wholeSpan(at, to);
      refused = found || to > at ? 0 : refused + 1;
      if (refused >= MOST_LOOKS) throw this.unreadable(at);
      if (!found) continue;
      records.push(...found);
      if (2 * found.length < this.rows) this.width = Math.min(2 * this.width, this.widest);
      const isFirst = at === from;
      at = to + 1;
      const news = found.filter(({ serial }) => serial > from).length;
      this.ahead = Math.max(0, this.ahead - news);
      if (news > 0) return { records, upTo: to, ...(isFirst ? {} : { isSplit: true }) };
    }
    // It says that more follow, and nothing does.
    this.ahead = 0;
    return { records, upTo: at - 1 };
  }

  /** Undefined where the terminal did not give all of it: the next span is narrower. */
  private async wholeSpan(from: number, to: number): Promise<LogRecord[] | undefined> {
    const { records, isWhole } = await this.page({ from, to });
    if (isWhole || records.length === to - from + 1) return records;
    // What it gives at once may be less than it says.
    if (records.length > 0) this.rows = Math.min(this.rows, records.length);
    const half = Math.max(1, Math.floor(this.width / 2));
    this.width = half < 2 * this.rows ? Math.min(half, this.rows) : half;
    return undefined;
  }

  /** A search that cannot go to the end has found all that it can: where it found nothing new, there is the end. */
  private withinSpan(from: number, records: LogRecord[]): LogPart {
    const to = endOf(this.dialect.end, from) ?? LAST_SERIAL;
    return records.some(({ serial }) => serial > from) ? { records, upTo: to } : { records };
  }

  private get widest(): number {
    return this.dialect.end.kind === 'span' ? this.dialect.end.width : LAST_SERIAL;
  }

  private unreadable(serial: number): HikvisionError {
    const failure = HikvisionError.of('logUnreadable', { params: { serial }, retryable: true, delivery: 'answered' });
    return this.terminal.named(failure, 'read events');
  }
}

/** The records of this number and of those that follow on it without a hole. */
function runFrom(from: number, records: readonly LogRecord[]): LogRecord[] {
  const end = records.findIndex(({ serial }, index) => serial !== from + index);
  return end < 0 ? [...records] : records.slice(0, end);
}
