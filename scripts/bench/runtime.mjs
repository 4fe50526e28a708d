// The client side of the bench: a real Node-RED, in which everything is measured. Prints its figures as JSON to its parent.
import { fork } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { root } from '../runtime-node.mjs';
import { bareClients, coreClients, ownClients, throughput } from './throughput.mjs';

const TERMINALS = 100;
const REGISTRATIONS = 50;
const MANY = 20;
/** Mean milliseconds until somebody looks at a terminal. */
const CAPTURE_MS = 600;
const LOGIN = { username: 'admin', password: 'bench-Secret-1' };

const [, , userDir] = process.argv;
const require = createRequire(import.meta.url);
const RED = require('node-red');
const { Terminal } = require(join(root, 'dist/core/isapi/terminal/terminal.js'));
const { terminalSettings } = require(join(root, 'dist/core/isapi/terminal/terminal-settings.js'));

const device = fork(fileURLToPath(new URL('device.mjs', import.meta.url)), [
  LOGIN.username,
  LOGIN.password,
  CAPTURE_MS,
]);
const ask = (question) =>
  new Promise((resolve) => {
    device.once('message', resolve);
    device.send(question);
  });

/** What to do with a message that comes out at the end of the flow. */
const waiting = new Map();
RED.hooks.add('onReceive.bench', ({ msg, destination }) => {
  if (destination.node.id !== 'done') return;
  waiting.get(msg._msgid)?.(msg);
  waiting.delete(msg._msgid);
});

const ports = await ask({ open: TERMINALS });
await startNodeRed();
const figures = { one: await compare(ports.slice(0, 1)), many: await compare(ports.slice(0, MANY)) };
figures.registration = await register();
process.send(figures);
await RED.stop();
device.disconnect();
process.exit();

async function startNodeRed() {
  mkdirSync(join(userDir, 'node_modules', '@facecontroll'), { recursive: true });
  symlinkSync(root, join(userDir, 'node_modules', '@facecontroll', 'node-red-hikvision'), 'junction');
  cpSync(join(root, 'scripts', 'demo-package.json'), join(userDir, 'package.json'));
  RED.init(http.createServer(), {
    userDir,
    credentialSecret: false,
    httpAdminRoot: false,
    httpNodeRoot: false,
    logging: { console: { level: 'fatal', metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
  });
  const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
  await RED.start();
  await started;
  const z = 'flow';
  const chosen = { z, terminal: '' };
  const configs = ports.map((port, i) => ({
    ...{ id: `terminal-${i}`, type: 'isapi-config', name: `Terminal ${i}`, protocol: 'https', host: '127.0.0.1' },
    ...{ port: String(port), certificate: 'none', timeout: '10', retries: '0', queueLimit: '1000', credentials: LOGIN },
  }));
  const inputs = Object.fromEntries(
    Object.entries({ employeeNo: 'payload.employeeNo', fullName: 'payload.name', face: 'capture' }).flatMap(
      ([name, path]) => [
        [name, path],
        [`${name}Type`, 'msg'],
      ],
    ),
  );
  const flow = [
    { id: z, type: 'tab', label: 'bench' },
    ...configs,
    {
      id: 'capture',
      type: 'capture-face',
      ...chosen,
      dataType: 'auto',
      interval: '0',
      deadline: '30',
      hold: true,
      wires: [['person'], []],
    },
    { id: 'person', type: 'create-user', ...chosen, ...inputs, ifExists: 'update', wires: [['bind']] },
    { id: 'bind', type: 'fdsetup-bind', ...chosen, ...inputs, verify: false, wires: [['done']] },
    { id: 'done', type: 'debug', z, active: false, wires: [] },
    { id: 'failed', type: 'catch', z, scope: null, wires: [['done']] },
    { id: 'tls', type: 'tls-config', verifyservercert: false },
    {
      ...{
        id: 'core',
        type: 'http request',
        z,
        method: 'PUT',
        ret: 'txt',
        paytoqs: 'ignore',
        tls: 'tls',
        persist: true,
      },
      ...{
        authType: 'digest',
        senderr: false,
        credentials: { user: LOGIN.username, password: LOGIN.password },
        wires: [['done']],
      },
    },
  ];
  await RED.runtime.flows.setFlows({ flows: { flows: flow }, deploymentType: 'full', user: null });
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** Sends a message into a node and waits until it, or its error, comes out at the end of the flow. */
function through(id, msg) {
  return new Promise((resolve, reject) => {
    const sent = { ...msg, _msgid: RED.util.generateId() };
    waiting.set(sent._msgid, (out) => (out.error ? reject(new Error(out.error.message)) : resolve(out)));
    RED.nodes.getNode(id).receive(sent);
  });
}

async function compare(somePorts) {
  const terminals = somePorts.map(
    (port) =>
      new Terminal(terminalSettings({ protocol: 'https', host: '127.0.0.1', port, certificate: 'none', ...LOGIN })),
  );
  const rates = await throughput({
    limit: await bareClients(somePorts, LOGIN),
    own: ownClients(terminals),
    core: coreClients(somePorts, (msg) => through('core', msg)),
  });
  await Promise.all(terminals.map((terminal) => terminal.close()));
  return rates;
}

async function register() {
  const before = await ask({});
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const heap = [];
  let registered = 0;
  delay.enable();
  await Promise.all(
    ports.map(async (_port, i) => {
      // Not all at the same moment: people come when they come.
      await new Promise((resolve) => setTimeout(resolve, (i * 2000) / TERMINALS));
      for (let n = 0; n < REGISTRATIONS; n += 1) {
        const payload = { employeeNo: String(i * REGISTRATIONS + n).padStart(6, '0'), name: `Person ${n}` };
        await through('capture', { terminal: `Terminal ${i}`, payload });
        registered += 1;
        if (registered % 1000 === 0) {
          // Collecting garbage on demand stops the loop; that delay is the bench's and is not counted.
          delay.disable();
          global.gc();
          heap.push(process.memoryUsage().heapUsed / 2 ** 20);
          await new Promise(setImmediate);
          delay.enable();
        }
      }
    }),
  );
  delay.disable();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = await ask({});
  const each = (name) => (after[name] - before[name]) / registered;
  return {
    registered,
    seconds,
    requests: each('requests'),
    firstTimes: (TERMINALS * 2) / registered,
    handshakes: each('handshakes'),
    cpuMs: (user + system) / 1000 / registered,
    p50: delay.percentile(50) / 1e6,
    p99: delay.percentile(99) / 1e6,
    heap,
  };
}
