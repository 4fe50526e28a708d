import { unlessAborted } from '../../../core/http/turns/wait.js';

/** What a flow makes of a job. */
export type Outcome = 'finished' | JobFailure;

/** Why a job has failed, in words for people: it is written to the fleet's database with its code. */
export class JobFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'JobFailure';
  }
}

interface Opened {
  id: string;
  settle: (outcome: Outcome) => void;
}

/** The jobs of this process that a flow has been given and has not spoken of yet, by the run that it was given them in. */
const opened = new Map<string, Opened>();

/** A job that a flow works on. */
export interface OpenJob {
  id: string;
  /** Tells this time from others: the same job may be taken again, and a late word of the time before is nobody's. */
  run: string;
  /** Aborted when nobody waits for its end any more. */
  signal: AbortSignal;
}

/** Settled when the flow has said what came of the job. @throws JobFailure as the flow said, or the reason of `signal` */
export function outcomeOf({ id, run, signal }: OpenJob): Promise<void> {
  const said = new Promise<void>((resolve, reject: (reason: Error) => void) => {
    const settle = (outcome: Outcome): void => {
      opened.delete(run);
      if (outcome instanceof JobFailure) reject(outcome);
      else resolve();
    };
    opened.set(run, { id, settle });
  });
  return unlessAborted(said, signal).finally(() => opened.delete(run));
}

/**
 * Takes the flow's word for a job; the first one counts.
 * @param run as the message has it; without it, whatever is under way of that job is meant
 * @returns false where nobody waits: it has been said before, or too late, or the terminal belongs to another now
 */
export function endJob(id: string, run: string | undefined, outcome: Outcome): boolean {
  const meant = [...opened].filter(([each, job]) => job.id === id && (run === undefined || run === each));
  for (const [, { settle }] of meant) settle(outcome);
  return meant.length > 0;
}
