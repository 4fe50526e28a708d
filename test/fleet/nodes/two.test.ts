import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { ask, LOGIN, said, startFleet, type FleetFlow, type Said } from '../../harness/fleet/fleet-flow.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import type { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

/** Does nothing with a job, so that it stays under way. */
const KEEPS = 'return;';

// A job of a Node-RED that died comes again after ten seconds without a sign of life, and some until somebody looks.
describe('two Node-REDs of one fleet', function () {
  this.timeout(90_000);
  const postgres = TestPostgres.forAll();
  let lobby: SimulatedTerminal;
  let reds: NodeRedProcess[] = [];

  before(async () => {
    lobby = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN });
    await lobby.start();
  });
  afterEach(async () => {
    await Promise.all(reds.map((red) => red.remove()));
    reds = [];
  });
  after(() => lobby.stop());

  async function start(schema: string, changes: Partial<FleetFlow>): Promise<NodeRedProcess> {
    const red = await startFleet({ terminals: { Lobby: lobby }, port: postgres.port, schema, ...changes });
    reds.push(red);
    return red;
  }

  function first(red: NodeRedProcess, word: string): Promise<Said> {
    return eventually(() => Promise.resolve(said(red, word)[0]));
  }

  it('work on a terminal one after the other; what one was killed in the middle of, the other takes over', async () => {
    const killed = await start('fleet_killed', { instance: 'a', work: KEEPS });
    await ask(killed, 'Lobby');
    const before = await first(killed, 'TAKEN');
    const other = await start('fleet_killed', { instance: 'b' });
    // Sent meanwhile, and waits: the terminal is not free.
    assert.deepEqual(await ask(other, 'Lobby'), { terminals: 1, added: 1 });
    assert.deepEqual(said(other, 'TAKEN'), []);
    await killed.kill('SIGKILL');
    const taken = await first(other, 'TAKEN');
    assert.equal(taken.fleet.takenOver, true);
    await first(other, 'DONE');
    assert.deepEqual(
      lobby.persons().map(({ name }) => name),
      ['Anna'],
    );
    assert.equal(before.fleet.attempt, 1);
  });

  it('hand over at once where one is stopped', async () => {
    const stopped = await start('fleet_stopped', { instance: 'a', work: KEEPS });
    await ask(stopped, 'Lobby');
    await first(stopped, 'TAKEN');
    const other = await start('fleet_stopped', { instance: 'b' });
    await stopped.kill('SIGTERM');
    const { fleet } = await first(other, 'TAKEN');
    assert.deepEqual([fleet.attempt, fleet.takenOver], [1, false]);
    await first(other, 'DONE');
  });
});
