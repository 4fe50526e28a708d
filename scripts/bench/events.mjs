// Events of terminals in the bench: how fast a log is read, how soon a message comes, and what waiting costs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { nodeForNodeRed5 } from '../runtime-node.mjs';

/** Rows of figures: what, the bare client, this package, their ratio. */
export async function events(folder) {
  const run = (task) => inOwnProcess(task, folder);
  const [one, many] = [await run('one'), await run('many')];
  const { own, bare } = await run('latency');
  const [idle, memory] = [await run('idle'), await run('memory')];
  const speed = ({ bare, own }) => [bare.toFixed(0), own.toFixed(0), (own / bare).toFixed(2)];
  const soon = (name) => [bare[name].toFixed(2), own[name].toFixed(2), (own[name] / bare[name]).toFixed(2)];
  return [
    ['Events of terminals, each logged in by digest', 'bare node:http', 'this package', 'ratio'],
    ['  events a second, 20,000 behind at 1 terminal', ...speed(one)],
    ['  events a second, 600 behind at each of 100 terminals', ...speed(many)],
    [`  from the log to the message, ${own.count} events by stream: median (ms)`, ...soon('median')],
    ['  p99 (ms)', ...soon('p99')],
    ['  requests a minute, idle, by stream', '', String(idle.stream), ''],
    ['  requests a minute, idle, by polling each 5 s', '', String(idle.poll), ''],
    [`  heap for ${memory.events} events behind and ${memory.out} out (MiB)`, '', memory.grown.toFixed(1), ''],
  ];
}

/** So that memory and event loop are those of this task. */
async function inOwnProcess(task, folder) {
  const child = fork(fileURLToPath(new URL('events-client.mjs', import.meta.url)), [task, folder], {
    execPath: nodeForNodeRed5(),
    execArgv: ['--expose-gc'],
  });
  const figures = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error(`The bench of events did not finish: ${task}`)));
  });
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  return figures;
}
