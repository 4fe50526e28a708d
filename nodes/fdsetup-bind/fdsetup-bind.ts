import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure } from '../../core/errors/hikvision-error.js';
import { bindFace, captureIdOf } from '../../core/isapi/operations/face.js';
import { validEmployeeNo } from '../../core/isapi/operations/user-info.js';
import { invalid } from '../../core/errors/invalid.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import { isOn } from '../common/settings.js';

interface Settings extends NodeDef, DeviceNodeSettings {
  faceLibType?: unknown;
  FDID?: unknown;
  verify?: unknown;
  recheck?: unknown;
}

export = (RED: NodeAPI): void => {
  function FdsetupBind(this: Node, config: Settings): void {
    RED.nodes.createNode(this, config);

    const work = async ({ msg, terminal, status, signal, input }: Job): Promise<Job['msg']> => {
      let captureId = captureIdOf(msg['capture']);
      const release = (): void => {
        if (captureId !== undefined) terminal.enrolment.releaseCapture(captureId);
      };
      try {
        const face = await input('face');
        captureId = captureIdOf(face) ?? captureId;
        const employeeNo = validEmployeeNo(await input('employeeNo'));
        status.sending('binding', terminal.waitingCount);
        msg['binding'] = await bindFace(terminal, {
          employeeNo,
          face,
          faceLibType: identifier('faceLibType', config.faceLibType, 'blackFD'),
          FDID: identifier('FDID', config.FDID, '1'),
          verify: isOn(config.verify, true),
          recheck: isOn(config.recheck, true),
          signal,
        });
        release();
        status.done('bound');
        return msg;
      } catch (error) {
        if (!asFailure(error).cause.retryable) release();
        throw error;
      }
    };

    onDeviceMessages(RED, this, 'fdsetup-bind', config, work);
  }

  RED.nodes.registerType('fdsetup-bind', FdsetupBind);
};

function identifier(field: string, value: unknown, blank: string): string {
  const text = typeof value === 'number' ? String(value) : value === '' ? blank : (value ?? blank);
  if (typeof text !== 'string' || !/^[\w.-]{1,64}$/.test(text)) throw invalid('notText', field);
  return text;
}
