import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { after, before, describe, it } from 'mocha';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { EmbeddedNodeRed, type FlowNode, type Message } from '../../harness/node-red/embedded-node-red.js';

/** What the plugin below notes, in this process. */
interface Noted {
  fakeGuard?: { serials: string[]; releases: number; lose: boolean; isAway: boolean };
}

/** A plugin as a companion brings it: a package of its own, which knows nothing of ours but the shape of a guard. */
const PLUGIN = `module.exports = (RED) => {
  const noted = (globalThis.fakeGuard = { serials: [], releases: 0, lose: false, isAway: false });
  const guard = {
    acquire: async (serial) => {
      noted.serials.push(serial);
      const losing = new AbortController();
      if (noted.lose) losing.abort(new Error('lost'));
      return {
        lost: losing.signal, takenOver: false, quietUntil: 0,
        assertHeld: () => undefined, release: () => void (noted.releases += 1),
      };
    },
  };
  RED.plugins.registerPlugin('fake-guard', {
    type: 'hikvision-terminal-guard', guard: () => (noted.isAway ? undefined : guard),
  });
};`;

function noted(): NonNullable<Noted['fakeGuard']> {
  const { fakeGuard } = globalThis as Noted;
  assert.ok(fakeGuard, 'Node-RED has not loaded the plugin');
  return fakeGuard;
}

async function addPlugin(userDir: string): Promise<void> {
  const folder = path.join(userDir, 'node_modules', 'node-red-contrib-fake-guard');
  await mkdir(folder, { recursive: true });
  const described = { name: path.basename(folder), version: '1.0.0', 'node-red': { plugins: { guard: 'guard.js' } } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(described));
  await writeFile(path.join(folder, 'guard.js'), PLUGIN);
}

describe('a guard that a plugin of Node-RED offers', () => {
  let terminal: SimulatedTerminal;
  let nodeRed: EmbeddedNodeRed;

  before(async function () {
    this.timeout(30_000);
    terminal = new SimulatedTerminal({ port: 0, host: '127.79.0.7', model: 'DS-K1T342MFWX-E1', timeScale: 0.01 });
    const { port } = await terminal.start();
    nodeRed = await EmbeddedNodeRed.start({ prepare: addPlugin });
    const register = {
      ...{ id: 'register', type: 'register-person', z: 'tab', x: 1, y: 1, terminal: 'lobby', wires: [['done'], []] },
      ...{ employeeNo: 'payload.no', employeeNoType: 'msg', fullName: 'Anna', fullNameType: 'str', interval: '1' },
    };
    const flow: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'guard' },
      {
        ...{
          id: 'lobby',
          type: 'isapi-config',
          name: 'Lobby',
          protocol: 'http',
          host: '127.79.0.7',
          port: String(port),
        },
        ...{ certificate: 'verify', timeout: '5', retries: '0', queueLimit: '10' },
      },
      register,
      { id: 'catch', type: 'catch', z: 'tab', x: 1, y: 2, scope: null, uncaught: false, wires: [['done']] },
      { id: 'done', type: 'junction', z: 'tab', x: 2, y: 1, wires: [[]] },
    ];
    await nodeRed.deploy(flow);
  });

  after(async () => {
    await nodeRed.stop();
    await terminal.stop();
  });

  async function enrol(no: string): Promise<Message> {
    terminal.present('Anna', { stays: true });
    const arrival = nodeRed.arrival('done');
    nodeRed.receive('register', { payload: { no } });
    return arrival;
  }

  it('is asked for the unit, and gets its right back', async () => {
    const { registration } = await enrol('1');
    assert.equal((registration as { outcome: string }).outcome, 'registered');
    assert.deepEqual([noted().serials, noted().releases], [[terminal.serialNumber], 1]);
  });

  it('ends a registration whose right is lost', async () => {
    noted().lose = true;
    const { error } = await enrol('2');
    noted().lose = false;
    assert.ok(error, 'nothing was caught');
    assert.deepEqual(
      terminal.persons().map(({ employeeNo }) => employeeNo),
      ['1'],
    );
  });

  it('is not asked while it offers none', async () => {
    const asked = noted().serials.length;
    noted().isAway = true;
    const { registration } = await enrol('3');
    assert.equal((registration as { outcome: string }).outcome, 'registered');
    assert.equal(noted().serials.length, asked);
  });

  it('names a terminal’s serial number by the name that messages use', async () => {
    const built = createRequire(__filename)(
      path.resolve(__dirname, '../../../dist/nodes/common/terminal-guard.js'),
    ) as typeof import('../../../nodes/common/terminal-guard.js');
    const { signal } = new AbortController();
    assert.equal(await built.serialOfTerminal('Lobby', signal), terminal.serialNumber);
    await assert.rejects(built.serialOfTerminal('Cellar', signal), {
      code: 'NOT_CONFIGURED',
      reason: 'terminalUnknown',
    });
    terminal.replace(' ');
    await assert.rejects(built.serialOfTerminal('Lobby', signal), { code: 'NOT_OWNER', reason: 'noSerialNumber' });
    await assert.rejects(built.serialOfTerminal('Lobby', AbortSignal.abort(new Error('stop'))), /stop/);
  });
});
