import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { brokenPictures } from '../harness/examples/broken-pictures.js';
import { changeDatabase } from '../harness/examples/database.js';
import { eventually } from '../harness/examples/system.js';
import { VisitorSystem, visitorTexts, type Outcome, type Texts } from '../harness/examples/visitors.js';
import { example, type FlowNode } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

const PHOTO = facePicture('Kim').toString('base64');
const INVITATION = '/api/visitor/v2/appointment';
const APPLY = '/api/visitor/v1/auth/reapplication';
const CHECK_IN = '/api/visitor/v1/registerment';

let guests = 0;
/** What a flow sends to invite somebody. */
function guest(more: object = {}, person: object = {}): { guest: { personCode: string; personGivenName: string; personFamilyName: string; gender: number; phoneNo: string } } & Record<string, unknown> {
  guests += 1;
  const personCode = `V${guests}`;
  return {
    guest: { personCode, personGivenName: 'Kim', personFamilyName: 'Guest', gender: 0, phoneNo: '', ...person },
    receptionistId: '1',
    accessLevel: '7',
    hours: 8,
    photo: PHOTO,
    ...more,
  };
}

/** Names of all texts of a catalogue. */
function names(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([name, value]) => (typeof value === 'string' ? [before + name] : names(value, `${before}${name}.`)));
}

describe('the flow of the example hikcentral-visitor', () => {
  it('has at most 60 nodes a tab, and at most 8 functions with at most 80 lines in all', async () => {
    const flow = await example('systems/hikcentral-visitor');
    for (const tab of flow.filter(({ type }) => type === 'tab')) {
      const count = flow.filter(({ z, type }) => z === tab.id && type !== 'group').length;
      assert.ok(count <= 60, `${String(tab['label'])}: ${count} nodes`);
    }
    const functions = flow.filter(({ type }) => type === 'function');
    const lines = functions.reduce((sum, { func }) => sum + String(func).split('\n').length, 0);
    assert.ok(functions.length <= 8 && lines <= 80, `${functions.length} functions, ${lines} lines`);
  });

  it('says nothing twice, and keeps nothing in a context', async () => {
    const flow = await example('systems/hikcentral-visitor');
    const code = flow.flatMap(({ func, sql, body }) => [func, sql, body]).filter((text): text is string => typeof text === 'string');
    const same = code.filter((text, at) => code.indexOf(text) !== at);
    // Giving and taking an access level name the same.
    assert.deepEqual(same.filter((text) => !text.includes('privilegeGroupId')), []);
    assert.doesNotMatch(JSON.stringify(flow), /"(?:pt|tot)":"(?:flow|global)"|(?:flow|global)\.set/);
  });

  it('has the same texts in English and Russian, with the same places for values', async () => {
    const { en, ru } = await visitorTexts();
    assert.deepEqual(names(ru), names(en));
    const places = (texts: Texts): string[] => Object.values(texts).flatMap((value) => (typeof value === 'string' ? [(value.match(/\{\w+\}/g) ?? []).sort().join()] : places(value)));
    assert.deepEqual(places(ru), places(en));
  });
});

describe(`the example hikcentral-visitor in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: VisitorSystem;

  const invite = (payload: object): Promise<Outcome> => system.call('invite a visitor', payload);
  const arrive = (personCode: string): Promise<Outcome> => system.call('check a visitor in', { personCode });
  const leave = (personCode: string): Promise<Outcome> => system.call('let a visitor out', { personCode });
  const forget = (personCode: string): Promise<Outcome> => system.call('forget a visitor', { personCode });
  const fault = (value: object): void => system.gateway.runCommand({ command: 'fault', fault: value as never });

  before(async () => {
    system = await VisitorSystem.start();
  });
  after(() => system.remove());
  afterEach(() => system.gateway.runCommand({ command: 'reset' }));

  it('invites, checks in and lets out, with the level at the id of the visitor', async () => {
    const asked = guest({}, { company: 'Example Ltd' });
    const { personCode } = asked.guest;
    const invited = await invite(asked);
    assert.deepEqual([invited.outcome, invited.person, invited.retries], ['invited', personCode, 0]);
    const [visit] = system.gateway.visits();
    assert.ok(visit);
    assert.deepEqual([visit.visitorId, visit.appointRecordId], [invited.visitorId, invited.appointRecordId]);
    assert.ok(visit.face !== undefined);
    assert.deepEqual(system.gateway.membersOf('7'), [visit.visitorId]);
    assert.equal((await arrive(personCode)).outcome, 'checked in');
    assert.equal(system.gateway.visits()[0]?.state, 'in');
    assert.equal((await arrive(personCode)).outcome, 'in already');
    assert.equal(system.asked(CHECK_IN), 1);
    assert.equal((await leave(personCode)).outcome, 'left');
    assert.equal(system.gateway.visits()[0]?.state, 'out');
    assert.deepEqual(system.gateway.membersOf('7'), []);
    assert.equal((await leave(personCode)).outcome, 'nobody is here');
    assert.equal((await arrive(personCode)).outcome, 'nobody is invited');
  });

  it('invites the same guest again after the visit before', async () => {
    const asked = guest();
    await invite(asked);
    await leave(asked.guest.personCode);
    assert.equal((await invite(asked)).outcome, 'invited');
    assert.equal(system.gateway.visits().length, 2);
  });

  it('says "invited" only when the devices have taken the guest, and a repeat does not invite twice', async () => {
    const asked = guest();
    system.gateway.runCommand({ command: 'device', device: 'Gate', state: 'offline' });
    const failed = await invite(asked);
    assert.deepEqual([failed.outcome, failed.code, failed.devices?.map(({ deviceName }) => deviceName)], ['failed', 'DEVICES_REFUSED', ['Gate']]);
    assert.match(String(failed.hint), /repeat/);
    system.gateway.runCommand({ command: 'device', device: 'Gate', state: 'online' });
    assert.equal((await invite(asked)).outcome, 'invited');
    assert.equal((await invite(asked)).outcome, 'invited');
    assert.deepEqual([system.asked(INVITATION), system.asked(APPLY)], [1, 2]);
  });

  it('goes on by itself where the gateway was busy, and names what will not pass', async () => {
    const asked = guest();
    fault({ kind: 'busy', at: 'reapplication', times: 2 });
    const { outcome, retries } = await invite(asked);
    assert.deepEqual([outcome, retries, system.asked(INVITATION), system.asked(APPLY)], ['invited', 2, 1, 3]);
    const other = guest();
    fault({ kind: 'busy', at: 'appointment' });
    assert.equal((await invite(other)).code, 'artemis-6');
    assert.equal((await invite(other)).outcome, 'invited');
    assert.equal(system.gateway.visits().length, 2);
    fault({ kind: 'forbidden', at: 'appointment' });
    const refused = await invite(guest());
    assert.deepEqual([refused.outcome, refused.code, refused.retries], ['failed', 'artemis-69', 0]);
    assert.notEqual(refused.why, '');
  });

  it('never repeats an invitation of which nobody knows whether it took effect', async () => {
    const asked = guest();
    fault({ kind: 'lost', at: 'appointment' });
    assert.equal((await invite(asked)).outcome, 'failed');
    const again = await invite(asked);
    assert.deepEqual([again.outcome, again.code, system.asked(INVITATION)], ['failed', 'INVITATION_UNKNOWN', 1]);
    assert.equal((await arrive(asked.guest.personCode)).outcome, 'nobody is invited');
    assert.equal((await forget(asked.guest.personCode)).outcome, 'forgotten');
    assert.equal((await invite(asked)).outcome, 'invited');
  });

  it('never repeats a check-in of which nobody knows whether it took effect', async () => {
    const asked = guest();
    await invite(asked);
    fault({ kind: 'lost', at: 'registerment' });
    assert.equal((await arrive(asked.guest.personCode)).outcome, 'failed');
    assert.equal((await arrive(asked.guest.personCode)).code, 'ENTRY_UNKNOWN');
    assert.equal(system.asked(CHECK_IN), 1);
    assert.equal((await invite(asked)).outcome, 'invited');
    assert.equal((await arrive(asked.guest.personCode)).code, 'ENTRY_UNKNOWN');
    assert.equal((await leave(asked.guest.personCode)).outcome, 'left');
  });

  it('checks in after a refusal that surely did nothing', async () => {
    const asked = guest();
    await invite(asked);
    fault({ kind: 'busy', at: 'registerment' });
    assert.equal((await arrive(asked.guest.personCode)).code, 'artemis-6');
    assert.equal((await arrive(asked.guest.personCode)).outcome, 'checked in');
  });

  it('goes on with letting out where it ended', async () => {
    const asked = guest();
    await invite(asked);
    fault({ kind: 'forbidden', at: 'visitor/out' });
    assert.equal((await leave(asked.guest.personCode)).outcome, 'failed');
    assert.deepEqual(system.gateway.membersOf('7'), []);
    assert.equal((await leave(asked.guest.personCode)).outcome, 'left');
    assert.equal(system.asked('deletePersons'), 1);
  });

  it('invites once where two ask at the same time', async () => {
    const asked = guest();
    const outcomes = await Promise.all([invite(asked), invite(asked)]);
    assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['invited', 'under way']);
    assert.equal(system.asked(INVITATION), 1);
  });

  it('lets out after a restart who was invited before it', async () => {
    const asked = guest();
    await invite(asked);
    await system.red.kill('SIGKILL');
    await system.red.resume();
    assert.equal((await arrive(asked.guest.personCode)).outcome, 'checked in');
    assert.equal((await leave(asked.guest.personCode)).outcome, 'left');
  });

  it('goes on after a restart in the middle of applying', async () => {
    const asked = guest();
    system.gateway.runCommand({ command: 'fault', fault: { kind: 'timeout', at: 'reapplication' } });
    const cut = invite(asked).catch(() => undefined);
    await eventually(() => system.asked(APPLY) === 1, 'it is being applied');
    await system.red.kill('SIGKILL');
    await cut;
    await system.red.resume();
    const again = await invite(asked);
    assert.equal(again.outcome, 'invited');
    assert.deepEqual([system.asked(INVITATION), system.gateway.visits().length], [1, 1]);
  });

  it('refuses a photo that is no whole JPEG of at most 200 KB, before anything is sent', async () => {
    const large = Buffer.concat([facePicture('Kim').subarray(0, -2), Buffer.alloc(201 * 1024), Buffer.from([0xff, 0xd9])]);
    const bad = { ...brokenPictures(facePicture('Kim')), 'too large': large, text: Buffer.from('hello') };
    for (const [what, picture] of Object.entries(bad)) {
      const { outcome, code, hint } = await invite(guest({ photo: picture.toString('base64') }));
      assert.deepEqual([outcome, code], ['failed', 'NOT_A_PICTURE'], what);
      assert.match(String(hint), /nobody has been invited/);
    }
    assert.equal((await invite(guest({ photo: 'data:image/jpeg;base64,' + PHOTO }))).code, 'NOT_A_PICTURE');
    assert.equal(system.gateway.requests.length, 0);
    assert.equal((await invite(guest({ photo: undefined }))).outcome, 'invited');
  });

  it('refuses input that is none before anything is sent', async () => {
    const { guest: person, ...rest } = guest();
    const bad = [
      rest,
      { ...rest, guest: { ...person, personCode: undefined } },
      { ...rest, guest: { ...person, personGivenName: ' ', personFamilyName: '' } },
      { ...rest, guest: { ...person, personGivenName: 'Ки\uFFFD' } },
      { ...rest, guest: person, receptionistId: undefined },
      { ...rest, guest: person, from: 'tomorrow' },
      { ...rest, guest: person, until: '2026-01-31T08:00:00' },
    ];
    for (const payload of bad) assert.deepEqual([(await invite(payload)).outcome, (await invite(payload)).code], ['failed', 'INVALID_INPUT']);
    assert.equal((await system.call('check a visitor in', {})).code, 'INVALID_INPUT');
    assert.equal(system.gateway.requests.length, 0);
  });

  it('keeps no photo anywhere, and its database is for its owner only', async () => {
    await invite(guest());
    fault({ kind: 'forbidden', at: 'appointment' });
    await invite(guest());
    const kept = await system.kept();
    assert.doesNotMatch(kept, /\/9j\/|\xff\xd8\xff|255,\s*216,\s*255|"type":\s*"Buffer"/);
    assert.match(kept, /Kim/);
    assert.equal((await stat(system.database)).mode & 0o077, 0);
  });

  it('lets go of a guest at whom nobody has been for ten minutes', async () => {
    const asked = guest();
    await invite(asked);
    const { personCode } = asked.guest;
    await changeDatabase(system.database, [`UPDATE visits SET busy = unixepoch() WHERE code = '${personCode}'`]);
    assert.equal((await arrive(personCode)).outcome, 'under way');
    assert.equal((await forget(personCode)).outcome, 'under way');
    await changeDatabase(system.database, [`UPDATE visits SET busy = unixepoch() - 601 WHERE code = '${personCode}'`]);
    assert.equal((await arrive(personCode)).outcome, 'checked in');
  });
});

describe(`the example hikcentral-visitor as it starts, Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: VisitorSystem | undefined;

  afterEach(async () => {
    await system?.remove();
    system = undefined;
  });

  /** The inject node "at the start" is later than all that the test does. */
  const late = (node: FlowNode): void => {
    if (node.type === 'inject' && node['once'] === true) node['onceDelay'] = 3600;
  };

  it('does what is asked before anything of it has run, also after a restart', async () => {
    system = await VisitorSystem.start(late);
    const asked = guest();
    assert.equal((await system.call('invite a visitor', asked)).outcome, 'invited');
    // The restart came in the middle of something.
    await changeDatabase(system.database, ['UPDATE visits SET busy = unixepoch()']);
    await system.red.kill('SIGKILL');
    await system.red.resume();
    assert.equal((await system.call('check a visitor in', asked.guest)).outcome, 'checked in');
  });

  it('tells the host of a guest who has come, and who has gone', async () => {
    system = await VisitorSystem.start((node) => {
      if (node.name === 'to the host') node['console'] = true;
    });
    const { red, gateway } = system;
    await eventually(() => gateway.subscriptions.length === 1, 'it has subscribed');
    const asked = guest({}, { personGivenName: 'Ki' });
    await system.call('invite a visitor', asked);
    for (const [link, text] of [
      ['check a visitor in', 'A guest has come: Ki Guest'],
      ['let a visitor out', 'A guest has gone: Ki Guest'],
    ] as const) {
      const told = red.next(text);
      await system.call(link, asked.guest);
      await told;
    }
    assert.match(red.log, /kind: 'news'[^}]*host: '1'/);
  });

  it('says that no database is set, once for each who asks', async () => {
    system = await VisitorSystem.start((node) => {
      if (node.type === 'tab') node['env'] = [...((node['env'] ?? []) as object[]), { name: 'VISITORS_DATABASE', value: '', type: 'str' }];
    });
    for (const personCode of ['V1', 'V2', 'V3']) {
      const { outcome, code, why } = await system.call('check a visitor in', { personCode });
      assert.deepEqual([outcome, code], ['failed', 'INTERNAL']);
      assert.match(String(why), /VISITORS_DATABASE is not set/);
    }
    // Those three and the start, each said by the node and by the debug node; and each outcome is shown once, which fails too.
    const times = (text: string): number => system?.red.log.split(text).length ?? 0;
    assert.ok(times('VISITORS_DATABASE is not set') - 1 <= 8);
    assert.ok(times('no such table') - 1 <= 8);
  });
});
