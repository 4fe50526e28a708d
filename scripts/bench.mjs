// npm run bench: how near this package comes to what node:https can do, what a registration costs in a real Node-RED,
// what lists of persons cost at many terminals, what events cost, and what a fleet of two Node-REDs does. Needs the build and
// nothing else; every figure is a ratio or a count of this same run. `npm run bench -- calls` `-- lists` `-- events` or
// `-- fleet` is that part alone.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { events } from './bench/events.mjs';
import { fleet } from './bench/fleet/fleet.mjs';
import { lists } from './bench/lists.mjs';
import { nodeForNodeRed5 } from './runtime-node.mjs';

const PARTS = { calls, lists, events, fleet };
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
  const folder = mkdtempSync(join(tmpdir(), 'hikvision-bench-'));
  try {
    for (const [what, ...cells] of await PARTS[name](folder)) {
      console.log(what.padEnd(64), cells.map((cell) => cell.padStart(14)).join(''));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Single calls and whole registrations. Rows: what, at one terminal, at many, what is wanted. */
async function calls(userDir) {
  const runtime = fork(fileURLToPath(new URL('bench/runtime.mjs', import.meta.url)), [userDir], {
    execPath: nodeForNodeRed5(),
    execArgv: ['--expose-gc'],
  });
  const figures = await new Promise((resolve) => {
    runtime.once('message', resolve);
    runtime.once('exit', () => resolve(undefined));
  });
  if (runtime.exitCode === null) await new Promise((resolve) => runtime.once('exit', resolve));
  if (!figures) throw new Error('The bench of calls did not finish.');

  const { one, many, registration } = figures;
  const ratio = (rates, name) => (rates[name] / rates.limit).toFixed(2);
  const [first] = registration.heap;
  const last = registration.heap.at(-1);
  return [
    ['Signed PUT, ratio to bare node:https with a ready-made header', '1 terminal', '20 terminals', 'wanted'],
    ['  this package', ratio(one, 'own'), ratio(many, 'own'), '0.90 / 0.85'],
    ['  core http request node with digest', ratio(one, 'core'), ratio(many, 'core'), ''],
    ['  (bare node:https, requests a second)', one.limit.toFixed(0), many.limit.toFixed(0), ''],
    ['Registration: 100 terminals, 50 each, verify off', '', '', ''],
    [
      '  requests each, logins and capabilities left out',
      '',
      (registration.requests - registration.firstTimes).toFixed(3),
      '3',
    ],
    ['  TLS handshakes each', '', registration.handshakes.toFixed(3), ''],
    ['  CPU each, in signed PUTs of the bare client', '', ((registration.cpuMs * one.limit) / 1000).toFixed(1), ''],
    ['  CPU each (ms)', '', registration.cpuMs.toFixed(2), ''],
    ['  event-loop delay p50 (ms)', '', registration.p50.toFixed(1), ''],
    ['  event-loop delay p99 (ms)', '', registration.p99.toFixed(1), '< 20'],
    ['  heap after the last to after the first thousand', '', (last / first).toFixed(2), '1.0'],
    ['  (heap in MiB after each thousand)', '', registration.heap.map((mib) => mib.toFixed(1)).join(' '), ''],
  ];
}
