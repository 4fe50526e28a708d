import { setMaxListeners } from 'node:events';

import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { withAnyOf } from '../../../core/http/turns/wait.js';
import { readSettings } from '../../../nodes/common/settings.js';
import { Status } from '../../../nodes/common/status.js';
import { nodeError } from '../../../nodes/common/texts.js';
import type { Fleet } from '../../core/fleet.js';
import type { DeadLetter, TakenJob } from '../../core/options.js';
import { fleetFor, type KnownFleet } from '../common/fleets.js';
import { showFleet } from '../common/fleet-status.js';
import { outcomeOf } from '../common/open-jobs.js';
import { withinClose } from '../common/within.js';
import { settings as rules } from './settings.js';

const TYPE = 'fleet-in';

/** What a job is for. */
interface Place {
  terminal: string;
  site: string;
  /** Whether terminal-sync is to read the whole terminal. */
  whole?: boolean;
}

/** What a flow is told of a job, beside the terminal. */
type Told = Record<string, unknown> & { id: string };

export = (RED: NodeAPI): void => {
  function FleetIn(this: Node, config: NodeDef & { fleet?: string }): void {
    RED.nodes.createNode(this, config);
    try {
      const known = fleetFor(config.fleet);
      const { take, timeout } = readSettings(rules, config);
      const desk = new Desk(RED, this, known);
      // Why it cannot be used says the fleet-config itself.
      const stop = known.fleet instanceof HikvisionError ? undefined : begin(known.fleet, desk, take, timeout);
      this.on('close', (_removed: boolean, done: () => void) => {
        // First it is said that this is the end: what is aborted then has not failed.
        const stopped = stop?.() ?? Promise.resolve();
        desk.close();
        void withinClose(stopped).finally(done);
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
  if (take === 'work') return fleet.take({ timeoutMs, work: (job) => desk.serve(job, ofJob(job), job.signal) });
  return fleet.takeDead({ work: (letter) => desk.serveWithin(timeoutMs, letter, ofLetter(letter)) });
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
  ) {
    // Every letter under way listens: many are no leak.
    setMaxListeners(0, this.closing.signal);
    this.status = new Status(node, TYPE);
    this.forget = showFleet(node, known, () => this.show());
  }

  /** Sends the flow a job; settled when the flow has said what came of it, or the signal is aborted. */
  async serve({ terminal, site, whole }: Place, told: Told, signal: AbortSignal): Promise<void> {
    const run = this.RED.util.generateId();
    const fleet = { ...told, run };
    const message: NodeMessage = {
      topic: terminal,
      ...{ terminal, site, fleet },
      ...(whole === true && { full: true }),
    };
    const outcome = outcomeOf({ id: told.id, run, signal });
    this.underWay += 1;
    this.show();
    this.node.send(this.RED.util.cloneMessage(message));
    let isLate = false;
    try {
      await outcome;
    } catch (error) {
      isLate = error instanceof HikvisionError && error.reason === 'fleetJobTimeout';
      if (isLate) this.node.error(nodeError(this.RED, asFailure(error)), message);
      throw error;
    } finally {
      this.underWay -= 1;
      this.show(isLate);
    }
  }

  /** The same with a time of its own, since a dead letter has none. */
  async serveWithin(timeoutMs: number, place: Place, told: Told): Promise<void> {
    const late = new AbortController();
    const params = { terminal: place.terminal, seconds: timeoutMs / 1000 };
    const timer = setTimeout(() => late.abort(HikvisionError.of('fleetJobTimeout', { params })), timeoutMs);
    try {
      await withAnyOf([late.signal, this.closing.signal], (signal) => this.serve(place, told, signal));
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.forget();
    this.closing.abort(HikvisionError.of('cancelled'));
  }

  private show(isLate = false): void {
    if (isLate) this.status.warn('late');
    else if (this.underWay > 0) this.status.busy('working', this.underWay);
    else this.status.done('waiting');
  }
}
