import type { Node, NodeAPI, NodeDef } from 'node-red';

import { withAnyOf } from '../../core/http/turns/wait.js';
import { captureFace, CaptureGivenUp, type CaptureOutcome } from '../../core/isapi/operations/capture/capture.js';
import { captureIdOf } from '../../core/isapi/operations/face.js';
import type { Terminal } from '../../core/isapi/terminal/terminal.js';
import * as person from '../../core/settings/person.js';
import { take } from '../../core/settings/take.js';
import { isBlank } from '../../core/settings/values.js';
import { withHint } from '../common/capture-hint.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import { everyTerminal } from '../common/terminals.js';
import { typedInput } from '../common/typed-input.js';
import { settings as rules } from './settings.js';

type CaptureJob = Job<typeof rules>;

export = (RED: NodeAPI): void => {
  function CaptureFace(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);
    /** What waits or runs here, and the message that asked for it. */
    const running = new Map<AbortController, string | undefined>();
    const terminals = new Set<Terminal>();
    /** The newest capture that keeps a terminal, and the message that asked for it. */
    const held = new Map<Terminal, { msgid: string | undefined; captureId: string }>();

    /** Nobody is asked to come for a number that create-user would refuse. */
    const checkNumber = async ({ input }: CaptureJob): Promise<void> => {
      if (isBlank(typedInput(rules, config, 'employeeNo').value)) return;
      take('employeeNo', person.employeeNo, await input('employeeNo'));
    };

    const capture = async (job: CaptureJob): Promise<CaptureOutcome> => {
      const { msg, terminal, status, signal } = job;
      const settings = readSettings(rules, config);
      const reset = new AbortController();
      running.set(reset, msg._msgid);
      terminals.add(terminal);
      try {
        await checkNumber(job);
        return await withAnyOf([signal, reset.signal], (either) =>
          captureFace(terminal, {
            dataType: settings.dataType,
            infrared: settings.infrared,
            deadlineMs: settings.deadline,
            intervalMs: settings.interval,
            download: settings.download,
            holdMs: settings.hold ? settings.holdTimeout : 0,
            owner: this,
            signal: either,
            onWait: (reason, ahead) => status.waitingFor(reason, ahead),
            onProgress: (left, progress) => status.busy(progress > 0 ? 'still' : 'look', left),
          }),
        );
      } finally {
        running.delete(reset);
      }
    };

    const work = async (job: CaptureJob): Promise<(Message | null)[]> => {
      const outcome = await capture(job);
      job.msg['capture'] = outcome.capture;
      if (outcome.captured) {
        held.set(job.terminal, { msgid: job.msg._msgid, captureId: outcome.capture.id });
        job.status.done('captured');
        return [job.msg, null];
      }
      job.msg['capture'] = withHint(RED, outcome.capture);
      job.status.warn(outcome.capture.reason);
      return [null, job.msg];
    };

    /** Cancels what one message asked for, or ends the reservation that it led to. */
    const cancel = (msgid: string): void => {
      for (const [controller, asked] of running) {
        if (asked === msgid) controller.abort(new CaptureGivenUp('cancelled'));
      }
      for (const [terminal, { msgid: asked, captureId }] of held) {
        if (asked === msgid) terminal.enrolment.releaseCapture(captureId);
      }
    };

    /**
     * `msg.reset` cancels what waits or runs here; as the `_msgid` of a message, what that one asked for; true with a
     * capture, it only ends the reservation for that capture.
     */
    const reset = (msg: Message): boolean => {
      if (typeof msg['reset'] === 'string' && msg['reset'] !== '') {
        cancel(msg['reset']);
        return true;
      }
      if (msg['reset'] !== true) return false;
      const id = captureIdOf(msg['capture']);
      if (id !== undefined) {
        // Whichever node captured it: the id is that of one capture.
        for (const terminal of everyTerminal()) terminal.enrolment.releaseCapture(id);
        return true;
      }
      for (const terminal of terminals) terminal.enrolment.releaseOwner(this);
      for (const controller of running.keys()) controller.abort(new CaptureGivenUp('cancelled'));
      return true;
    };

    onDeviceMessages(RED, this, 'capture-face', rules, config, { work, intercept: reset });
    this.on('close', () => {
      for (const terminal of terminals) terminal.enrolment.releaseOwner(this);
    });
  }

  RED.nodes.registerType('capture-face', CaptureFace);
};
