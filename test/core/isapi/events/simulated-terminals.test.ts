import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { EventMemory } from '../../../../core/isapi/events/cursor/event-memory.js';
import { EVENT_KINDS, type TerminalEvent } from '../../../../core/isapi/events/options.js';
import { EventWatch } from '../../../../core/isapi/events/watch.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import {
  EVENT_MODELS,
  SimulatedTerminal,
  type EventBehaviour,
  type EventModelName,
  type SimulatorSettings,
} from '../../../../simulator/simulated-terminal.js';

const LOGIN = { username: 'admin', password: 'secret-1' };
const FACE = { major: 5, minor: 75, employeeNo: '0042', name: 'Test One', face: 'Anna' };
const OWN_LOGINS = [112, 1061];

const TROUBLES: Partial<EventBehaviour>[] = [
  { majorZero: 'refused' },
  { needsEnd: true },
  { needsEnd: true, mostEnd: 999_999 },
  { eventsAPage: 7 },
  { order: 'mixed up' },
  { jumps: { every: 7, by: 50 } },
  { late: { every: 5, seconds: 1 } },
  { ringSize: 40 },
  { replay: 'all', rewritesZone: true },
  { ownLogins: true, offsets: 'wanted' },
  { streams: 0 },
  { streams: 0, refusal: 'hang' },
  { boundary: 'absent' },
  { boundary: 'dashes twice' },
  { boundary: 'dashes once' },
  { boundary: 'angle brackets' },
  { boundary: 'angle brackets in the header only' },
  { nested: true, treacherousPictures: true },
  { lengths: 'of the wrapper', treacherousPictures: true },
  { lengths: 'absent', types: 'absent', delimiterEnd: 'LF', headerCase: 'upper', treacherousPictures: true },
  { xml: 'careless', heartbeat: 'videoloss XML', heartbeatSeconds: 1 },
];

/** A watch over a simulated terminal that has 65 events already; its streams are cut in a picture in the middle of ten more. */
async function watched(settings: Partial<SimulatorSettings>): Promise<void> {
  const device = new SimulatedTerminal({ model: 'DS-K1T343EFWX', port: 0, ...LOGIN, ...settings });
  const { port } = await device.start();
  const terminal = new Terminal({
    ...terminalSettings({ name: 'Gate', protocol: 'http', host: '127.0.0.1', port }),
    credentials: LOGIN,
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'simulated-events-'));
  const events: TerminalEvent[] = [];
  let look = (): void => undefined;
  const stored = (): number[] =>
    device.events.trueLog.flatMap(({ serial, stored: isStored, minor }) =>
      isStored && !OWN_LOGINS.includes(minor) ? [serial] : [],
    );
  const isComplete = (): boolean => {
    const told = new Set(events.map(({ serial }) => serial));
    return stored().every((serial) => told.has(serial));
  };
  const complete = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      look = () => {
        if (isComplete()) resolve();
      };
      look();
    });
  };
  const watch = new EventWatch({
    ...{ terminal, reader: 'node', memory: new EventMemory(folder), route: 'auto', pollMs: 500 },
    ...{ kinds: new Set(EVENT_KINDS), pictures: true, begin: 'kept', ownLogins: false },
    ...{ acknowledge: 'sent', inFlight: 20, ackTimeoutMs: 60_000 },
    onEvent: (event) => {
      events.push(event);
      look();
    },
    onNotice: () => undefined,
    onState: () => undefined,
    onFailure: () => undefined,
  });
  try {
    for (let each = 0; each < 65; each += 1) device.events.record(FACE);
    watch.start();
    await complete();
    for (let each = 0; each < 5; each += 1) device.events.record(FACE);
    device.events.cutStreams('in a picture');
    for (let each = 0; each < 5; each += 1) device.events.record(FACE);
    await complete();
    const told = events.map(({ serial }) => serial);
    assert.deepEqual(
      told,
      [...new Set(told)].sort((one, other) => one - other),
    );
    assert.ok(events.every(({ picture }) => picture !== undefined));
  } finally {
    await watch.stop();
    await terminal.close();
    await device.stop();
    await rm(folder, { recursive: true });
  }
}

describe('each event of a simulated terminal is told once, in order, with its picture', () => {
  for (const eventModel of Object.keys(EVENT_MODELS) as EventModelName[]) {
    it(`of ${eventModel}`, () => watched({ eventModel }));
  }
  for (const eventTroubles of TROUBLES) {
    it(`where ${JSON.stringify(eventTroubles)}`, () => watched({ eventTroubles }));
  }
});
