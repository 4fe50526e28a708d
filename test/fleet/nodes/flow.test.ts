import assert from 'node:assert/strict';

import type { Client } from 'pg';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { eventually } from '../../harness/fleet/eventually.js';
import {
  ask,
  fleetFlow,
  inFleet,
  LOGIN,
  said,
  says,
  startFleet,
  type FleetFlow,
} from '../../harness/fleet/fleet-flow.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import type { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

const SCHEMA = 'fleet_nodes';

describe('fleet-out, fleet-in, terminal-sync and fleet-done in a real Node-RED', function () {
  this.timeout(60_000);
  const postgres = TestPostgres.forAll();
  let lobby: SimulatedTerminal;
  let garage: SimulatedTerminal;
  let red: NodeRedProcess;
  let database: Client;

  before(async () => {
    [lobby, garage] = [newTerminal(), newTerminal()];
    await Promise.all([lobby.start(), garage.start()]);
    red = await startFleet(options());
  });
  beforeEach(async () => {
    database = await postgres.client();
  });
  after(async () => {
    await (red as NodeRedProcess | undefined)?.remove();
    await Promise.all([lobby.stop(), garage.stop()]);
  });

  function newTerminal(): SimulatedTerminal {
    return new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN });
  }

  function options(changes: Partial<FleetFlow> = {}): FleetFlow {
    return { terminals: { Lobby: lobby, Garage: garage }, port: postgres.port, schema: SCHEMA, ...changes };
  }

  async function deploy(changes: Partial<FleetFlow>): Promise<void> {
    const from = red.log.length;
    await red.deploy(fleetFlow(options(changes)));
    await inFleet(red, from);
  }

  /** Failures are dead letters at once, from the next work on. */
  async function withoutRetries(): Promise<void> {
    await database.query(`update ${SCHEMA}_work.queue set retry_limit = 0`);
  }

  /** Waits until the nodes have said something so often. */
  async function saidTimes(word: string, times: number): Promise<ReturnType<typeof said>> {
    return eventually(() => {
      const all = said(red, word);
      return Promise.resolve(all.length >= times && all);
    });
  }

  async function lettersThere(): Promise<{ terminal: string; code: string; message: string }[]> {
    const { rows } = await database.query<{ terminal: string; code: string; message: string }>(
      `select terminal, code, message from ${SCHEMA}.dead_letter`,
    );
    return rows;
  }

  it('bring the wanted persons onto the terminal, and the job is finished', async () => {
    assert.deepEqual(await ask(red, 'Lobby', 'revoke'), { terminals: 1, added: 1 });
    const [job] = await saidTimes('DONE', 1);
    assert.deepEqual(
      lobby.persons().map(({ name }) => name),
      ['Anna'],
    );
    const { terminal, site, fleet } = job ?? assert.fail();
    assert.deepEqual([terminal, site], ['Lobby', 'North']);
    assert.deepEqual(
      { ...fleet, id: '', run: '' },
      { id: '', run: '', attempt: 1, takenOver: false, priority: 'revoke' },
    );
    const status = await eventually(async () => {
      const { rows } = await database.query(`select * from ${SCHEMA}.status where terminal = 'Lobby'`);
      const [row] = rows as { finished_at: Date | null; active_since: Date | null; waiting: number; dead: number }[];
      return row?.finished_at && !row.active_since ? row : undefined;
    });
    assert.deepEqual([status.waiting, status.dead], [0, 0]);
  });

  it('refuse a terminal that nobody lists, and a priority that there is not', async () => {
    await Promise.race([ask(red, 'Nowhere'), red.next('CAUGHT .*NOT_CONFIGURED')]);
    await Promise.race([ask(red, 'Lobby', 'soon'), red.next('CAUGHT .*INVALID_INPUT')]);
    assert.deepEqual(
      said(red, 'CAUGHT')
        .slice(-2)
        .map(({ error }) => error?.code),
      ['NOT_CONFIGURED', 'INVALID_INPUT'],
    );
  });

  it('fail a job by Catch; its dead letter is read, sent again, and succeeds then', async () => {
    await withoutRetries();
    const again = [
      says('letter', 'LETTER', ['resend']),
      {
        ...{
          id: 'resend',
          type: 'fleet-out',
          z: 'tab',
          fleet: 'config',
          target: 'terminal',
          value: 'terminal',
          valueType: 'msg',
        },
        ...{ priority: 'fleet.priority', priorityType: 'msg', wires: [['read']] },
      },
      { id: 'read', type: 'fleet-done', z: 'tab', wires: [[]] },
    ];
    const work = `if (!context.get('failed')) { context.set('failed', true); throw new Error('The list is not there'); }`;
    const done = said(red, 'DONE').length;
    await deploy({ work, letters: again });
    await ask(red, 'Garage');
    await saidTimes('DONE', done + 2);
    const [letter] = said(red, 'LETTER');
    const { fleet } = letter ?? assert.fail();
    assert.deepEqual([fleet.attempts, fleet.priority], [1, 'change']);
    assert.match(JSON.stringify(fleet.error), /"message":"Error: The list is not there/);
    assert.deepEqual(
      garage.persons().map(({ name }) => name),
      ['Anna'],
    );
    await eventually(async () => (await lettersThere()).length === 0);
  });

  it('fail a job that nobody speaks of in time, visibly; a late word changes nothing', async () => {
    const work = `setTimeout(() => { msg.payload = []; node.send(msg); }, 1500); return;`;
    await deploy({ timeout: 1, work });
    await withoutRetries();
    const done = said(red, 'DONE').length;
    const late = red.next('CAUGHT .*TIMEOUT');
    await ask(red, 'Lobby');
    await late;
    // Its own word, by Catch, and that of the sync in the end: both are too late.
    await saidTimes('DONE', done + 2);
    const all = await lettersThere();
    assert.deepEqual(
      all.map(({ terminal, code }) => [terminal, code]),
      [['Lobby', 'TIMEOUT']],
    );
    assert.match(all[0]?.message ?? '', /did not end within 1 s/);
    await database.query(`delete from ${SCHEMA}_work.job_common where name = 'dead'`);
  });

  it('hand a job back where the flow is deployed anew, and it is not an attempt', async () => {
    await database.query(`update ${SCHEMA}_work.queue set retry_limit = 8`);
    await deploy({ work: 'return;' });
    const taken = said(red, 'TAKEN').length;
    await ask(red, 'Garage');
    const first = (await saidTimes('TAKEN', taken + 1)).at(-1) ?? assert.fail();
    const done = said(red, 'DONE').length;
    await deploy({});
    await saidTimes('DONE', done + 1);
    const again = said(red, 'TAKEN').at(-1);
    assert.equal(again?.fleet.attempt, 1);
    assert.equal(again.fleet.id, first.fleet.id);
    assert.notEqual(again.fleet.run, first.fleet.run);
  });

  it('give a dead letter back where the flow is deployed anew, and its reader gets it again at once', async () => {
    await withoutRetries();
    const letters = [says('letter', 'KEPT', [])];
    await deploy({ work: "throw new Error('Nothing works');", letters });
    await ask(red, 'Garage');
    const [kept] = await saidTimes('KEPT', 1);
    await deploy({
      letters: [says('letter', 'KEPT', ['read']), { id: 'read', type: 'fleet-done', z: 'tab', wires: [[]] }],
    });
    const again = (await saidTimes('KEPT', 2)).at(-1);
    assert.equal(again?.fleet.id, kept?.fleet.id);
    await eventually(async () => (await lettersThere()).length === 0);
  });

  it('give no secret to an export, nor to the log', async () => {
    const exported = await (await red.fetch('flows')).text();
    const nodes = JSON.parse(exported) as { type: string }[];
    const config = nodes.find(({ type }) => type === 'fleet-config') ?? assert.fail();
    for (const secret of ['user', 'password', 'url']) assert.ok(!(secret in config), secret);
    for (const text of [exported, red.log]) assert.ok(!text.includes(LOGIN.password) && !text.includes('postgres:'));
    const shown = await (await red.fetch('credentials/fleet-config/config')).text();
    assert.deepEqual(JSON.parse(shown), { user: 'postgres', has_password: true, has_url: false });
  });

  it('take the right to a terminal for a registration too', async () => {
    const gate = newTerminal();
    await gate.start();
    try {
      const capture = [
        { id: 'asking', type: 'http in', z: 'tab', url: '/capture', method: 'post', wires: [['named']] },
        {
          id: 'named',
          type: 'function',
          z: 'tab',
          func: "msg.terminal = 'Gate'; return msg;",
          outputs: 1,
          wires: [['look']],
        },
        {
          id: 'look',
          type: 'capture-face',
          z: 'tab',
          terminal: '',
          deadline: '30',
          hold: false,
          wires: [['seen'], []],
        },
        { id: 'seen', type: 'http response', z: 'tab', statusCode: '200', wires: [] },
      ];
      await deploy({ terminals: { Lobby: lobby, Gate: gate }, more: capture });
      gate.present('Bo', { stays: true });
      assert.equal((await red.fetch('capture', { method: 'POST' })).status, 200);
      const owner = await eventually(async () => {
        const { rows } = await database.query<{ instance: string; released_at: Date | null }>(
          `select instance, released_at from ${SCHEMA}.ownership where serial = $1`,
          [gate.serialNumber],
        );
        return rows[0]?.released_at ? rows[0] : undefined;
      });
      assert.equal(owner.instance, 'a');
    } finally {
      await deploy({});
      await gate.stop();
    }
  });

  it('know a terminal that its directory has anew, also where only that is deployed', async () => {
    const renamed = fleetFlow(options({ terminals: { Cellar: garage } }));
    const from = red.log.length;
    await red.deploy(renamed, 'nodes');
    await inFleet(red, from);
    const done = said(red, 'DONE').length;
    await ask(red, 'Cellar');
    await saidTimes('DONE', done + 1);
    assert.equal(said(red, 'DONE').at(-1)?.terminal, 'Cellar');
    await deploy({});
  });

  it('refuse a second fleet-config, and go on with the first', async () => {
    const second = { ...fleetFlow(options()).find(({ id }) => id === 'config'), id: 'second', instance: 'b' };
    const warned = red.next('another fleet-config already');
    const done = said(red, 'DONE').length;
    await deploy({ more: [second as { id: string; type: string }] });
    await warned;
    await ask(red, 'Lobby');
    await saidTimes('DONE', done + 1);
  });
});
