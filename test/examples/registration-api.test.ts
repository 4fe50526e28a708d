import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { faceNameOf, facePicture } from '../../simulator/simulated-terminal.js';
import type { FlowNode } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';
import { brokenPictures } from '../harness/examples/broken-pictures.js';
import { changeDatabase } from '../harness/examples/database.js';
import { sendRaw } from '../harness/examples/raw-client.js';
import { API_TOKEN, eventually, holdsPicture, System } from '../harness/examples/system.js';

interface User {
  id: number;
  hikvision_id: string;
  full_name: string;
  is_active: boolean;
  group_id: number | null;
  photo_path: string | null;
  synced_to_device: boolean;
  face_on_device: boolean;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

describe(`the example registration-api in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let created = 0;

  before(async () => {
    system = await System.start('registration-api');
    await ready();
  });
  after(() => system.remove());
  beforeEach(() => Object.values(system.terminals).forEach((terminal) => terminal.reset()));

  async function ready(): Promise<void> {
    await eventually(async () => (await call('GET', '/users/')).status === 200, 'the API answers');
  }

  async function call(method: string, to: string, body?: unknown, headers: object = {}): Promise<Answer> {
    const isJson = !(body instanceof FormData || Buffer.isBuffer(body) || typeof body === 'string');
    const reply = await system.red.fetch(`api${to}`, {
      method,
      headers: {
        Authorization: `Bearer ${API_TOKEN}`,
        ...(body instanceof FormData ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: (isJson ? JSON.stringify(body) : body) as BodyInit }),
    });
    return { status: reply.status, body: (await reply.json()) as Answer['body'] };
  }

  async function newUser(more: object = {}): Promise<User> {
    created += 1;
    const person = { hikvision_id: `E${created}`, full_name: `Person ${created}`, department: 'Sales', ...more };
    const { status, body } = await call('POST', '/users/', person);
    assert.equal(status, 201);
    return body as unknown as User;
  }

  async function user({ id }: User): Promise<User> {
    return (await call('GET', `/users/${id}`)).body as unknown as User;
  }

  const capture = ({ id }: User, device = 'Lobby'): Promise<Answer> =>
    call('POST', `/devices/${device}/start-face-capture`, { user_id: id });
  const sync = ({ id }: User, body?: object): Promise<Answer> => call('POST', `/users/${id}/sync-to-device`, body);
  const sendPhoto = ({ id }: User, jpeg: Buffer, type = 'image/jpeg'): Promise<Answer> =>
    call('POST', `/users/${id}/photo`, jpeg, { 'Content-Type': type });

  function faceIn(body: Answer['body']): string | undefined {
    const [, base64 = ''] = /^data:image\/jpeg;base64,(.+)$/.exec(String(body['face_image'])) ?? [];
    return faceNameOf(Buffer.from(base64, 'base64'));
  }

  function stored(photoPath: unknown): Promise<Buffer> {
    return readFile(path.join(system.folder, String(photoPath)));
  }

  it('refuses each call without the token, and with a wrong one', async () => {
    const calls = [
      ['POST', '/users/'],
      ['GET', '/users/'],
      ['GET', '/users/1'],
      ['POST', '/devices/Lobby/start-face-capture'],
      ['POST', '/users/1/photo'],
      ['GET', '/users/1/photo'],
      ['PATCH', '/users/1'],
      ['POST', '/users/1/sync-to-device'],
    ] as const;
    for (const [method, to] of calls) {
      for (const given of ['', 'Bearer wrong', `Bearer ${API_TOKEN}x`, `Basic ${API_TOKEN}`]) {
        const { status, body } = await call(method, to, undefined, { Authorization: given });
        assert.deepEqual([method, to, status, body['code']], [method, to, 401, 'UNAUTHORIZED']);
      }
    }
  });

  it('creates a user, shows one and all, and refuses the same hikvision_id again', async () => {
    const person = { hikvision_id: '000777', full_name: "Robert'); DROP TABLE users;--", department: 'Отдел' };
    const { status, body } = await call('POST', '/users/', person);
    assert.equal(status, 201);
    const { id, created_at, ...rest } = body;
    const fresh = { is_active: true, group_id: null, photo_path: null, synced_to_device: false, face_on_device: false };
    assert.deepEqual(rest, { ...person, ...fresh });
    assert.match(String(created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual((await call('GET', `/users/${String(id)}`)).body, body);
    const all = (await call('GET', '/users/')).body as unknown as User[];
    assert.deepEqual(all.at(-1), body);
    const again = await call('POST', '/users/', { ...person, full_name: 'Somebody else' });
    assert.deepEqual([again.status, again.body['code']], [409, 'DUPLICATE']);
  });

  const wrong: [string, unknown][] = [
    ['no JSON', '{"hikvision_id":'],
    ['a list', []],
    ['no number', { full_name: 'A' }],
    ['a number that is none', { hikvision_id: 7, full_name: 'A' }],
    ['a number with blanks', { hikvision_id: 'a b', full_name: 'A' }],
    ['a number that is too long', { hikvision_id: 'x'.repeat(33), full_name: 'A' }],
    ['no name', { hikvision_id: 'n1', full_name: ' ' }],
    ['a name with a line break', { hikvision_id: 'n1', full_name: 'a\nb' }],
    ['a name that was read in a wrong encoding', { hikvision_id: 'n1', full_name: '\uFFFD\uFFFD' }],
    ['a department that is no text', { hikvision_id: 'n1', full_name: 'A', department: {} }],
    ['an is_active that is no yes or no', { hikvision_id: 'n1', full_name: 'A', is_active: 'no' }],
    ['a group_id that is no number', { hikvision_id: 'n1', full_name: 'A', group_id: 'x' }],
  ];
  for (const [what, body] of wrong) {
    it(`refuses a user with ${what}, and says why in JSON`, async () => {
      const answer = await call('POST', '/users/', body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body['code'], 'INVALID_INPUT');
      assert.ok(String(answer.body['error']).length > 10);
    });
  }

  it('refuses numbers of users that are none, and says 404 for one that is not there', async () => {
    assert.equal((await call('GET', '/users/abc')).status, 400);
    assert.equal((await call('GET', '/users/1%20OR%201=1')).status, 400);
    assert.equal((await call('GET', '/users/999999')).status, 404);
    assert.equal((await call('POST', '/devices/Lobby/start-face-capture', { user_id: 'x' })).status, 400);
    assert.equal((await call('POST', '/devices/Lobby/start-face-capture', { user_id: 999999 })).status, 404);
    assert.equal((await call('POST', '/users/999999/sync-to-device')).status, 404);
  });

  describe('reads no body before it knows the caller', () => {
    const calls: [string, string, string][] = [
      ['POST', 'users/', 'application/json'],
      ['POST', 'users/', 'text/plain'],
      ['PATCH', 'users/1', 'application/json'],
      ['POST', 'users/1/photo', 'image/jpeg'],
      ['POST', 'users/1/photo', 'multipart/form-data; boundary=x'],
      ['POST', 'users/1/sync-to-device', 'application/x-www-form-urlencoded'],
      ['POST', 'devices/Lobby/start-face-capture', 'application/json'],
    ];
    const head = (method: string, to: string, type: string): string[] => [`${method} /api/${to} HTTP/1.1`, `Content-Type: ${type}`];
    const token = `Authorization: Bearer ${API_TOKEN}`;
    const MB = 1024 * 1024;

    for (const [method, to, type] of calls) {
      it(`${method} ${to} of ${type}: 401 as soon as the head is there, and next to nothing is read`, async () => {
        const waiting = await sendRaw(system.red.port, [...head(method, to, type), 'Content-Length: 1000'], 0);
        assert.equal(waiting.status, 401, 'answered without the body');
        const huge = await sendRaw(system.red.port, [...head(method, to, type), `Content-Length: ${64 * MB}`], 64 * MB);
        assert.ok(huge.taken < 16 * MB, `took ${huge.taken} bytes`);
        const endless = await sendRaw(system.red.port, [...head(method, to, type), 'Transfer-Encoding: chunked'], 64 * MB);
        assert.ok(endless.taken < 16 * MB, `took ${endless.taken} bytes in chunks`);
      });

      it(`${method} ${to} of ${type}: 413 for more than 8 MB with the token`, async () => {
        const length = `Content-Length: ${8 * MB + 1}`;
        const said = await sendRaw(system.red.port, [...head(method, to, type), token, length], 0);
        assert.equal(said.status, 413, 'said before the body');
        const endless = await sendRaw(system.red.port, [...head(method, to, type), token, 'Transfer-Encoding: chunked'], 64 * MB);
        assert.ok(endless.taken < 24 * MB, `took ${endless.taken} bytes in chunks`);
        // The answer may be lost to a client that goes on sending when the connection ends.
        assert.ok([413, 0].includes(endless.status), `status ${endless.status}`);
      });
    }
  });

  it('keeps the database and the pictures for its owner alone, also those that were open to all', async () => {
    const person = await newUser();
    await sendPhoto(person, facePicture('mine'));
    const mode = async (name: string): Promise<string> => ((await stat(path.join(system.folder, name))).mode & 0o777).toString(8);
    assert.deepEqual([await mode('employees.sqlite'), await mode('uploads')], ['600', '700']);
    for (const name of await readdir(path.join(system.folder, 'uploads'))) assert.equal(await mode(`uploads/${name}`), '600');
    await chmod(path.join(system.folder, 'employees.sqlite'), 0o644);
    await chmod(path.join(system.folder, 'uploads'), 0o755);
    await system.red.deploy(system.flow);
    await ready();
    assert.deepEqual([await mode('employees.sqlite'), await mode('uploads')], ['600', '700']);
  });

  it('keeps no face in a context store', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    await capture(person);
    assert.equal(holdsPicture(await system.contexts()), false, 'after the capture');
    await sync(person);
    assert.equal(holdsPicture(await system.contexts()), false, 'after the sync');
  });

  it('captures a face, stores the picture, and syncs person and face', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    const captured = await capture(person);
    assert.equal(captured.status, 200);
    assert.equal(captured.body['success'], true);
    assert.equal(faceIn(captured.body), 'Alex');
    assert.match(String(captured.body['face_data_url']), /^http:\/\/127\.0\.0\.1:\d+\/LOCALS\/pic\/web_face_enrollpic\.jpg@WEB\d{12}$/);
    assert.match(String(captured.body['photo_path']), /^uploads\/\d+-[0-9a-f]{16}\.jpg$/);
    assert.equal(faceNameOf(await stored(captured.body['photo_path'])), 'Alex');
    assert.equal((await user(person)).synced_to_device, false);
    const synced = await sync(person);
    assert.equal(synced.status, 200);
    assert.deepEqual([synced.body['synced_to_device'], synced.body['face_on_device']], [true, true]);
    assert.equal((await user(person)).synced_to_device, true);
    assert.equal(system.faceOf('Lobby', person.hikvision_id), 'Alex');
  });

  it('frees the terminal of an earlier capture of the same person, keeps one picture, and binds the later one', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('with closed eyes');
    const first = await capture(person);
    system.terminal('Lobby').present('with open eyes');
    const second = await capture(person);
    assert.equal(second.status, 200);
    await assert.rejects(stored(first.body['photo_path']));
    await sync(person);
    assert.equal(system.faceOf('Lobby', person.hikvision_id), 'with open eyes');
  });

  it('takes a photo as the body and as a form, and sends it to a terminal that takes pictures', async () => {
    const person = await newUser();
    const sent = await sendPhoto(person, Buffer.concat([facePicture('from a file'), Buffer.from('\r\n')]));
    assert.deepEqual([sent.status, sent.body['success']], [200, true]);
    const synced = await sync(person, { device_id: 'Gate' });
    assert.deepEqual([synced.status, synced.body['face_on_device']], [200, true]);
    assert.equal(system.faceOf('Gate', person.hikvision_id), 'from a file');
    const form = new FormData();
    form.append('photo', new Blob([new Uint8Array(facePicture('from a form'))]), '../../evil name.jpg');
    const again = await call('POST', `/users/${person.id}/photo`, form);
    assert.equal(again.status, 200);
    assert.match(String(again.body['photo_path']), /^uploads\/\d+-[0-9a-f]{16}\.jpg$/);
    assert.equal((await user(person)).synced_to_device, false);
    await sync(person, { device_id: 'Gate' });
    assert.equal(system.faceOf('Gate', person.hikvision_id), 'from a form');
  });

  it('gives the stored photo to who has the token', async () => {
    const person = await newUser();
    const to = `/users/${person.id}/photo`;
    assert.equal((await call('GET', to)).status, 404);
    await sendPhoto(person, facePicture('to be fetched'));
    const reply = await system.red.fetch(`api${to}`, { headers: { Authorization: `Bearer ${API_TOKEN}` } });
    assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'image/jpeg']);
    assert.deepEqual(Buffer.from(await reply.arrayBuffer()), facePicture('to be fetched'));
    assert.equal((await call('GET', '/users/999999/photo')).status, 404);
  });

  it('captures for nobody where no user_id is given, stores nothing, and leaves the terminal free', async () => {
    const before = await readdir(path.join(system.folder, 'uploads'));
    system.terminal('Lobby').present('a guest');
    const captured = await call('POST', '/devices/Lobby/start-face-capture');
    assert.deepEqual([captured.status, captured.body['success'], captured.body['photo_path']], [200, true, null]);
    assert.equal(faceIn(captured.body), 'a guest');
    assert.match(String(captured.body['face_data_url']), /web_face_enrollpic/);
    assert.deepEqual(await readdir(path.join(system.folder, 'uploads')), before);
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    const next = await capture(person);
    assert.equal(faceIn(next.body), 'Alex');
    await sync(person);
    assert.equal(system.faceOf('Lobby', person.hikvision_id), 'Alex');
  });

  const there = (device: string, { hikvision_id }: User): Record<string, unknown> =>
    system.terminal(device).persons().find(({ employeeNo }) => employeeNo === hikvision_id)?.UserInfo ?? {};

  it('disables on the terminal who is not active, and enables them again', async () => {
    const person = await newUser({ is_active: false, group_id: 3 });
    assert.deepEqual([person.is_active, person.group_id], [false, 3]);
    await sync(person);
    assert.equal((there('Lobby', person)['Valid'] as { enable: boolean }).enable, false);
    assert.equal(there('Lobby', person)['groupId'], 3);
    const changed = await call('PATCH', `/users/${person.id}`, { is_active: true });
    assert.deepEqual([changed.status, changed.body['is_active'], changed.body['synced_to_device']], [200, true, false]);
    await sync(person);
    assert.equal((there('Lobby', person)['Valid'] as { enable: boolean }).enable, true);
    assert.equal((await call('PATCH', `/users/${person.id}`, { is_active: 'no' })).status, 400);
    assert.equal((await call('PATCH', `/users/${person.id}`, {})).status, 400);
    assert.equal((await call('PATCH', '/users/999999', { is_active: false })).status, 404);
  });

  it('gives a person who is on the terminal no more than they had', async () => {
    const person = await newUser();
    const earlier = {
      employeeNo: person.hikvision_id, name: 'Old name', userType: 'visitor', gender: 'female', doorRight: '2', groupId: 7,
      Valid: { enable: false, beginTime: '2025-01-01T00:00:00', endTime: '2026-12-31T23:59:59', timeType: 'local' },
      RightPlan: [{ doorNo: 2, planTemplateNo: '3' }], floorNumber: 4,
    };
    await system.putPerson('Lobby', earlier);
    assert.equal((await sync(person)).status, 200);
    const now = Object.entries(there('Lobby', person)).filter(([field]) => field in earlier);
    assert.deepEqual(Object.fromEntries(now), { ...earlier, name: person.full_name });
  });

  it('asks the terminal before it sends a stored photo again, and before it calls a person faceless', async () => {
    const person = await newUser();
    await sendPhoto(person, facePicture('from a file'));
    await sync(person, { device_id: 'Gate' });
    const bound: string[] = [];
    system.terminal('Gate').on('event', ({ event }) => event === 'face bound' && bound.push(event));
    const again = await sync(person, { device_id: 'Gate' });
    assert.deepEqual([again.body['face_on_device'], bound.length], [true, 0]);
    // Somebody has taken the face away at the terminal: it is sent again.
    system.terminal('Gate').reset();
    assert.equal((await sync(person, { device_id: 'Gate' })).body['face_on_device'], true);
    assert.equal(bound.length, 1);
    // A new photo replaces the face that is there.
    await sendPhoto(person, facePicture('a better one'));
    await sync(person, { device_id: 'Gate' });
    assert.equal(system.faceOf('Gate', person.hikvision_id), 'a better one');
  });

  it('calls a person with a face done where the terminal takes no pictures', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    await capture(person);
    await sync(person);
    await sendPhoto(person, facePicture('from a file'));
    const synced = await sync(person, { device_id: 'Lobby' });
    assert.deepEqual([synced.status, synced.body['synced_to_device'], synced.body['face_on_device']], [200, true, true]);
    assert.equal((await user(person)).face_on_device, true);
    assert.doesNotMatch(String(synced.body['message']), /face is not/);
    assert.equal(system.faceOf('Lobby', person.hikvision_id), 'Alex');
    // Who has no photo at all, but a face on the terminal.
    const other = await newUser();
    await system.putPerson('Lobby', { employeeNo: other.hikvision_id, name: 'x' });
    await system.bindOn('Lobby', other.hikvision_id, 'Bo');
    assert.equal((await sync(other)).body['face_on_device'], true);
  });

  it('says plainly that the face has to be captured where the terminal takes no pictures', async () => {
    const person = await newUser();
    await sendPhoto(person, facePicture('from a file'));
    const { status, body } = await sync(person, { device_id: 'Lobby' });
    assert.deepEqual([status, body['synced_to_device'], body['face_on_device']], [200, true, false]);
    assert.match(String(body['message']), /face is not.*must be captured there/);
    const [there] = system.terminal('Lobby').persons();
    assert.deepEqual([there?.employeeNo, there?.face], [person.hikvision_id, undefined]);
  });

  it('refuses what is no JPEG, or too large a one', async () => {
    const person = await newUser();
    assert.equal((await sendPhoto(person, Buffer.from('<svg/>'))).status, 415);
    assert.equal((await sendPhoto(person, facePicture('x').subarray(0, 500))).status, 415);
    assert.equal((await sendPhoto(person, facePicture('x'), 'image/png')).status, 415);
    assert.equal((await sendPhoto(person, Buffer.alloc(0))).status, 415);
    for (const [what, jpeg] of Object.entries(brokenPictures(facePicture('x')))) {
      assert.deepEqual([what, (await sendPhoto(person, jpeg)).status], [what, 415]);
    }
    const large = Buffer.concat([facePicture('x'), Buffer.alloc(3 * 1024 * 1024)]);
    assert.equal((await sendPhoto(person, large)).status, 413);
    assert.equal((await user(person)).photo_path, null);
    await sendPhoto(person, facePicture('good'));
    const before = (await user(person)).photo_path;
    assert.equal((await sendPhoto(person, facePicture('x').subarray(0, 900))).status, 415);
    assert.equal((await user(person)).photo_path, before);
    assert.equal(faceNameOf(await stored(before)), 'good');
  });

  it('opens a database of the version before, with everybody in it', async () => {
    const person = await newUser();
    await system.red.kill();
    await changeDatabase(path.join(system.folder, 'employees.sqlite'), [
      ...['users_shown', 'device_states', 'jobs_shown'].map((name) => `DROP VIEW ${name}`),
      ...['user_changed', 'user_deleted', 'old_jobs'].map((name) => `DROP TRIGGER ${name}`),
      ...['user_devices', 'jobs'].map((name) => `DROP TABLE ${name}`),
      ...['group_id', 'active_said', 'capture_id', 'face_url'].map((name) => `ALTER TABLE users DROP COLUMN ${name}`),
    ]).finally(() => system.red.resume());
    await ready();
    assert.deepEqual(await user(person), person);
    assert.equal((await call('PATCH', `/users/${person.id}`, { group_id: 2 })).body['group_id'], 2);
  });

  it('names a device that is not there, and what the terminal says, with its code and advice', async () => {
    const person = await newUser();
    const unknown = await capture(person, 'Nowhere');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'NOT_CONFIGURED']);
    const code = { statusCode: 4, subStatusCode: 'lowPrivilege', errorCode: 1073741830, errorMsg: 'lowPrivilege' };
    for (const [at, act] of [
      ['capture', (): Promise<Answer> => capture(person)],
      ['person', (): Promise<Answer> => sync(person)],
    ] as const) {
      system.terminal('Lobby').fault({ kind: 'status', at, status: 403, code });
      const refused = await act();
      assert.deepEqual([refused.status, refused.body['code']], [502, 'lowPrivilege']);
      assert.match(String(refused.body['hint']), /administrator/);
    }
    assert.equal((await user(person)).synced_to_device, false);
  });

  it('says 504 when the terminal does not answer', async () => {
    const person = await newUser();
    system.terminal('Lobby').fault({ kind: 'reset', at: 'person', times: 20 });
    const lost = await sync(person);
    assert.deepEqual([lost.status, lost.body['code']], [504, 'UNREACHABLE']);
    assert.ok(lost.body['hint']);
  });

  it('goes on through a busy terminal', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    await capture(person);
    system.terminal('Lobby').fault({ kind: 'busy', at: 'face', times: 2 });
    const synced = await sync(person);
    assert.deepEqual([synced.status, synced.body['face_on_device']], [200, true]);
  });

  it('registers 20 employees by two operators at once, each with their own face', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => newUser()));
    people.forEach((_, index) => system.terminal('Lobby').present(`face ${index}`));
    const seen = new Map<User, string | undefined>();
    const operator = async (queue: User[]): Promise<void> => {
      for (const person of queue) {
        const captured = await capture(person);
        assert.equal(captured.status, 200, JSON.stringify(captured.body).slice(0, 300));
        seen.set(person, faceIn(captured.body));
        const synced = await sync(person);
        assert.equal(synced.body['face_on_device'], true, JSON.stringify(synced.body));
      }
    };
    await Promise.all([operator(people.slice(0, 10)), operator(people.slice(10))]);
    assert.equal(new Set(seen.values()).size, 20);
    for (const person of people) {
      assert.equal(system.faceOf('Lobby', person.hikvision_id), seen.get(person));
      assert.equal(faceNameOf(await stored((await user(person)).photo_path)), seen.get(person));
    }
  });

  it('refuses a second capture of one person while the first waits', async () => {
    const person = await newUser();
    // Two requests sent at once may arrive in either order: the second is sent when the terminal captures for the first.
    const started = new Promise((resolve) => system.terminal('Lobby').once('event', resolve));
    const first = capture(person);
    await started;
    assert.equal((await capture(person)).status, 409);
    system.terminal('Lobby').present('Alex');
    assert.equal((await first).status, 200);
  });

  it('says 408 when nobody comes, and 502 when the terminal is busy all the time', async () => {
    await system.deployWith({ DEADLINE: '1', HOLD: '0.2' });
    await ready();
    const person = await newUser();
    const nobody = await capture(person);
    assert.deepEqual([nobody.status, nobody.body['code']], [408, 'NOBODY_CAME']);
    system.terminal('Lobby').fault({ kind: 'busy', at: 'capture', times: 200 });
    const busy = await capture(person);
    assert.deepEqual([busy.status, busy.body['code']], [502, 'deviceBusy']);
  });

  it('never binds the face of whoever was captured after the terminal had been kept long enough', async () => {
    const [slow, quick] = [await newUser(), await newUser()];
    system.terminal('Lobby').present('slow');
    assert.equal((await capture(slow)).status, 200);
    system.terminal('Lobby').present('quick');
    assert.equal((await capture(quick)).status, 200);
    const late = await sync(slow);
    assert.deepEqual([late.status, late.body['face_on_device']], [200, false]);
    assert.equal((await sync(quick)).body['face_on_device'], true);
    assert.equal(system.faceOf('Lobby', slow.hikvision_id), undefined);
    assert.equal(system.faceOf('Lobby', quick.hikvision_id), 'quick');
    // Where the terminal takes pictures, the stored one is sent instead.
    system.terminal('Gate').present('slow');
    await capture(slow, 'Gate');
    system.terminal('Gate').present('quick');
    await capture(quick, 'Gate');
    assert.equal((await sync(slow)).body['face_on_device'], true);
    assert.equal(system.faceOf('Gate', slow.hikvision_id), 'slow');
  });

  it('leaves the bodies of calls that are not below /api/ to Node-RED, and all bodies once it is gone', async () => {
    const echo = (url: string, id: string): FlowNode[] => [
      { id, type: 'http in', z: 'echo', url, method: 'post', upload: false, skipBodyParsing: false, x: 0, y: 0, wires: [['said']] },
    ];
    const others = [
      { id: 'echo', type: 'tab', label: 'echo' },
      ...echo('/other/api/users', 'other'),
      { id: 'said', type: 'http response', z: 'echo', statusCode: '', headers: {}, x: 0, y: 0, wires: [] },
    ];
    const body = { some: 'thing' };
    await system.red.deploy([...system.flow, ...others]);
    assert.deepEqual((await call('POST', '/../other/api/users', body)).body, body);
    await system.red.deploy([...others, ...echo('/api/users/:id/photo', 'photo')]);
    assert.deepEqual((await call('POST', '/users/1/photo', body)).body, body);
    await system.red.deploy(system.flow);
    await ready();
  });

  it('has everything after a power cut: users, states and pictures', async () => {
    const person = await newUser();
    system.terminal('Gate').present('Alex');
    const captured = await capture(person, 'Gate');
    const before = (await call('GET', '/users/')).body;
    await system.red.kill('SIGKILL');
    await system.red.resume();
    await ready();
    assert.deepEqual((await call('GET', '/users/')).body, before);
    assert.equal(faceNameOf(await stored(captured.body['photo_path'])), 'Alex');
    assert.equal((await sync(person)).body['face_on_device'], true);
    assert.equal(system.faceOf('Gate', person.hikvision_id), 'Alex');
    assert.deepEqual((await readdir(system.folder)).sort(), ['employees.sqlite', 'uploads']);
  });
});
