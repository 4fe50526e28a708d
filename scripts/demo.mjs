// Runs Node-RED in a fresh user directory with the example flow, registers one person and says what happens; or, with
// the path of an example, opens that one and says where its parts are.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { dirname, join } from 'node:path';

import { simulateFleet } from './demo/simulated-fleet.mjs';
import { eventLine, simulateGateway } from './demo/simulated-gateway.mjs';
import { root } from './runtime-node.mjs';

const require = createRequire(import.meta.url);
const RED = require('node-red');
const [, , userDir, chosen] = process.argv;
const host = '127.0.0.1';
const port = Number(process.env.PORT || 1880);
const example = join(root, 'examples', `${chosen ?? 'register-user-with-face'}.json`);
/** Packages that examples need beside ours, by a node type that tells. */
const NEEDED = { sqlite: 'node-red-node-sqlite', 'ui-base': '@flowfuse/node-red-dashboard' };

/** Whether Node-RED may be asked: before its flows have started, and once they stop, it answers with errors in its log. */
let isUp = false;
let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  isUp = false;
  setTimeout(() => process.exit(code), 2000).unref();
  await RED.stop().catch(() => undefined);
  await fleet?.stop();
  server.close();
  server.closeAllConnections();
  process.exit(code);
}

/** The port of this run for one of an example. */
async function portFor(shipped) {
  if (!ports.has(shipped)) ports.set(shipped, String(await freePort()));
  return ports.get(shipped);
}

async function freePort() {
  const probe = net.createServer().listen(0, host);
  await new Promise((resolve) => probe.once('listening', resolve));
  const found = probe.address().port;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}

// The flow as it is in the Import menu, with a login on both sides so that Digest is really used.
const flow = JSON.parse(readFileSync(example, 'utf8'));
const login = { username: 'admin', password: randomBytes(9).toString('base64url') };
const ports = new Map();
const credentials = {};
for (const node of flow) {
  // Some examples bring a key for their simulator; here both get one of this run.
  delete node.credentials;
  if (node.type === 'terminal-directory') {
    for (const row of node.terminals) row.port = await portFor(row.port);
    credentials[node.id] = { login1: 'simulated', username1: login.username, password1: login.password };
  }
  if (node.type !== 'isapi-config' && node.type !== 'terminal-simulator') continue;
  node.port = await portFor(node.port);
  credentials[node.id] = login;
}
if (flow.some((node) => node.type === 'artemis-config')) {
  Object.assign(credentials, simulateGateway(flow, String(await freePort()), `http://127.0.0.1:${port}`));
}
// Terminals that stand in a file have no simulators in the flow.
const isFleet = flow.some((node) => node.type === 'terminal-directory' && node.source === 'file');
const fleetFolder = join(userDir, 'fleet');
const fleet = isFleet ? await simulateFleet(fleetFolder, login) : undefined;
const manifest = JSON.parse(readFileSync(join(root, 'scripts', 'demo-package.json'), 'utf8'));
install('@facecontroll/node-red-hikvision', root);
for (const [type, name] of Object.entries(NEEDED)) {
  if (flow.some((node) => node.type === type)) install(name, join(root, 'node_modules', name));
}
writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest));
if (chosen) prepareData();
writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));
writeFileSync(join(userDir, 'flows_cred.json'), JSON.stringify(credentials));

/** As Manage palette would, but linked. */
function install(name, from) {
  const to = join(userDir, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to, 'junction');
  manifest.dependencies[name] = '*';
}

/** What the examples read from the environment, all of it below the user directory. */
function prepareData() {
  process.env.API_TOKEN = randomBytes(24).toString('base64url');
  process.env.EMPLOYEES_DATABASE = join(userDir, 'employees.sqlite');
  process.env.ATTENDANCE_DATABASE = join(userDir, 'attendance.sqlite');
  process.env.VISITORS_DATABASE = join(userDir, 'visitors.sqlite');
  process.env.FLEET_FOLDER = fleetFolder;
}

// It listens before Node-RED starts, so that a port that is taken is known at once; who asks meanwhile has to wait.
const server = http.createServer((request, response) => {
  if (request.url === '/favicon.ico') response.writeHead(404).end();
  else if (isUp) RED.httpAdmin(request, response, () => RED.httpNode(request, response));
  else response.writeHead(503, { 'Retry-After': '1', Refresh: '1' }).end('Node-RED is not up yet.\n');
});
server.on('upgrade', (_request, socket) => {
  if (!isUp) socket.destroy();
});
RED.init(server, {
  userDir,
  flowFile: 'flows.json',
  credentialSecret: false,
  httpAdminRoot: '/',
  httpNodeRoot: '/',
  uiHost: host,
  uiPort: port,
  editorTheme: { tours: false, projects: { enabled: false } },
  logging: { console: { level: 'error', metrics: false, audit: false } },
  telemetry: { enabled: false, updateNotification: false },
});

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
process.on('SIGHUP', () => void stop(0));
// scripts/start.mjs, which removes the user directory, was ended by force.
process.on('disconnect', () => {
  process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));
  void stop(0);
});

server.once('error', (error) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is in use: end what uses it, or take another one with PORT=${port + 1} npm start`
      : `Node-RED cannot start: ${error.message}`,
  );
  void stop(1);
});
await new Promise((resolve) => server.listen(port, host, resolve));

let boundFace = '';
if (!chosen) watch();
RED.hooks.add('onSend.gateway', (events) => {
  for (const { msg, source } of events) {
    if (source.node.type === 'gateway-simulator') console.log(eventLine(msg.payload));
  }
});

if (chosen && flow.some((node) => node.type === 'gateway-simulator')) {
  RED.hooks.add('onReceive.outcome', ({ msg: { payload }, destination }) => {
    if (destination.node.type === 'debug' && payload?.outcome) console.log(`   outcome: ${payload.outcome}`);
  });
}

function watch() {
  RED.hooks.add('onSend.demo', (events) => {
    for (const { msg, source } of events) {
      if (source.node.type === 'terminal-simulator') told(msg.payload);
      if (source.node.type === 'create-user') console.log(`2. person ${msg.user.action} on ${msg.user.terminal}`);
      if (source.node.type === 'fdsetup-bind')
        console.log(`3. face bound, ${msg.binding.verified ? 'verified' : 'sent'}`);
      if (source.node.type === 'capture-face' && msg.capture.id) {
        console.log(`1. face captured on ${msg.capture.terminal} (attempts: ${msg.capture.attempts})`);
      }
    }
  });
  RED.hooks.add('onReceive.demo', ({ msg, destination }) => {
    if (destination.node.name === 'result') outcome(msg.payload);
  });
}

function told(event) {
  if (event.event === 'capture started') console.log('   simulated terminal: waits for a face');
  if (event.event === 'captured') console.log(`   simulated terminal: "${event.face}" looks at it`);
  if (event.event === 'face bound') boundFace = event.face;
}

let reported = false;
function outcome(result) {
  if (reported) return;
  reported = true;
  if (result.outcome === 'registered') {
    console.log(`registered employeeNo=${result.employeeNo} name="${result.name}" face="${boundFace}"`);
  } else {
    console.log(`registration failed: ${result.why ?? result.outcome}`);
  }
  console.log(`Node-RED: http://${host}:${server.address().port}/  (Ctrl-C ends it)`);
}

const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
await RED.start();
await started;
isUp = true;
if (chosen) describe();
else registerOne();

function registerOne() {
  const nodeOf = (wanted) => RED.nodes.getNode(flow.find(wanted).id);
  const inject = flow.find((node) => node.name === 'Register this person');
  console.log('Registering a person on a simulated terminal:');
  const { name } = JSON.parse(inject.payload);
  nodeOf((node) => node.type === 'terminal-simulator').receive({ payload: { present: name } });
  nodeOf((node) => node === inject).receive({});
}

/** Where the parts of the chosen example are. */
function describe() {
  const address = `http://${host}:${server.address().port}`;
  console.log(`Example ${chosen}`);
  if (flow.some((node) => node.type === 'terminal-simulator')) {
    console.log(
      flow.some((node) => node.type === 'access-events')
        ? 'Buttons of the inject nodes let somebody walk up to the simulated terminal.'
        : 'At a simulated terminal a face appears by itself after 2 seconds.',
    );
  }
  if (flow.some((node) => node.type === 'gateway-simulator')) {
    console.log('A simulated HikCentral answers; the buttons of the inject nodes call it.');
  }
  if (flow.some((node) => node.type === 'http in')) {
    console.log(`API:      curl -H "Authorization: Bearer ${process.env.API_TOKEN}" ${address}/api/users/`);
    console.log(`          described at ${address}/api/docs`);
  }
  const base = flow.find((node) => node.type === 'ui-base');
  const page = flow.find((node) => node.type === 'ui-page');
  if (base && page) console.log(`Page:     ${address}${base.path}${page.path}`);
  if (fleet) console.log(`CSV:      ${fleetFolder}, for ${fleet.count} simulated terminals`);
  console.log(`Node-RED: ${address}/  (Ctrl-C ends it and removes its data)`);
}
