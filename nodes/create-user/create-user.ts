import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure } from '../../core/errors/hikvision-error.js';
import { captureIdOf } from '../../core/isapi/operations/face.js';
import { createPerson } from '../../core/isapi/operations/person/person.js';
import { personChange } from '../../core/isapi/operations/person/person-change.js';
import { userInfo } from '../../core/isapi/operations/person/user-info.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { fromMessage, personFields } from '../common/person-input.js';
import { readSettings } from '../common/settings.js';
import { settings as rules } from './settings.js';

export = (RED: NodeAPI): void => {
  function CreateUser(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);

    const work = async ({ msg, terminal, status, signal, input }: Job<typeof rules>): Promise<Message> => {
      try {
        const { ifExists, alsoExisting } = readSettings(rules, config);
        const fields = await personFields(input);
        const person = userInfo(fields);
        const change = personChange(fields, { fromMessage: fromMessage(config, fields), alsoExisting });
        status.sending('creating', terminal.waitingCount);
        const action = await createPerson(terminal, person, ifExists, { change, signal });
        msg['user'] = { employeeNo: person.employeeNo, action, terminal: terminal.name };
        status.done(action);
        return msg;
      } catch (error) {
        // A failure that a repeat cannot help ends the reservation that was made for this person's face.
        const id = captureIdOf(msg['capture']);
        if (id !== undefined && !asFailure(error).cause.retryable) terminal.enrolment.releaseCapture(id);
        throw error;
      }
    };

    onDeviceMessages(RED, this, 'create-user', rules, config, { work });
  }

  RED.nodes.registerType('create-user', CreateUser);
};
