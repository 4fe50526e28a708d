import type { Node, NodeAPI, NodeDef } from 'node-red';

import { CaptureGivenUp } from '../../core/isapi/operations/capture/capture.js';
import { captureIdOf } from '../../core/isapi/operations/face.js';
import { personChange } from '../../core/isapi/operations/person/person-change.js';
import { userInfo } from '../../core/isapi/operations/person/user-info.js';
import {
  inStep,
  registerPerson,
  type Registration,
  type RegistrationOptions,
} from '../../core/isapi/operations/registration/registration.js';
import { librarySettings } from '../../core/settings/steps.js';
import { isBlank } from '../../core/settings/values.js';
import { withHint } from '../common/capture-hint.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { fromMessage, personFields } from '../common/person-input.js';
import { readSettings } from '../common/settings.js';
import { settings as rules } from './settings.js';

type RegistrationJob = Job<typeof rules>;
/** What a message asks for, all of it judged. */
type Asked = Pick<
  RegistrationOptions,
  'person' | 'change' | 'ifExists' | 'capture' | 'bind' | 'retries' | 'ifFace' | 'onFailure'
>;

const LIBRARY = readSettings(librarySettings, {});

export = (RED: NodeAPI): void => {
  function RegisterPerson(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);
    /** What waits or runs here, and the message that asked for it. */
    const running = new Map<AbortController, string | undefined>();

    const asked = async ({ input }: RegistrationJob): Promise<Asked> => {
      const settings = readSettings(rules, config);
      const { dataType, deadline, interval, verify, recheck, alsoExisting, ...same } = settings;
      const { ifExists, retries, ifFace, onFailure } = same;
      return inStep('person', async () => {
        const fields = await personFields(input);
        const person = userInfo(fields);
        const change = personChange(fields, { fromMessage: fromMessage(config, fields), alsoExisting });
        return {
          ...{ person, change, ifExists, retries, ifFace, onFailure },
          capture: { dataType, deadlineMs: deadline, intervalMs: interval },
          bind: { ...LIBRARY, verify, recheck },
        };
      });
    };

    const register = async (job: RegistrationJob, face: unknown, cancel: AbortSignal): Promise<Registration> => {
      const { terminal, status, signal } = job;
      return registerPerson(terminal, {
        ...(await asked(job)),
        face: isBlank(face) ? undefined : face,
        signal,
        cancel,
        onWait: (reason, ahead) => status.waitingFor(reason, ahead),
        onProgress: (left, progress) => status.busy(progress > 0 ? 'still' : 'look', left),
        onStep: (step, attempt) => {
          if (attempt > 1) status.busy(step === 'person' ? 'personAgain' : 'faceAgain', attempt);
          else status.busy(step);
        },
      });
    };

    const out = ({ msg, status }: RegistrationJob, registration: Registration): (Message | null)[] => {
      const { outcome, verified, capture } = registration;
      const notCaptured = capture && 'reason' in capture ? capture : undefined;
      msg['registration'] = notCaptured ? { ...registration, capture: withHint(RED, notCaptured) } : registration;
      if (outcome === 'registered') {
        const { verify } = readSettings(rules, config);
        if (verify && verified === false) status.warn('registeredUnverified');
        else status.done('registered');
        return [msg, null];
      }
      if (outcome === 'cancelled') status.warn('cancelled');
      else if (notCaptured?.reason === 'busy') status.warn('busy');
      else status.warn('nobody');
      return [null, msg];
    };

    const work = async (job: RegistrationJob): Promise<(Message | null)[]> => {
      const cancel = new AbortController();
      running.set(cancel, job.msg._msgid);
      let face: unknown;
      try {
        face = await inStep('face', () => job.input('face'));
        return out(job, await register(job, face, cancel.signal));
      } finally {
        running.delete(cancel);
        // A capture that came with the message may keep the terminal for it.
        const id = captureIdOf(face);
        if (id !== undefined) job.terminal.enrolment.releaseCapture(id);
      }
    };

    /** `msg.reset` cancels what waits or runs here; as the `_msgid` of a message, what that one asked for. */
    const reset = ({ reset: wanted }: Message): boolean => {
      const all = wanted === true;
      if (!all && (typeof wanted !== 'string' || wanted === '')) return false;
      for (const [controller, asked] of running) {
        if (all || asked === wanted) controller.abort(new CaptureGivenUp('cancelled'));
      }
      return true;
    };

    onDeviceMessages(RED, this, 'register-person', rules, config, { work, intercept: reset });
  }

  RED.nodes.registerType('register-person', RegisterPerson);
};
