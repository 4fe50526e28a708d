import assert from 'node:assert/strict';

import type { ModelName, SimulatorSettings } from '../../simulator/simulated-terminal.js';
import { FOREIGN_CLIENTS, isClientInstalled, register, type Way } from '../harness/interop/clients.js';
import { withTerminal } from '../harness/terminal/raw-client.js';

const LOGIN = { username: 'admin', password: 'Secret-1' };

/** Each way with a terminal that it is meant for, and whether captures there wait for somebody to come. */
const WAYS: { way: Way; model: ModelName; waits: boolean; behaviour?: SimulatorSettings['behaviour'] }[] = [
  { way: 'url', model: 'DS-K1T343EFWX', waits: true },
  { way: 'picture', model: 'DS-K1T341CMFW', waits: true },
  // However slow the machine is, the next attempt still finds the capture mode alive.
  { way: 'record', model: 'DS-K1T672MX', waits: false, behaviour: { aliveSeconds: 100_000 } },
];

for (const client of FOREIGN_CLIENTS) {
  describe(`interop with ${client.name}, written from the guide`, () => {
    before(function () {
      this.timeout(20_000);
      if (!isClientInstalled(client)) this.skip();
    });

    for (const { way, model, waits, behaviour = {} } of WAYS) {
      it(`registers a person on ${model}, by ${way}`, async function () {
        this.timeout(60_000);
        await withTerminal({ model, behaviour, ...LOGIN, timeScale: 0.01 }, async (terminal) => {
          let started = 0;
          terminal.on('event', ({ event }) => {
            if (event !== 'capture started') return;
            started += 1;
            // Nobody comes into the first window of a terminal that waits.
            if (started === (waits ? 2 : 1)) queueMicrotask(() => terminal.present('Anna'));
          });
          const { protocol, host, port } = terminal.address;
          const origin = `${protocol}://${host}:${port}`;
          await register(client, { origin, ...LOGIN }, { way, employeeNo: '000042', name: 'Анна' });
          assert.deepEqual(
            terminal.persons().map(({ employeeNo, name, face }) => [employeeNo, name, face]),
            [['000042', 'Анна', 'Anna']],
          );
          const { signedRejections, basicAnswers, repeatedNc, chunkedBodies } = terminal.counters;
          assert.deepEqual([signedRejections, basicAnswers, repeatedNc, chunkedBodies], [0, 0, 0, 0]);
        });
      });
    }
  });
}
