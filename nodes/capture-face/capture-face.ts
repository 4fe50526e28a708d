import type { Node, NodeAPI, NodeDef } from 'node-red';

import { withAnyOf } from '../../core/http/wait.js';
import {
  captureFace,
  CaptureGivenUp,
  type CaptureOutcome,
  type DataType,
} from '../../core/isapi/operations/capture.js';
import { captureIdOf } from '../../core/isapi/operations/face.js';
import type { Terminal } from '../../core/isapi/terminal/terminal.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import { isOn, milliseconds, oneOf } from '../common/settings.js';
import { everyTerminal } from '../common/terminals.js';

interface Settings extends NodeDef, DeviceNodeSettings {
  dataType?: unknown;
  infrared?: unknown;
  deadline?: unknown;
  interval?: unknown;
  download?: unknown;
  hold?: unknown;
  holdTimeout?: unknown;
}

export = (RED: NodeAPI): void => {
  function CaptureFace(this: Node, config: Settings): void {
    RED.nodes.createNode(this, config);
    const running = new Set<AbortController>();
    const terminals = new Set<Terminal>();

    const capture = async (job: Job): Promise<CaptureOutcome> => {
      const { terminal, status, signal } = job;
      const reset = new AbortController();
      running.add(reset);
      terminals.add(terminal);
      try {
        return await withAnyOf([signal, reset.signal], (either) =>
          captureFace(terminal, {
            dataType: oneOf<DataType | 'auto'>('dataType', config.dataType, ['auto', 'url', 'binary']),
            infrared: isOn(config.infrared, false),
            deadlineMs: milliseconds('deadline', config.deadline, 30),
            intervalMs: milliseconds('interval', config.interval, 3),
            download: isOn(config.download, false),
            holdMs: isOn(config.hold, true) ? milliseconds('holdTimeout', config.holdTimeout, 60) : 0,
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

    const work = async (job: Job): Promise<(Job['msg'] | null)[]> => {
      const outcome = await capture(job);
      job.msg['capture'] = outcome.capture;
      if (outcome.captured) {
        job.status.done('captured');
        return [job.msg, null];
      }
      job.status.warn(outcome.capture.reason);
      return [null, job.msg];
    };

    /** `msg.reset` cancels what waits or runs here; with a capture, it only ends the reservation for that capture. */
    const reset = (msg: Job['msg']): boolean => {
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

    onDeviceMessages(RED, this, 'capture-face', config, work, reset);
    this.on('close', () => {
      for (const terminal of terminals) terminal.enrolment.releaseOwner(this);
    });
  }

  RED.nodes.registerType('capture-face', CaptureFace);
};
