import type { Node, NodeAPI, NodeDef } from 'node-red';

import type { TerminalAdvice } from '../../core/errors/reasons.js';
import { withAnyOf } from '../../core/http/turns/wait.js';
import {
  captureFace,
  CaptureGivenUp,
  type CaptureOutcome,
  type NoCapture,
} from '../../core/isapi/operations/capture/capture.js';
import { captureIdOf } from '../../core/isapi/operations/face.js';
import type { Terminal } from '../../core/isapi/terminal/terminal.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import { everyTerminal } from '../common/terminals.js';
import { adviceText } from '../common/texts.js';
import { settings as rules } from './settings.js';

/** What helps where nobody was captured; whoever cancelled needs no advice. */
const ADVICE: Partial<Record<NoCapture['reason'], TerminalAdvice>> = { timeout: 'nobodyCame', busy: 'stayedBusy' };

type CaptureJob = Job<typeof rules>;

export = (RED: NodeAPI): void => {
  function CaptureFace(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);
    const running = new Set<AbortController>();
    const terminals = new Set<Terminal>();

    const capture = async ({ terminal, status, signal }: CaptureJob): Promise<CaptureOutcome> => {
      const settings = readSettings(rules, config);
      const reset = new AbortController();
      running.add(reset);
      terminals.add(terminal);
      try {
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
            onWait: (_reason, ahead) => status.waiting(ahead),
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
        job.status.done('captured');
        return [job.msg, null];
      }
      const { reason } = outcome.capture;
      const advice = ADVICE[reason];
      if (advice) job.msg['capture'] = { ...outcome.capture, hint: adviceText(RED, advice) };
      job.status.warn(reason);
      return [null, job.msg];
    };

    /** `msg.reset` cancels what waits or runs here; with a capture, it only ends the reservation for that capture. */
    const reset = (msg: Message): boolean => {
      if (msg['reset'] !== true) return false;
      const id = captureIdOf(msg['capture']);
      if (id !== undefined) {
        // Whichever node captured it: the id is that of one capture.
        for (const terminal of everyTerminal()) terminal.enrolment.releaseCapture(id);
        return true;
      }
      for (const terminal of terminals) terminal.enrolment.releaseOwner(this);
      for (const controller of running) controller.abort(new CaptureGivenUp('cancelled'));
      return true;
    };

    onDeviceMessages(RED, this, 'capture-face', rules, config, { work, intercept: reset });
    this.on('close', () => {
      for (const terminal of terminals) terminal.enrolment.releaseOwner(this);
    });
  }

  RED.nodes.registerType('capture-face', CaptureFace);
};
