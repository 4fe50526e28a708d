import { asFailure, type HikvisionError } from '../../../core/errors/hikvision-error.js';
import { unlessAborted, wait, withAnyOf } from '../../../core/http/turns/wait.js';
import { repeat, type Pauses } from './pauses.js';
import type { Reader, Rota } from './takers.js';
import type { ClaimedLetter, KeptFailure } from '../work/claims.js';
import type { WorkQueue } from '../work/queue.js';

/** Letters that an instance works on at once. */
const AT_ONCE = 10;

export interface LettersOptions {
  queue: WorkQueue;
  pauses: Pauses;
  siteOf: (terminal: string) => string;
  readers: Rota<Reader>;
  keptAs: (error: unknown) => KeptFailure;
  onProblem: (failure: HikvisionError) => void;
}

/** Gives dead letters to who reads them, each to one instance at a time, as long as one connection to the database lasts. */
export class Letters {
  private readonly stopping = new AbortController();
  private readonly claims = new Set<ClaimedLetter>();
  private readonly underWay = new Set<Promise<void>>();
  private loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LettersOptions) {}

  start(): void {
    const { pauses, queue } = this.options;
    const problem = (error: unknown): void => this.problem(error);
    this.loops = Promise.all([
      repeat(pauses.poll, this.stopping.signal, () => this.takeSome(), problem),
      repeat(pauses.touch, this.stopping.signal, () => queue.touch([...this.claims]), problem),
    ]);
  }

  /** What is not finished goes back. */
  async stop(reason: HikvisionError): Promise<void> {
    this.stopping.abort(reason);
    await this.loops;
    await Promise.all(this.underWay);
  }

  private async takeSome(): Promise<void> {
    const most = AT_ONCE - this.underWay.size;
    if (most <= 0 || this.options.readers.isEmpty) return;
    for (const letter of await this.options.queue.claimLetters(most)) this.begin(letter);
  }

  private begin(letter: ClaimedLetter): void {
    this.claims.add(letter);
    const reader = this.options.readers.next();
    const work = this.perform(letter, reader)
      .catch((error: unknown) => this.problem(error))
      .finally(() => {
        this.claims.delete(letter);
        this.underWay.delete(work);
        reader?.jobs.delete(work);
      });
    this.underWay.add(work);
    reader?.jobs.add(work);
  }

  private async perform(claimed: ClaimedLetter, reader: Reader | undefined): Promise<void> {
    const { queue, siteOf, pauses, keptAs } = this.options;
    const { id, terminal, priority, attempts, error, failedAt } = claimed;
    const letter = { id, terminal, site: siteOf(terminal), priority, attempts, error, failedAt };
    const ended =
      reader &&
      (await withAnyOf([this.stopping.signal, reader.stopped], (signal) =>
        outcome(async () => reader.work(letter), signal, pauses.grace),
      ));
    // A sign of life after this would be one for whoever has it next.
    this.claims.delete(claimed);
    const failure = ended && 'error' in ended ? keptAs(ended.error) : undefined;
    // Who reads it may end sooner than it is given up: that is no failure.
    const isStopped = (reader?.stopped.aborted ?? true) || this.stopping.signal.aborted;
    const isGivenUp = !ended || (isStopped && failure?.code === 'CANCELLED');
    if (isGivenUp) await queue.giveBack(claimed, { pauseMs: 0, begun: false });
    else if (failure) await queue.failLetter(claimed, failure);
    else await queue.completeLetter(claimed);
  }

  private problem(error: unknown): void {
    if (!this.stopping.signal.aborted) this.options.onProblem(asFailure(error));
  }
}

/** Undefined where work was told to end and did not. */
async function outcome(
  work: () => Promise<void>,
  signal: AbortSignal,
  graceMs: number,
): Promise<{ error: unknown } | object | undefined> {
  const done = work().then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  try {
    return await unlessAborted(done, signal);
  } catch {
    return Promise.race([done, wait(graceMs).then(() => undefined)]);
  }
}
