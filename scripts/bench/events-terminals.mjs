// The terminals of the events in the bench, in a process of their own, each with a log that is as long as told.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { root } from '../runtime-node.mjs';
import { LOGIN } from './lists-work.mjs';

const require = createRequire(import.meta.url);
const { SimulatedTerminal } = require(join(root, 'dist/simulator/simulated-terminal.js'));
const terminals = [];

/** What was written when is in the name: milliseconds since 1970. */
function write(terminal, count) {
  for (let done = 0; done < count; done += 1) {
    const name = String(performance.timeOrigin + performance.now());
    terminal.events.record({ major: 5, minor: 75, employeeNo: '1', name, door: 1, reader: 1 });
  }
}

async function open({ terminals: count, events }) {
  const ports = [];
  for (let opened = 0; opened < count; opened += 1) {
    const terminal = new SimulatedTerminal({
      ...{ port: 0, model: 'DS-K1T343EFWX', serialNumber: `BENCH-${opened}`, records: 1 },
      ...{ ...LOGIN },
    });
    ports.push((await terminal.start()).port);
    write(terminal, events);
    terminals.push(terminal);
  }
  return ports;
}

async function drip({ count, everyMs }) {
  for (let done = 0; done < count; done += 1) {
    write(terminals[0], 1);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return count;
}

const requests = () =>
  terminals.map(({ counters }) => Object.values(counters.requests).reduce((sum, each) => sum + each, 0));

process.on('message', async ({ task, ...asked }) => {
  const tasks = { open, drip, requests };
  process.send(await tasks[task](asked));
});
process.on('disconnect', () => process.exit());
