// Lists of persons in the bench: one terminal that holds a long list, and a thousand terminals that get a short one.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { nodeForNodeRed5 } from '../runtime-node.mjs';

const ROUNDS = 3;

/** Rows of figures: what, the bare client, this package, what is wanted. */
export async function lists(folder) {
  const task = (name) => run(name, folder);
  const one = await task('converged');
  const heard = await task('record');
  // By turns: a machine that grows slower or faster meanwhile is no fault of either.
  const bares = [await task('bare')];
  const syncs = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    syncs.push(await task('sync'));
    bares.push(await task('bare'));
  }
  const asked = [...bares, ...syncs].map(({ requests }) => requests.join());
  if (new Set(asked).size > 1) throw new Error(`not the same requests: ${asked.join(' ')}`);
  return [...oneTerminal(one), ...manyTerminals(heard, syncs, bares)];
}

/** In a process of its own, so that memory and event loop are those of this task. */
async function run(name, folder) {
  const child = fork(fileURLToPath(new URL('lists-client.mjs', import.meta.url)), [name, folder], {
    execPath: nodeForNodeRed5(),
    execArgv: ['--expose-gc'],
  });
  const figures = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error(`The bench of lists did not finish: ${name}`)));
  });
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  return figures;
}

function oneTerminal({ persons, pages, quick, full, changed, changes, least }) {
  return [
    [`A list of ${persons} persons, ${pages} pages, on the terminal already`, '', 'requests', 'wanted'],
    ['  quick look, nothing to do', '', String(quick.requests), '<= 1'],
    ['  full look, nothing to do', '', String(full.requests), `<= 1 + ${pages}`],
    [
      `  ${changes} persons changed, to the least possible (${least})`,
      '',
      (changed.requests / least).toFixed(2),
      '<= 1.10',
    ],
    ['  (requests)', '', String(changed.requests), ''],
  ];
}

function manyTerminals(heard, syncs, bares) {
  const { terminals, persons, faces, atOnce } = syncs[0].made;
  const mean = (all, phase, figure) => all.reduce((sum, each) => sum + each[phase][figure], 0) / all.length;
  const both = (phase, figure, digits) => [bares, syncs].map((all) => mean(all, phase, figure).toFixed(digits));
  const speed = (phase) => (mean(bares, phase, 'seconds') / mean(syncs, phase, 'seconds')).toFixed(2);
  const speeds = syncs.map(({ fromNothing }) =>
    (mean(bares, 'fromNothing', 'seconds') / fromNothing.seconds).toFixed(2),
  );
  const most = (figureOf) => Math.max(...syncs.map(figureOf)).toFixed(0);
  const kib = (heard.pictureBytes / 1024).toFixed(0);
  return [
    [
      `${terminals} terminals, ${persons} persons each, ${atOnce} terminals at once`,
      'bare node:http',
      'this package',
      'wanted',
    ],
    [`  from nothing (${faces} have a picture of ${kib} KiB): speed, ratio`, '', speed('fromNothing'), '>= 0.70'],
    ['  (each time)', '', speeds.join(' '), ''],
    ['  (seconds)', ...both('fromNothing', 'seconds', 1), ''],
    ['  (seconds of CPU)', ...both('fromNothing', 'cpu', 1), ''],
    ['  (seconds of CPU of the terminals)', ...both('fromNothing', 'terminalCpu', 1), ''],
    ['  requests to each', ...twice(heard.fromNothing), ''],
    ['  event-loop delay p99 (ms)', ...both('fromNothing', 'p99', 1), '< 50'],
    ['  RSS of all these terminals afterwards, connected (MiB)', '', most(({ kept }) => kept.rss), '< 150'],
    ['  (RSS at the most, above the start)', '', most(({ fromNothing, before }) => fromNothing.rss - before.rss), ''],
    ['  (heap kept)', '', most(({ kept }) => kept.heap), ''],
    ['  one person changed everywhere: speed, ratio', '', speed('change'), ''],
    ['  (seconds)', ...both('change', 'seconds', 1), ''],
    ['  requests to each', ...twice(heard.change), ''],
  ];
}

function twice(count) {
  return [String(count), String(count)];
}
