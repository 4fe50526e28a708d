import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { DeadLetter, TakenJob } from '../options.js';

/** Who does the work that is taken. */
export interface Taker extends Member {
  /** Milliseconds after which a job has failed. */
  timeoutMs: number;
  work: (job: TakenJob) => Promise<void>;
}

/** Who reads dead letters. */
export interface Reader extends Member {
  work: (letter: DeadLetter) => Promise<void>;
}

interface Member {
  /** Aborted when it takes none any more. */
  stopped: AbortSignal;
  /** What it has taken, until the queue knows how it ended. */
  jobs: Set<Promise<void>>;
}

/** Those who take something, in turn. */
export class Rota<One extends Member> {
  private readonly all: One[] = [];

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** @returns ends it; settled when nothing of it is under way any more */
  enter(one: Omit<One, keyof Member>): () => Promise<void> {
    const stopping = new AbortController();
    const member = { ...one, stopped: stopping.signal, jobs: new Set() } as unknown as One;
    this.all.push(member);
    return async () => {
      const index = this.all.indexOf(member);
      if (index >= 0) this.all.splice(index, 1);
      stopping.abort(HikvisionError.of('cancelled'));
      await Promise.all(member.jobs);
    };
  }

  next(): One | undefined {
    const one = this.all.shift();
    if (one) this.all.push(one);
    return one;
  }
}
