import path from 'node:path';

import type { Node, NodeAPI, NodeDef } from 'node-red';

import type { HikvisionError } from '../../core/errors/hikvision-error.js';
import { SyncMemory } from '../../core/isapi/sync/memory.js';
import {
  syncTerminal,
  type SyncOptions,
  type SyncProgress,
  type SyncResult,
  type SyncStep,
} from '../../core/isapi/sync/sync.js';
import { readPersons } from '../../core/isapi/sync/wanted/person-list.js';
import { take } from '../../core/settings/take.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import type { Status } from '../common/status.js';
import { wordsOf } from '../common/texts.js';
import { settings as rules } from './settings.js';

const TYPE = 'terminal-sync';
/** Least time between two messages at output 2, in milliseconds. */
const PROGRESS_EVERY = 1000;

type SyncJob = Job<typeof rules>;
/** What a message asks for, all of it judged. */
type Asked = Omit<SyncOptions, 'memory' | 'signal' | 'onProgress'>;

export = (RED: NodeAPI): void => {
  const userDir = RED.settings.userDir ?? '.';
  // One for all nodes: what is remembered belongs to the terminal.
  const memory = new SyncMemory(path.join(userDir, 'hikvision', 'sync'));

  function TerminalSync(this: Node, config: NodeDef & DeviceNodeSettings): void {
    RED.nodes.createNode(this, config);

    const asked = async ({ msg, input, signal }: SyncJob): Promise<Asked> => {
      const { scope, maxRemovals, faces, folder, verify } = readSettings(rules, config);
      const dryRun = take('dryRun', rules.dryRun, await input('dryRun'));
      const given = take('persons', rules.persons, await input('persons'));
      const persons = await readPersons(given, { folder: inUserDir(folder), signal });
      return { persons, scope, maxRemovals, faces, dryRun, verify, full: msg['full'] === true };
    };

    const work = async (job: SyncJob): Promise<(Message | null)[]> => {
      const { msg, terminal, status, signal } = job;
      try {
        const result = await syncTerminal(terminal, {
          ...(await asked(job)),
          ...{ memory, signal, onProgress: reporter(job) },
        });
        msg['sync'] = inWords(result);
        showOutcome(status, result);
        return [msg, null];
      } catch (error) {
        // Where many terminals are synced, it has to be plain which one failed.
        throw terminal.named(error, 'sync persons');
      }
    };

    onDeviceMessages(RED, this, TYPE, rules, config, { work });
  }

  /** A folder as it stands in the dialog: relative to the user directory. */
  function inUserDir(folder: string): string | undefined {
    return folder.trim() === '' ? undefined : path.resolve(userDir, folder.trim());
  }

  /** The result as a flow gets it: what failed, and what somebody should know, in the server's language. */
  function inWords({ failed, warnings, ...result }: SyncResult): object {
    return {
      ...result,
      failed: failed.map(({ employeeNo, step, failure, retryable }) => {
        return { employeeNo, step, code: failure.code, retryable, hint: sentences(failure) };
      }),
      warnings: warnings.map((failure) => ({
        code: failure.code,
        reason: failure.reason,
        hint: sentences(failure),
      })),
    };
  }

  function sentences(failure: HikvisionError): string {
    const { what, hint } = wordsOf(RED, failure);
    return `${what} ${hint}`.trim();
  }

  RED.nodes.registerType(TYPE, TerminalSync);
};

/** Says how far a sync is: under the node, and at output 2 in a message that does not carry the list along. */
function reporter({ msg, terminal, status, send }: SyncJob): (progress: SyncProgress) => void {
  const { name } = terminal.settings;
  const { _msgid, topic } = msg;
  let shown: SyncStep | undefined;
  let sentAt = -Infinity;
  return ({ step, done, total }) => {
    const now = performance.now();
    const isDue = now - sentAt >= PROGRESS_EVERY;
    if (isDue || step !== shown) status.busy(step, done);
    shown = step;
    if (!isDue) return;
    sentAt = now;
    const sync = { terminal: name, done, total, step };
    send([null, { _msgid, ...(topic === undefined ? {} : { topic }), terminal: name, sync }]);
  };
}

function showOutcome(status: Status, result: SyncResult): void {
  const { failed, toCapture, warnings, dryRun } = result;
  const changes = changesIn(result);
  if (failed.length > 0) status.warn('failed', failed.length);
  else if (dryRun) status.done('dryRun', changes);
  else if (toCapture.length > 0) status.warn('toCapture', toCapture.length);
  else if (warnings.length > 0) status.warn('warned', warnings.length);
  else if (changes === 0) status.done('same');
  else status.done('done', changes);
}

function changesIn({ created, updated, removed, faces, cards }: SyncResult): number {
  return created + updated + removed + faces.sent + cards.added + cards.removed;
}
