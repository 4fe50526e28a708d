import type { LogRecord } from '../options.js';
import { FIRST_SERIAL, LAST_SERIAL } from './dialect.js';
import type { EventLog } from './event-log.js';

/** The oldest is guessed from what a search gives so often; then it is enclosed. */
const MOST_GUESSES = 3;
/** Spans beyond the newest that are looked at where no search goes to the end. */
const SPANS_BEYOND = 3;

/** The oldest record that the terminal still has; undefined where its log is empty. Found by number, never by time. */
export async function oldestOf(log: EventLog): Promise<LogRecord | undefined> {
  const { end } = log.dialect;
  const start = end.kind === 'span' ? await log.somewhere() : await someOf(log, FIRST_SERIAL);
  let [oldest] = [...start].sort((one, other) => one.serial - other.serial);
  let from = FIRST_SERIAL;
  for (let guesses = 0; oldest && oldest.serial > from; guesses += 1) {
    const below = oldest.serial - 1;
    const least = end.kind === 'span' ? Math.max(from, oldest.serial - end.width) : from;
    const to = guesses < MOST_GUESSES ? below : Math.floor((least + below) / 2);
    const [first] = await someOf(log, least, to);
    if (first) oldest = first;
    else if (to === below) return oldest;
    else from = to + 1;
  }
  return oldest;
}

/**
 * The newest record from this number on, which is in use; undefined where nothing is there any more. How many follow is
 * a guess for where it is; what counts is that nothing follows it.
 */
export async function newestOf(log: EventLog, from: number): Promise<LogRecord | undefined> {
  const first = await log.page({ from });
  let newest = (first.isWhole ? first.records : await someOf(log, from)).at(-1);
  if (!newest) return undefined;
  if (log.dialect.end.kind === 'span') return newestBySpans(log, newest);
  if (first.isWhole) return newest;
  // Nothing is at this number or behind it.
  let end = LAST_SERIAL + 1;
  let step = Math.max(1, from + first.total - 1 - newest.serial);
  while (newest.serial + 1 < end) {
    const isEnclosed = end <= LAST_SERIAL;
    const at: number = isEnclosed ? Math.ceil((newest.serial + end) / 2) : Math.min(newest.serial + step, LAST_SERIAL);
    const last = (await someOf(log, at)).at(-1);
    if (last) {
      newest = last;
      step *= 2;
    } else {
      end = at;
    }
  }
  return newest;
}

/** Records in this span, some at least where there are any: a terminal may say that there are, and give none at first. */
export async function someOf(log: EventLog, from: number, to?: number): Promise<LogRecord[]> {
  const { records, isWhole } = await log.page({ from, to });
  if (isWhole || records.length > 0) return records;
  return (await log.readFrom(from)).records.filter(({ serial }) => serial <= (to ?? serial));
}

async function newestBySpans(log: EventLog, known: LogRecord): Promise<LogRecord> {
  const { end } = log.dialect;
  const width = end.kind === 'span' ? end.width : LAST_SERIAL;
  let newest = known;
  for (let empty = 0, from = known.serial + 1; empty < SPANS_BEYOND && from <= LAST_SERIAL;) {
    const { records, isWhole } = await log.page({ from });
    const last = records.at(-1);
    empty = last ? 0 : empty + 1;
    if (last) newest = last;
    from = last && !isWhole ? last.serial + 1 : from + width;
  }
  return newest;
}
