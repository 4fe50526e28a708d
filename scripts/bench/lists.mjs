// Lists of persons in the bench: one terminal that holds a long list, and a thousand terminals that get a short one.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { nodeForNodeRed5 } from '../runtime-node.mjs';

/** Rows of figures: what, the bare client, this package, what is wanted. */
export async function lists(folder) {
  const task = (name) => run(name, folder);
  const one = await task('converged');
  const heard = await task('record');
  // The bare client before and after: a machine that grows slower meanwhile is no fault of either.
  const [before, sync, after] = [await task('bare'), await task('sync'), await task('bare')];
  const asked = [before, sync, after].map(({ requests }) => requests.join());
  if (new Set(asked).size > 1) throw new Error(`not the same requests: ${asked.join(' ')}`);
  return [...oneTerminal(one), ...manyTerminals(heard, sync, [before, after])];
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

function manyTerminals(heard, sync, bares) {
  const { terminals, persons, faces, atOnce } = sync.made;
  const mean = (phase, figure) => (bares[0][phase][figure] + bares[1][phase][figure]) / 2;
  const both = (phase, figure, digits) => [mean(phase, figure).toFixed(digits), sync[phase][figure].toFixed(digits)];
  const speed = (phase) => (mean(phase, 'seconds') / sync[phase].seconds).toFixed(2);
  const kib = (heard.pictureBytes / 1024).toFixed(0);
  const growth = sync.fromNothing.rss - sync.before.rss;
  return [
    [
      `${terminals} terminals, ${persons} persons each, ${atOnce} terminals at once`,
      'bare node:http',
      'this package',
      'wanted',
    ],
    [`  from nothing (${faces} have a picture of ${kib} KiB): speed, ratio`, '', speed('fromNothing'), '>= 0.70'],
    ['  (seconds)', ...both('fromNothing', 'seconds', 1), ''],
    ['  (seconds of CPU)', ...both('fromNothing', 'cpu', 1), ''],
    ['  (seconds of CPU of the terminals)', ...both('fromNothing', 'terminalCpu', 1), ''],
    ['  requests to each', ...twice(heard.fromNothing), ''],
    ['  event-loop delay p99 (ms)', ...both('fromNothing', 'p99', 1), '< 50'],
    ['  RSS of all these terminals afterwards, connected (MiB)', '', sync.kept.rss.toFixed(0), '< 150'],
    ['  (RSS at the most, above the start)', '', growth.toFixed(0), ''],
    ['  (heap kept)', '', sync.kept.heap.toFixed(1), ''],
    ['  one person changed everywhere: speed, ratio', '', speed('change'), ''],
    ['  (seconds)', ...both('change', 'seconds', 1), ''],
    ['  requests to each', ...twice(heard.change), ''],
  ];
}

function twice(count) {
  return [String(count), String(count)];
}
