import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { NodeInitializer } from 'node-red';
import helper from 'node-red-node-test-helper';

import artemisConfig from '../../../nodes/artemis-config/artemis-config.js';
import artemisEvents from '../../../nodes/artemis-events/artemis-events.js';
import { settings as rules } from '../../../nodes/artemis-events/settings.js';
import { undeploy } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const QUIET = { logging: { console: { level: 'off' } } };
const GATEWAY = { id: 'gateway', type: 'artemis-config', name: 'HQ', protocol: 'http', host: '127.0.0.1', port: '9' };

/** Where the node keeps its secret. */
let userDir: string;

/** What the node writes to the log when it is deployed so. */
async function logged(settings: object, own: object): Promise<string[]> {
  helper.settings({ ...QUIET, userDir, ...settings });
  const events = {
    id: 'events',
    type: 'artemis-events',
    z: 'tab',
    gateway: 'gateway',
    address: 'http://127.0.0.1:1880',
  };
  const flow = [{ id: 'tab', type: 'tab', label: 'test' }, GATEWAY, { ...events, ...own }];
  const credentials = { gateway: { appKey: '1', appSecret: '2' } };
  await helper.load([artemisConfig, artemisEvents] as NodeInitializer[], flow, credentials);
  return helper
    .log()
    .args.map(([entry]) => entry)
    .filter(({ id }) => id === 'events')
    .map(({ msg }) => (msg instanceof Error ? msg.message : String(msg)));
}

describe(`the settings of artemis-events in Node-RED ${line}`, () => {
  beforeEach(async () => {
    userDir = await mkdtemp(path.join(tmpdir(), 'hikvision-events-'));
  });
  afterEach(async () => {
    await undeploy();
    helper.settings({ ...QUIET, userDir: undefined });
    await rm(userDir, { recursive: true, force: true });
  });

  it('say so where Node-RED has no address for pages', async () => {
    const [said = ''] = await logged({ httpNodeRoot: false }, {});
    assert.match(said, /httpNodeRoot is false/);
  });

  it('say so where Node-RED would ask the gateway for a login', async () => {
    const [said = ''] = await logged({ httpNodeAuth: { user: 'me', pass: 'x' } }, {});
    assert.match(said, /httpNodeAuth/);
  });

  it('say so where gateway or address are missing', async () => {
    assert.match((await logged({}, { gateway: '' }))[0] ?? '', /artemis-config/);
    await undeploy();
    assert.match((await logged({}, { address: '' }))[0] ?? '', /address is missing/);
  });

  for (const [given, types] of [
    ['', [196_893]],
    ['198914, 196893', [196_893, 198_914]],
    [' 5;5 7 ', [5, 7]],
    [
      [3, '4'],
      [3, 4],
    ],
    [196_893, [196_893]],
  ] as const) {
    it(`take ${JSON.stringify(given)} as types`, () => assert.deepEqual(rules.types.read(given).value, types));
  }
  for (const given of ['face', '1.5', '-1', '5, x', ',', {}, true]) {
    it(`refuse ${JSON.stringify(given)} as types`, () => assert.equal(rules.types.read(given).refused, 'eventTypes'));
  }

  for (const [given, address] of [
    ['http://192.0.2.10:1880', 'http://192.0.2.10:1880'],
    [' https://red.example.com/ ', 'https://red.example.com'],
    ['http://[2001:db8::1]:1880/base/', 'http://[2001:db8::1]:1880/base'],
  ] as const) {
    it(`take ${given} as the address`, () => assert.equal(rules.address.read(given).value, address));
  }
  for (const given of ['192.0.2.10', 'ftp://x/', 'http://me:pw@x/', 'http://x/?a', 'http://x/#a', 'http://', 5]) {
    it(`refuse ${given} as the address`, () => assert.equal(rules.address.read(given).refused, 'eventAddress'));
  }
});
