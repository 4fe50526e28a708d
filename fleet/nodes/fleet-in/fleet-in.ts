import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { readSettings } from '../../../nodes/common/settings.js';
import { Status } from '../../../nodes/common/status.js';
import { nodeError, wordsOf } from '../../../nodes/common/texts.js';
import type { Fleet } from '../../core/fleet.js';
import type { DeadLetter, TakenJob } from '../../core/options.js';
import { fleetFor, type KnownFleet } from '../common/fleets.js';
import { showFleet } from '../common/fleet-status.js';
import { JobFailure, outcomeOf } from '../common/open-jobs.js';
import { withinClose } from '../common/within.js';
import { settings as rules } from './settings.js';

const TYPE = 'fleet-in';

/** What a flow is told of a job, beside the terminal. */
type Told = Record<string, unknown> & { id: string };

export = (RED: NodeAPI): void => {
  function FleetIn(this: Node, config: NodeDef & { fleet?: string }): void {
    RED.nodes.createNode(this, config);
    try {
      const known = fleetFor(config.fleet);
      const { take, timeout } = readSettings(rules, config);
      const desk = new Desk(RED, this, known, timeout);
      // Why it cannot be used says the fleet-config itself.
      const stop = known.fleet instanceof HikvisionError ? undefined : begin(known.fleet, desk, take, timeout);
      this.on('close', (_removed: boolean, done: () => void) => {
        desk.close();
        void withinClose(stop?.() ?? Promise.resolve()).finally(done);
      });
    } catch (error) {
      const failure = asFailure(error);
      new Status(this, TYPE).failed(failure);
      this.error(nodeError(RED, failure).message);
    }
  }

  RED.nodes.registerType(TYPE, FleetIn);
};

function begin(fleet: Fleet, desk: Desk, take: 'work' | 'dead', timeoutMs: number): () => Promise<void> {
  if (take === 'dead') return fleet.takeDead({ work: (letter) => desk.serve(letter, ofLetter(letter)) });
  return fleet.take({ timeoutMs, work: (job) => desk.serve(job, ofJob(job), job.signal) });
}

function ofJob({ id, attempt, takenOver, priority }: TakenJob): Told {
  return { id, attempt, takenOver, priority };
}

function ofLetter({ id, attempts, priority, error, failedAt }: DeadLetter): Told {
  return { id, attempts, priority, error, failedAt };
}

/** Where a node's flow is given jobs, and is waited for. */
class Desk {
  private readonly status: Status;
  private readonly closing = new AbortController();
  private readonly forget: () => void;
  private underWay = 0;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    known: KnownFleet,
    private readonly timeoutMs: number,
  ) {
    this.status = new Status(node, TYPE);
    this.forget = showFleet(node, known, () => this.show());
  }

  /** Sends the flow a job; settled when the flow has said what came of it. */
  async serve(
    { terminal, site }: { terminal: string; site: string },
    told: Told,
    signal = this.closing.signal,
  ): Promise<void> {
    const run = this.RED.util.generateId();
    const message: NodeMessage & Record<string, unknown> = { topic: terminal, terminal, site, fleet: { ...told, run } };
    const outcome = outcomeOf({ id: told.id, run, signal, timeoutMs: this.timeoutMs });
    this.underWay += 1;
    this.show();
    this.node.send(this.RED.util.cloneMessage(message));
    try {
      await outcome;
    } catch (error) {
      throw this.inWords(error, message);
    } finally {
      this.underWay -= 1;
      this.show();
    }
  }

  close(): void {
    this.forget();
    this.closing.abort(HikvisionError.of('cancelled'));
  }

  /** A failure as it is kept with the job. One that the flow never spoke of is told to a Catch node. */
  private inWords(error: unknown, message: NodeMessage): Error {
    if (error instanceof JobFailure) return error;
    const failure = asFailure(error);
    if (failure.reason !== 'jobLate') return failure;
    this.status.warn('late');
    this.node.error(nodeError(this.RED, failure), message);
    return new JobFailure(failure.code, wordsOf(this.RED, failure).what);
  }

  private show(): void {
    if (this.underWay > 0) this.status.busy('working', this.underWay);
    else this.status.done('waiting');
  }
}
