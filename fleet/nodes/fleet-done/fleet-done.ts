import type { Node, NodeAPI, NodeDef } from 'node-red';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { invalid } from '../../../core/errors/invalid.js';
import { printable } from '../../../core/errors/printable.js';
import { onMessages, type Message } from '../../../nodes/common/message-loop.js';
import { wordsOf } from '../../../nodes/common/texts.js';
import { endJob, JobFailure, type Outcome } from '../common/open-jobs.js';

const TYPE = 'fleet-done';
/** An id is a UUID, or one of Node-RED's. */
const MOST_ID_CHARACTERS = 100;
/** What a failure says is read by people. */
const MOST_CHARACTERS = 1000;
/** A code as devices and nodes write them. */
const CODE = /^[\w-]{1,60}$/;

export = (RED: NodeAPI): void => {
  function FleetDone(this: Node, config: NodeDef): void {
    RED.nodes.createNode(this, config);

    const loop = onMessages(RED, this, TYPE, {
      work: (msg, send) => {
        const { id, run } = jobIn(msg);
        const outcome = outcomeIn(msg);
        const isHeard = endJob(id, run, outcome);
        if (!isHeard) loop.status.note('nobody');
        else if (outcome instanceof JobFailure) loop.status.warn('failed');
        else loop.status.done('finished');
        send(msg);
        return Promise.resolve();
      },
    });
  }

  /** What the message says of its job: an error as a Catch node puts it there, or a sync that did not reach its end. */
  function outcomeIn({ error, sync }: Message): Outcome {
    if (error !== undefined && error !== null && error !== false) return failureIn(error);
    if (typeof sync !== 'object' || sync === null) return 'finished';
    const { converged, dryRun, verified, failed, toCapture } = sync as Record<string, unknown>;
    if (converged !== false || dryRun === true) return 'finished';
    const params = { failed: countOf(failed), toCapture: countOf(toCapture) };
    // Where the terminal takes no pictures, people have to come to it: trying again brings nobody.
    if (verified === true && params.failed === 0 && params.toCapture > 0) return 'finished';
    const failure = HikvisionError.of('notConverged', { params });
    return new JobFailure(failure.code, wordsOf(RED, failure).what);
  }

  RED.nodes.registerType(TYPE, FleetDone);
};

/** The job that a message is about. @throws HikvisionError `INVALID_INPUT` */
function jobIn({ fleet }: Message): { id: string; run: string | undefined } {
  const { id, run } = typeof fleet === 'object' && fleet !== null ? (fleet as Record<string, unknown>) : {};
  if (typeof id !== 'string' || id === '' || id.length > MOST_ID_CHARACTERS) throw invalid('job', 'msg.fleet');
  return { id, run: typeof run === 'string' ? run : undefined };
}

function failureIn(error: unknown): JobFailure {
  const { code, message } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const said = typeof error === 'string' ? error : message;
  return new JobFailure(
    typeof code === 'string' && CODE.test(code) ? code : 'FAILED',
    printable(typeof said === 'string' ? said : '', MOST_CHARACTERS),
  );
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
