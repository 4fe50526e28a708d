// The terminals of the lists in the bench, in a process of their own: a simulated fleet at one listener.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { root } from '../runtime-node.mjs';

const require = createRequire(import.meta.url);
const { SimulatedFleet } = require(join(root, 'dist/simulator/simulated-fleet.js'));
const [, , settings] = process.argv;
const fleet = await SimulatedFleet.start(JSON.parse(settings));

/** What all terminals have been asked and hold; a challenge is a request too. */
function standing() {
  const { user, system } = process.cpuUsage();
  const sums = { requests: 0, persons: 0, faces: 0, cpu: (user + system) / 1e6 };
  for (const address of fleet.addresses) {
    const terminal = fleet.terminal(address);
    const { requests, ...refused } = terminal.counters;
    const persons = terminal.persons();
    sums.requests += Object.values(requests).reduce((sum, count) => sum + count, 0);
    sums.requests += refused.challenges + refused.signedRejections + refused.staleRejections + refused.repeatedNc;
    sums.persons += persons.length;
    sums.faces += persons.filter(({ face }) => face !== undefined).length;
  }
  return sums;
}

process.on('message', () => process.send(standing()));
process.on('disconnect', () => process.exit());
process.send({ addresses: fleet.addresses, port: fleet.port });
