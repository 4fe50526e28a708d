// The client side of the lists in the bench. What it is to do stands in its arguments; it sends its figures to its parent.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { root } from '../runtime-node.mjs';
import { BareClient, listen, readied } from './lists-bare.mjs';
import { AT_ONCE, everywhere, heap, LOGIN, mib, openFleet, people } from './lists-work.mjs';

const MANY_PERSONS = 1500;
const CHANGED = 100;
/** Persons on a page, and numbers in a list, of the simulated model. */
const AT_A_TIME = 30;
const TERMINALS = 1000;
const PERSONS = 20;
/** A serial number that was said so long ago (milliseconds) is asked for again before anything is written. */
const SERIAL_AGE_MS = 2_500;
/** One person in so many has a face. */
const FACE_EVERY = 4;
const FACES = PERSONS / FACE_EVERY;

const [, , task, folder] = process.argv;
const recording = join(folder, 'recording.json');
const require = createRequire(import.meta.url);
const built = (path) => require(join(root, 'dist', path));
const { Terminal } = built('core/isapi/terminal/terminal.js');
const { terminalSettings } = built('core/isapi/terminal/terminal-settings.js');
const { syncTerminal } = built('core/isapi/sync/sync.js');
const { SyncMemory } = built('core/isapi/sync/memory.js');
const { readPersons } = built('core/isapi/sync/wanted/person-list.js');
const { Connection } = built('core/http/connection.js');
const { facePicture } = built('simulator/simulated-terminal.js');

// Its own: a terminal of another turn may have had the same address.
const memory = new SyncMemory(join(folder, `${task}-${process.pid}`));
const picture = facePicture('Bench');
const withFaces = people(PERSONS, (number) => (number % FACE_EVERY === 0 ? { face: picture } : {}));
const oneChanged = withFaces.with(6, { ...withFaces[6], name: 'Another name' });

const tasks = { converged, record, sync, bare };
process.send(await tasks[task]());
process.exit();

function terminalAt(host, port) {
  return new Terminal(terminalSettings({ protocol: 'http', host, port, certificate: 'none', ...LOGIN }));
}

/** As the node does it, the judging of the list included. */
async function converge(terminal, list, more = {}) {
  const { signal } = new AbortController();
  const result = await syncTerminal(terminal, {
    ...{
      persons: await readPersons(list, { folder: undefined, signal }),
      scope: 'listed',
      maxRemovals: 20,
      faces: 'changed',
    },
    ...{ dryRun: false, verify: true, full: false, memory, signal, ...more },
  });
  if (!result.converged) throw new Error(`not converged: ${JSON.stringify(result)}`);
  return result;
}

/** Requests at one terminal that holds a long list already, as the terminal counts them. */
async function converged() {
  const fleet = await openFleet(1);
  const terminal = terminalAt(fleet.addresses[0], fleet.port);
  const list = people(MANY_PERSONS);
  const requests = async (...asked) => {
    const before = (await fleet.standing()).requests;
    const { look } = await converge(terminal, ...asked);
    return { look, requests: (await fleet.standing()).requests - before };
  };
  await converge(terminal, list);
  const quick = await requests(list);
  const full = await requests(list, { full: true });
  const changed = await requests(list.map((each, i) => (i < CHANGED ? { ...each, name: `Changed ${i}` } : each)));
  // The count, the changed ones read, each of them written, all of them read back.
  const lists = Math.ceil(CHANGED / AT_A_TIME);
  const least = 1 + lists + CHANGED + lists;
  if (quick.look !== 'quick' || full.look !== 'full')
    throw new Error('the terminal was looked at otherwise than asked');
  fleet.close();
  return { persons: MANY_PERSONS, pages: MANY_PERSONS / AT_A_TIME, quick, full, changed, changes: CHANGED, least };
}

/** What goes over the wire to one terminal: from nothing, and when one person has changed. */
async function record() {
  const fleet = await openFleet(1);
  const terminal = terminalAt(fleet.addresses[0], fleet.port);
  const heard = listen(Connection);
  await converge(terminal, withFaces);
  const fromNothing = heard.splice(0);
  // In a list for a thousand terminals, each has its next turn later than its serial number is taken for certain.
  await delay(SERIAL_AGE_MS);
  await converge(terminal, oneChanged);
  writeFileSync(recording, JSON.stringify({ fromNothing, change: heard }));
  fleet.close();
  return { fromNothing: fromNothing.length, change: heard.length, pictureBytes: picture.length };
}

async function sync() {
  const fleet = await openFleet(TERMINALS);
  const before = { rss: mib(process.memoryUsage.rss()), heap: heap() };
  const terminals = fleet.addresses.map((address) => terminalAt(address, fleet.port));
  const fromNothing = await everywhere(fleet, terminals, (terminal) => converge(terminal, withFaces));
  const held = await standingOf(fleet);
  const kept = { heap: heap() - before.heap, rss: mib(process.memoryUsage.rss()) - before.rss };
  const change = await everywhere(fleet, terminals, (terminal) => converge(terminal, oneChanged));
  const { requests } = await fleet.standing();
  await Promise.all(terminals.map((terminal) => terminal.close()));
  fleet.close();
  const made = { terminals: TERMINALS, persons: PERSONS, faces: FACES, atOnce: AT_ONCE };
  return { made, before, kept, fromNothing, change, requests: [held.requests, requests - held.requests] };
}

async function bare() {
  const { fromNothing, change } = JSON.parse(readFileSync(recording, 'utf8'));
  const [first, second] = [readied(fromNothing), readied(change)];
  const fleet = await openFleet(TERMINALS);
  const clients = fleet.addresses.map((address) => new BareClient(address, fleet.port));
  const figures = { fromNothing: await everywhere(fleet, clients, (client) => client.send(first)) };
  const held = await standingOf(fleet);
  figures.change = await everywhere(fleet, clients, (client) => client.send(second));
  const { requests } = await fleet.standing();
  for (const client of clients) client.close();
  fleet.close();
  return { ...figures, requests: [held.requests, requests - held.requests] };
}

/** The terminals hold the list, whoever sent it. */
async function standingOf(fleet) {
  const standing = await fleet.standing();
  const isWhole = standing.persons === TERMINALS * PERSONS && standing.faces === TERMINALS * FACES;
  if (!isWhole) throw new Error(`the terminals hold ${JSON.stringify(standing)}`);
  return standing;
}
