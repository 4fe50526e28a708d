// Events in the bench, on the side of this package and of a bare client of node:http: one task a process.
import { fork } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { root } from '../runtime-node.mjs';
import { BareClient } from './lists-bare.mjs';
import { LOGIN } from './lists-work.mjs';

const require = createRequire(import.meta.url);
const core = (path) => require(join(root, 'dist/core', path));
const { Terminal } = core('isapi/terminal/terminal.js');
const { terminalSettings } = core('isapi/terminal/terminal-settings.js');
const { EventWatch } = core('isapi/events/watch.js');
const { EventMemory } = core('isapi/events/cursor/event-memory.js');
const { EVENT_KINDS } = core('isapi/events/options.js');

const [, , task, folder] = process.argv;
const simulator = fork(fileURLToPath(new URL('events-terminals.mjs', import.meta.url)));
const ask = (question) =>
  new Promise((resolve) => {
    simulator.once('message', resolve);
    simulator.send(question);
  });
const started = [];

/** A reader of the terminal at this port. */
function watch(port, options) {
  const settings = { protocol: 'http', host: '127.0.0.1', port, certificate: 'none', name: `T${port}`, ...LOGIN };
  const terminal = new Terminal(terminalSettings(settings));
  const one = new EventWatch({
    ...{ terminal, reader: `r${task}`, memory: new EventMemory(join(folder, task)), route: 'poll', pollMs: 5000 },
    ...{ kinds: new Set(EVENT_KINDS), pictures: false, begin: 'kept', acknowledge: 'sent', inFlight: 20 },
    ...{ ackTimeoutMs: 3_600_000, ownLogins: false, onEvent: () => undefined, onNotice: () => undefined },
    ...{ onState: () => undefined, onFailure: (failure) => console.error(failure.message), ...options },
  });
  one.start();
  started.push({ one, terminal });
}

/** Events a second, of all that these terminals have. */
async function catchUp(terminals, events) {
  const ports = await ask({ task: 'open', terminals, events });
  const since = performance.now();
  let left = terminals * events;
  await new Promise((resolve) => {
    for (const port of ports) watch(port, { onEvent: () => (left -= 1) === 0 && resolve() });
  });
  const own = (terminals * events * 1000) / (performance.now() - since);
  const again = performance.now();
  await Promise.all(ports.map((port) => bareCatchUp(port, events)));
  return { own, bare: (terminals * events * 1000) / (performance.now() - again) };
}

/** The same log by spans of a page, and nothing else done with it. */
async function bareCatchUp(port, events) {
  const client = new BareClient('127.0.0.1', port);
  const path = '/ISAPI/AccessControl/AcsEvent?format=json';
  await client.send([{ ...get('/ISAPI/System/deviceInfo'), isSigned: false }]);
  for (let from = 1; from <= events; from += 30) {
    const cond = { searchID: '1', searchResultPosition: 0, maxResults: 30, major: 0, minor: 0 };
    const body = JSON.stringify({ AcsEventCond: { ...cond, beginSerialNo: from, endSerialNo: from + 29 } });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    await client.send([{ ...get(path), method: 'POST', headers, content: body, ha2: client.ha2('POST', path) }]);
  }
  client.close();
}

function get(path) {
  return { method: 'GET', path, headers: {}, isSigned: true };
}

/** Milliseconds from the log to the message, beside a bare client that reads the same stream. */
async function latency() {
  const [port] = await ask({ task: 'open', terminals: 1, events: 100 });
  const [own, bare] = [[], []];
  const now = () => performance.timeOrigin + performance.now();
  const ready = new Promise((resolve) => {
    const onNotice = ({ notice, route }) => notice === 'route' && route === 'stream' && resolve();
    const onEvent = ({ personName }) => own.push(now() - Number(personName));
    watch(port, { route: 'auto', begin: 'now', onNotice, onEvent });
  });
  const client = new BareClient('127.0.0.1', port);
  const path = '/ISAPI/Event/notification/alertStream';
  await client.send([{ ...get('/ISAPI/System/deviceInfo'), isSigned: false }]);
  const headers = { Authorization: client.authorization(path, client.ha2('GET', path)) };
  const stream = http.get({ host: '127.0.0.1', port, path, headers }, (response) => {
    response.on('data', (bytes) => {
      for (const [, at] of String(bytes).matchAll(/"name":"([\d.]+)"/g)) bare.push(now() - Number(at));
    });
  });
  stream.on('error', () => undefined);
  await ready;
  await ask({ task: 'drip', count: 400, everyMs: 20 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  stream.destroy();
  client.close();
  const at = (times, part) => times.sort((one, other) => one - other)[Math.floor((times.length - 1) * part)];
  const both = (times) => ({ count: times.length, median: at(times, 0.5), p99: at(times, 0.99) });
  return { own: both(own), bare: both(bare) };
}

/** Requests a minute with nothing to tell: by a stream that has told of an event, and by looking each 5 s. */
async function idle() {
  const ports = await ask({ task: 'open', terminals: 2, events: 10 });
  watch(ports[0], { route: 'auto', begin: 'now' });
  watch(ports[1], { route: 'poll', begin: 'now' });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await ask({ task: 'drip', count: 2, everyMs: 500 });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = await ask({ task: 'requests' });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  const after = await ask({ task: 'requests' });
  return { stream: after[0] - before[0], poll: after[1] - before[1] };
}

/** MiB of the heap with this many events behind and a flow that acknowledges none of those that are out. */
async function memory(events) {
  const [port] = await ask({ task: 'open', terminals: 1, events });
  const heap = () => {
    global.gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = heap();
  let out = 0;
  await new Promise((resolve) => {
    watch(port, { acknowledge: 'acked', onEvent: () => (out += 1) === 20 && resolve() });
  });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return { events, out, grown: heap() - before };
}

const tasks = {
  one: () => catchUp(1, 20_000),
  many: () => catchUp(100, 600),
  ...{ latency, idle, memory: () => memory(100_000) },
};
process.send(await tasks[task]());
for (const { one, terminal } of started) {
  await one.stop();
  await terminal.close();
}
simulator.disconnect();
process.exit();
