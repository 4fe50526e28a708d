import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure } from '../../core/errors/hikvision-error.js';
import { bindFace, captureIdOf } from '../../core/isapi/operations/face.js';
import { take } from '../../core/settings/take.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import { settings as rules } from './settings.js';

export = (RED: NodeAPI): void => {
  function FdsetupBind(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);

    const work = async ({ msg, terminal, status, signal, input }: Job<typeof rules>): Promise<Message> => {
      let captureId = captureIdOf(msg['capture']);
      const release = (): void => {
        if (captureId !== undefined) terminal.enrolment.releaseCapture(captureId);
      };
      try {
        const face = await input('face');
        captureId = captureIdOf(face) ?? captureId;
        const employeeNo = take('employeeNo', rules.employeeNo, await input('employeeNo'));
        const { faceLibType, FDID, verify, recheck } = readSettings(rules, config);
        status.sending('binding', terminal.waitingCount);
        const binding = await bindFace(terminal, {
          employeeNo,
          face,
          faceLibType,
          FDID,
          verify,
          recheck,
          signal,
        });
        msg['binding'] = binding;
        release();
        if (verify && !binding.verified) status.warn('boundUnverified');
        else status.done('bound');
        return msg;
      } catch (error) {
        if (!asFailure(error).cause.retryable) release();
        throw error;
      }
    };

    onDeviceMessages(RED, this, 'fdsetup-bind', rules, config, { work });
  }

  RED.nodes.registerType('fdsetup-bind', FdsetupBind);
};
