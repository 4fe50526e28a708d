import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { line } from '../../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

const KILLS = 3;
const EVENTS_A_ROUND = 30;

interface Written {
  id: string;
  serial: number;
  redelivered: boolean;
}

describe(`access-events and event-ack in a Node-RED ${line} that is killed`, function () {
  this.timeout(120_000);

  it('write each event of the terminal once and in order, but for those that say they come again', async () => {
    const terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX' });
    await terminal.start();
    const red = await NodeRedProcess.start();
    const file = path.join(red.userDir, 'events.txt');
    try {
      await red.deploy(flow(terminal.address.port, file));
      let happened = 0;
      for (let round = 0; round <= KILLS; round += 1) {
        const before = (await written(file)).length;
        for (let count = 0; count < EVENTS_A_ROUND; count += 1) {
          terminal.events.record({ major: 5, minor: 75, employeeNo: `E${(happened += 1)}`, door: 1, reader: 1 });
        }
        // In the middle of them, and to the end in the last round.
        const isLast = round === KILLS;
        await until(async () => {
          const all = await written(file);
          return isLast ? all.at(-1)?.serial === happened : all.length >= before + 7 + round;
        });
        if (isLast) break;
        await red.kill('SIGKILL');
        await red.resume();
      }
      const all = await written(file);
      assert.deepEqual(broken(all, happened), []);
    } finally {
      await red.remove();
      await terminal.stop();
    }
  });
});

/** The event is in the file before it is acknowledged. */
function flow(port: number, file: string): object[] {
  const z = 'tab';
  const written =
    'const { id, serial, redelivered } = msg.payload; msg.payload = JSON.stringify({ id, serial, redelivered });';
  return [
    { id: z, type: 'tab', label: 'killed' },
    { id: 'terminal', type: 'isapi-config', name: 'Gate', protocol: 'http', host: '127.0.0.1', port: String(port) },
    {
      ...{ id: 'watch', type: 'access-events', z, terminal: 'terminal', begin: 'kept', acknowledge: 'acked' },
      ...{ inFlight: '5', poll: '0.5', wires: [['words'], []] },
    },
    { id: 'words', type: 'function', z, func: `${written} return msg;`, outputs: 1, wires: [['disk']] },
    {
      ...{ id: 'disk', type: 'file', z, filename: file, filenameType: 'str', appendNewline: true },
      ...{ overwriteFile: 'false', encoding: 'utf8', wires: [['later']] },
    },
    {
      id: 'later',
      type: 'delay',
      z,
      pauseType: 'delay',
      timeout: '20',
      timeoutUnits: 'milliseconds',
      wires: [['done']],
    },
    { id: 'done', type: 'event-ack', z, wires: [[]] },
  ];
}

async function written(file: string): Promise<Written[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((each) => JSON.parse(each) as Written);
}

/** What of the promise does not hold for what was written, of events with the numbers 1 to `happened`. */
function broken(all: readonly Written[], happened: number): string[] {
  const found: string[] = [];
  const seen = new Set<number>();
  for (const { id, serial, redelivered } of all) {
    if (seen.has(serial) && !redelivered) found.push(`${id} came twice`);
    if (!seen.has(serial) && serial !== seen.size + 1) found.push(`${id} came when ${seen.size} had come`);
    seen.add(serial);
  }
  if (seen.size !== happened) found.push(`${seen.size} came, and ${happened} happened`);
  if (all.length > happened + KILLS * 5) {
    found.push(`${all.length - happened} came again, and 5 may be out at each kill`);
  }
  return found;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}
