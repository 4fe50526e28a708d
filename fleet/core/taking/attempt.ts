import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { unlessAborted, wait } from '../../../core/http/turns/wait.js';
import type { TakenJob } from '../options.js';
import type { Claim, KeptFailure } from '../work/claims.js';
import type { GivingBack } from '../work/queue.js';
import type { Taker } from './takers.js';

/** How a job ends for the queue. */
export type Ending = { ends: 'finished' } | { ends: 'failed'; failure: KeptFailure } | ({ ends: 'back' } & GivingBack);

/** A failure of what the fleet itself needs, not of the work: it does not count as an attempt. */
class Hindrance extends Error {
  constructor(readonly failure: unknown) {
    super('The fleet itself failed');
  }
}

/** One try at a job, from its claim to its ending. */
export class Attempt {
  private readonly controller = new AbortController();
  private readonly unlink: (() => void)[] = [];
  private begun = false;

  /** @param backMs until a job that went back may be taken again */
  constructor(
    readonly claim: Claim,
    readonly taker: Taker,
    private readonly backMs: number,
    stopping: AbortSignal,
  ) {
    this.endWith(stopping);
    this.endWith(taker.stopped);
  }

  /** Aborted when the work has to end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Runs the work until it ends; what has to end gets a little time for it. @param graceMs milliseconds */
  async run(job: TakenJob, lost: AbortSignal, graceMs: number): Promise<void> {
    const { timeoutMs, work } = this.taker;
    this.endWith(lost);
    const params = { terminal: job.terminal, seconds: Math.round(timeoutMs / 1000) };
    const late = (): void => this.controller.abort(HikvisionError.of('fleetJobTimeout', { retryable: true, params }));
    const timer = setTimeout(late, timeoutMs);
    this.unlink.push(() => clearTimeout(timer));
    this.begun = true;
    const done = (async () => work(job))();
    try {
      await unlessAborted(done, this.signal);
    } catch (error) {
      if (!this.signal.aborted) throw error;
      await Promise.race([done.catch(() => undefined), wait(graceMs)]);
    }
    this.signal.throwIfAborted();
  }

  /** What the fleet itself needs for the attempt. */
  async needs<Result>(promise: Promise<Result>): Promise<Result> {
    try {
      return await promise;
    } catch (error) {
      throw new Hindrance(error);
    }
  }

  /** As if it had not been taken, after a pause. */
  back(pauseMs = this.backMs): Ending {
    return { ends: 'back', pauseMs, begun: this.begun };
  }

  /** What a failure amounts to. */
  endingOf(error: unknown, keptAs: (reason: unknown) => KeptFailure): Ending {
    const reason: unknown = this.signal.aborted ? this.signal.reason : error;
    if (reason instanceof Hindrance) return this.back();
    const failure = keptAs(reason);
    // Handed over cleanly, at once.
    if (this.signal.aborted && failure.code === 'CANCELLED') return { ends: 'back', pauseMs: 0, begun: false };
    return failure.code === 'NOT_OWNER' ? this.back() : { ends: 'failed', failure };
  }

  /** It has its ending. */
  end(): void {
    for (const unlink of this.unlink) unlink();
  }

  private endWith(signal: AbortSignal): void {
    const abort = (): void => this.controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    this.unlink.push(() => signal.removeEventListener('abort', abort));
  }
}
