// npm start -- --example fleet (or pair): a PostgreSQL, simulated terminals and two Node-REDs with the same flow. Says what
// happens, kills one of the two in the middle of its work, starts it again, and goes on until Ctrl-C.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { MODELS, SCENES } from './demo/fleet-data.mjs';
import { Instance } from './demo/instance.mjs';
import { Look } from './demo/look.mjs';
import { simulateTerminals } from './demo/simulated-fleet.mjs';
import { exampleFile } from './examples/files.mjs';
import { freePort } from './free-port.mjs';
import { startPostgres } from './postgres/postgres.mjs';
import { root } from './runtime-node.mjs';

const [, , userDir, chosen] = process.argv;
const scene = SCENES[basename(chosen)];
const NAMES = ['one', 'two'];
/** Milliseconds between two looks at the database. */
const LOOK_MS = 250;
const login = { username: 'admin', password: randomBytes(9).toString('base64url') };
/** What ends what was started, the last first. */
const ends = [];
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));
// scripts/start.mjs, which removes the user directory, was ended by force.
process.on('disconnect', () => {
  process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));
  void stop(0);
});

try {
  await story();
} catch (error) {
  if (!stopping) console.error(error.message);
  await stop(1);
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(code), 20_000).unref();
  for (const end of ends.reverse()) await end().catch(() => undefined);
  process.exit(code);
}

async function story() {
  console.log(`Example ${chosen}: PostgreSQL, ${scene.terminals} simulated terminals, two Node-REDs`);
  const postgres = await startPostgres();
  ends.push(() => postgres.remove());
  console.log(`PostgreSQL: psql ${postgres.url}`);
  const simulated = await simulateTerminals(scene.terminals, login, { models: MODELS });
  ends.push(() => simulated.stop());
  const instances = await makeInstances(postgres.url, simulated.places);
  ends.push(() => Promise.all(instances.map((instance) => instance.stop())));
  await Promise.all(instances.map((instance) => instance.start()));
  console.log(`Node-RED: ${instances.map(({ name, url }) => `"${name}" ${url}/`).join(' and ')}`);
  const database = new pg.Pool({ connectionString: postgres.url, max: 2 });
  database.on('error', () => undefined);
  ends.push(() => database.end());
  const look = new Look(scene, database, simulated.terminals);

  await eventually(() => look.isReady(NAMES.length), 'the tables are there');
  let began = performance.now();
  await scene.fill(database, simulated.places);
  console.log(`${scene.people} people are in the database, and their rights`);
  await untilAsWanted(look);
  console.log(`${await look.all()} after ${since(began)}, brought there by ${await look.whoDidWhat()}`);
  sayWhereToLook(instances);

  const [first, second] = instances;
  console.log('Everybody is changed, and kill -9 follows in the middle of the work');
  const cut = await atWork(first, database, look);
  await first.kill();
  console.log(`   "${first.name}" is killed while it works on ${cut.join(', ')}`);
  began = performance.now();
  await eventually(() => look.hasTakenOver(second.name, cut), `"${second.name}" has taken over`);
  console.log(`   "${second.name}" has taken over ${cut.length === 1 ? 'it' : 'all of them'} after ${since(began)}`);
  await untilAsWanted(look);
  console.log(`   ${await look.all()} again after ${since(began)}`);

  began = performance.now();
  await database.query(...scene.one('Somebody new'));
  await untilAsWanted(look);
  console.log(`   a changed name has arrived everywhere after ${since(began)}, with one Node-RED`);
  await first.start();
  await eventually(() => look.isReady(NAMES.length), `"${first.name}" is back`);
  console.log(`"${first.name}" is back`);
  await goOn(database, look);
}

/** Changes everybody until an instance is seen at work: the other one may be faster. Gives the terminals that it works on. */
async function atWork({ name }, database, look) {
  const quick = 10;
  for (;;) {
    await database.query(scene.everybody);
    for (let count = 0; count < 2000 / quick; count += 1) {
      const terminals = await look.workOf(name);
      if (terminals) return terminals;
      if (stopping) throw new Error('stopped');
      await delay(quick);
    }
  }
}

function untilAsWanted(look) {
  return eventually(() => look.isAsWanted(), 'all terminals are as wanted');
}

/** A change now and then, until somebody ends this. */
async function goOn(database, look) {
  console.log('Every 20 seconds somebody gets another name  (Ctrl-C ends all of it and removes its data)');
  for (let count = 1; !stopping; count += 1) {
    await delay(20_000);
    const began = performance.now();
    await database.query(...scene.one(`Somebody ${count}`));
    await untilAsWanted(look);
    console.log(`   "Somebody ${count}" has arrived after ${since(began)}`);
  }
}

function sayWhereToLook(instances) {
  const flow = instances[0].flow;
  const [base, page] = ['ui-base', 'ui-page'].map((type) => flow.find((node) => node.type === type));
  if (!base || !page) return;
  // While one of them is killed, the page of the other goes on.
  for (const { url } of instances) console.log(`Page:     ${url}${base.path}${page.path}`);
}

/** Two Node-REDs with the flow as it is in the Import menu, but for their names and where the terminals are. */
async function makeInstances(database, places) {
  const shipped = JSON.parse(readFileSync(exampleFile(root, chosen), 'utf8'));
  const ports = [Number(process.env.PORT || 1880) || (await freePort()), await freePort()];
  return NAMES.map((name, index) => {
    const folder = join(userDir, name);
    mkdirSync(folder);
    const flow = structuredClone(shipped);
    const credentials = {};
    for (const node of flow) {
      if (node.type === 'fleet-config') Object.assign(node, { instance: name });
      if (node.credentials) credentials[node.id] = node.credentials;
      delete node.credentials;
      if (node.type !== 'terminal-directory') continue;
      credentials[node.id] = { login1: 'simulated', username1: login.username, password1: login.password };
      for (const [row, terminal] of node.terminals.entries()) {
        Object.assign(terminal, { ...places[row], port: String(places[row].port) });
      }
    }
    const environment = { FLEET_DATABASE: database, FLEET_TERMINALS: join(folder, 'terminals.json') };
    return new Instance(name, { flow, credentials, environment, port: ports[index], userDir: folder });
  });
}

/** Asks until the answer is yes, and gives it; the database may not know its tables yet. */
async function eventually(ask, what) {
  const end = performance.now() + 180_000;
  while (!stopping) {
    const answer = await ask().catch((error) => {
      if (error.code !== '42P01' && error.code !== '3F000') throw error;
    });
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Not within three minutes: ${what}`);
    await delay(LOOK_MS);
  }
  throw new Error('stopped');
}

function since(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
