import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { unlessAborted, wait } from '../../../core/http/turns/wait.js';
import type { GuardHold, TerminalGuard } from '../../../core/isapi/terminal/guard.js';
import { Attempt, type Ending } from './attempt.js';
import type { ListedTerminal } from '../options.js';
import { repeat, type Pauses } from './pauses.js';
import type { Rota, Taker } from './takers.js';
import type { Claim, KeptFailure } from '../work/claims.js';
import type { WorkQueue } from '../work/queue.js';

/** A job whose ending could not be said. */
export interface Unsettled {
  claim: Claim;
  ending: Ending;
}

/** More than an instance can have at once. */
const MOST_UNSETTLED = 1000;

export interface WorkerOptions {
  queue: WorkQueue;
  guard: TerminalGuard;
  parallel: number;
  pauses: Pauses;
  /** Undefined where this instance does not list it now. */
  listed: (terminal: string) => ListedTerminal | undefined;
  serialOf: (terminal: string, signal: AbortSignal) => Promise<string>;
  takers: Rota<Taker>;
  /** Names and serial numbers of terminals that this process works on, also those of an earlier connection. */
  busy: Set<string>;
  /** Jobs that have ended while the database was away. */
  unsettled: Unsettled[];
  keptAs: (error: unknown) => KeptFailure;
  onProblem: (failure: HikvisionError) => void;
}

/**
 * Takes jobs as long as one connection to the database lasts: each with the right to its terminal, no two for one terminal,
 * and as many at once as the instance may.
 */
export class Worker {
  private readonly stopping = new AbortController();
  private readonly claims = new Set<Claim>();
  private readonly underWay = new Set<Promise<void>>();
  /** By name, as the database knows them. */
  private readonly serials = new Map<string, string>();
  private wakeUp: () => void = () => undefined;
  private loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    const { queue, pauses } = this.options;
    this.settleRest();
    const { signal } = this.stopping;
    const problem = (error: unknown): void => this.problem(error);
    this.loops = Promise.all([
      this.takeWork(),
      repeat(pauses.touch, signal, () => queue.touch([...this.claims]), problem),
      repeat(pauses.hurry, signal, () => this.hurry(), problem),
    ]);
  }

  /** There may be work, or somebody who takes it. */
  wake(): void {
    this.wakeUp();
  }

  /** Ends what is under way for that reason, and gives it back. */
  async stop(reason: HikvisionError): Promise<void> {
    this.stopping.abort(reason);
    this.wake();
    await this.loops;
    await Promise.all(this.underWay);
  }

  private async takeWork(): Promise<void> {
    const { parallel, pauses } = this.options;
    while (!this.stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.wakeUp = resolve));
      const taken = await this.takeSome(parallel - this.underWay.size);
      if (taken > 0 && this.underWay.size < parallel) continue;
      const poll = new AbortController();
      await Promise.race([woken, wait(pauses.poll, poll.signal).catch(() => undefined)]);
      poll.abort();
    }
  }

  private async takeSome(most: number): Promise<number> {
    if (most <= 0 || this.stopping.signal.aborted || this.options.takers.isEmpty) return 0;
    try {
      const claims = await this.options.queue.claim(most);
      for (const claim of claims) this.begin(claim);
      return claims.length;
    } catch (error) {
      this.problem(error);
      return 0;
    }
  }

  private begin(claim: Claim): void {
    this.claims.add(claim);
    const taker = this.options.takers.next();
    const work = this.track(this.perform(claim, taker).finally(() => this.claims.delete(claim)));
    taker?.jobs.add(work);
    void work.finally(() => taker?.jobs.delete(work));
  }

  /** Takes one of the places until it ends. */
  private track(work: Promise<void>): Promise<void> {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.problem(error))
      .finally(() => {
        this.underWay.delete(tracked);
        this.wake();
      });
    this.underWay.add(tracked);
    return tracked;
  }

  private async perform(claim: Claim, taker: Taker | undefined): Promise<void> {
    const ending: Ending = taker ? await this.tried(claim, taker) : { ends: 'back', pauseMs: 0, begun: false };
    await this.settle(claim, ending);
  }

  private async settle(claim: Claim, ending: Ending): Promise<void> {
    const { queue, unsettled } = this.options;
    try {
      if (ending.ends === 'finished') await queue.complete(claim);
      else if (ending.ends === 'failed') await this.fail(claim, ending.failure);
      else {
        // A sign of life after this would be one for whoever has it next.
        this.claims.delete(claim);
        await queue.giveBack(claim, ending);
      }
    } catch (error) {
      // Said again on the next connection; too late, somebody has got it again by then.
      if (unsettled.length < MOST_UNSETTLED) unsettled.push({ claim, ending });
      this.problem(error);
    }
  }

  /** What ended while the database was away. */
  private settleRest(): void {
    for (const { claim, ending } of this.options.unsettled.splice(0)) void this.track(this.settle(claim, ending));
  }

  private async hurry(): Promise<void> {
    this.settleRest();
    await this.options.queue.hurry();
  }

  private async fail(claim: Claim, failure: KeptFailure): Promise<void> {
    const { queue, onProblem } = this.options;
    if (!(await queue.fail(claim, failure))) return;
    const { terminal, retryCount } = claim;
    const params = { terminal, attempts: retryCount + 1, detail: failure.message };
    onProblem(HikvisionError.of('fleetDeadLetter', { code: failure.code, params }));
  }

  private async tried(claim: Claim, taker: Taker): Promise<Ending> {
    const { busy, pauses, listed, queue } = this.options;
    const attempt = new Attempt(claim, taker, pauses.back, this.stopping.signal);
    const { terminal } = claim;
    try {
      attempt.signal.throwIfAborted();
      if (!listed(terminal)) {
        const somebodyCan = await attempt.needs(queue.isListed(terminal, pauses.listed));
        return { ...attempt.back(), ...(somebodyCan ? {} : { unlisted: true }) };
      }
      if (busy.has(terminal)) return attempt.back();
      return await this.whileBusy(terminal, () => this.reached(attempt));
    } catch (error) {
      return attempt.endingOf(error, this.options.keptAs);
    } finally {
      attempt.end();
    }
  }

  /** With the unit that answers to the name now. */
  private async reached(attempt: Attempt): Promise<Ending> {
    const { busy, queue, serialOf } = this.options;
    const { terminal } = attempt.claim;
    const serial = await unlessAborted(serialOf(terminal, attempt.signal), attempt.signal);
    if (this.serials.get(terminal) !== serial) {
      await attempt.needs(queue.remember(terminal, serial));
      this.serials.set(terminal, serial);
    }
    // One unit may be listed under two names. A name has no such character.
    const unit = `\u0000${serial}`;
    if (busy.has(unit)) return attempt.back();
    return this.whileBusy(unit, async () => {
      const hold = await this.held(attempt, serial);
      if (!hold) return attempt.back();
      try {
        return await this.worked(attempt, hold);
      } finally {
        hold.release();
      }
    });
  }

  /** Undefined where somebody else works on it for longer than a job waits. */
  private async held(attempt: Attempt, serial: string): Promise<GuardHold | undefined> {
    const { guard, pauses } = this.options;
    const patience = new AbortController();
    const giveUp = (): void => patience.abort();
    const timer = setTimeout(giveUp, pauses.lock);
    attempt.signal.addEventListener('abort', giveUp);
    try {
      return await guard.acquire(serial, patience.signal);
    } catch (error) {
      attempt.signal.throwIfAborted();
      if (patience.signal.aborted) return undefined;
      return await attempt.needs(Promise.reject(asFailure(error)));
    } finally {
      clearTimeout(timer);
      attempt.signal.removeEventListener('abort', giveUp);
    }
  }

  private async worked(attempt: Attempt, hold: GuardHold): Promise<Ending> {
    const { queue, pauses, listed } = this.options;
    const { id, terminal, priority, retryCount, redelivered, whole } = attempt.claim;
    const takenOver = hold.takenOver || redelivered;
    if (takenOver) await attempt.needs(queue.lookAgain(terminal, pauses.again));
    const site = listed(terminal)?.site ?? '';
    const { signal } = attempt;
    const job = { id, terminal, site, priority, attempt: retryCount + 1, takenOver, whole: whole || takenOver, signal };
    await attempt.run(job, hold.lost, pauses.grace);
    // What was done without the right to it is done again.
    hold.assertHeld();
    return { ends: 'finished' };
  }

  private async whileBusy<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { busy } = this.options;
    busy.add(key);
    try {
      return await work();
    } finally {
      busy.delete(key);
    }
  }

  private problem(error: unknown): void {
    if (!this.stopping.signal.aborted) this.options.onProblem(asFailure(error));
  }
}
