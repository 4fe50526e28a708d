import { asFailure, type HikvisionError } from '../../core/errors/hikvision-error.js';
import type { FleetSettings, ListedTerminal } from './options.js';
import { repeat, type Pauses } from './taking/pauses.js';
import type { WorkQueue } from './work/queue.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long before the end of a night all audits have been asked for. */
const MARGIN_MS = 10 * 60_000;

export interface ListingOptions {
  queue: WorkQueue;
  audits: FleetSettings['audits'];
  pauses: Pauses;
  listed: () => readonly ListedTerminal[];
  now: () => Date;
  onProblem: (failure: HikvisionError) => void;
}

/** Says which terminals this instance can reach, and at night that they are to be looked at. */
export class Listing {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private said = '';
  private saidAt = -Infinity;

  constructor(private readonly options: ListingOptions) {}

  /** The first time now: settled when it is said. */
  async start(): Promise<void> {
    await this.say();
    const { pauses, onProblem } = this.options;
    const problem = (error: unknown): void => {
      if (!this.stopping.signal.aborted) onProblem(asFailure(error));
    };
    this.loop = repeat(pauses.poll, this.stopping.signal, () => this.say(), problem);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async say(): Promise<void> {
    const { queue, listed, pauses, audits, now } = this.options;
    const terminals = unique(listed());
    const whole = JSON.stringify(terminals);
    if (whole === this.said && performance.now() - this.saidAt < pauses.list) return;
    await queue.list(terminals);
    this.said = whole;
    this.saidAt = performance.now();
    const night = audits && nightAt(now(), audits);
    if (night) await queue.audit(terminals, night.date, night.share);
  }
}

/** One of each name: the first. */
function unique(terminals: readonly ListedTerminal[]): ListedTerminal[] {
  const first = new Map<string, ListedTerminal>();
  for (const { name, site } of terminals) if (!first.has(name)) first.set(name, { name, site });
  return [...first.values()];
}

/**
 * The night that it is, named after the day on which it begins, and how much of it has passed; undefined in the daytime.
 * @param hours of this computer's own day; the same hour twice is the whole day
 */
export function nightAt(
  now: Date,
  { from, to }: { from: number; to: number },
): { date: string; share: number } | undefined {
  const hours = (to - from + 24) % 24 || 24;
  const start = new Date(now);
  start.setHours(from, 0, 0, 0);
  if (start > now) start.setDate(start.getDate() - 1);
  const passed = now.getTime() - start.getTime();
  const length = hours * HOUR_MS;
  if (passed >= Math.min(length, DAY_MS)) return undefined;
  const date = [start.getFullYear(), start.getMonth() + 1, start.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return { date: date.join('-'), share: Math.min(passed / (length - MARGIN_MS), 1) };
}
