import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { faceNameOf, facePicture } from '../../simulator/simulated-terminal.js';
import { line } from '../harness/node-red/node-red-line.js';
import { API_TOKEN, eventually, System } from '../harness/examples/system.js';

interface User {
  id: number;
  hikvision_id: string;
  photo_path: string | null;
  synced_to_device: boolean;
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

  async function newUser(): Promise<User> {
    created += 1;
    const person = { hikvision_id: `E${created}`, full_name: `Person ${created}`, department: 'Sales' };
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
    const [, base64 = ''] = /^data:image\/jpeg;base64,(.+)$/.exec(String(body['face_data_url'])) ?? [];
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
    assert.deepEqual(rest, { ...person, is_active: true, photo_path: null, synced_to_device: false });
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
    ['a department that is no text', { hikvision_id: 'n1', full_name: 'A', department: {} }],
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
    assert.equal((await call('POST', '/devices/Lobby/start-face-capture', {})).status, 400);
    assert.equal((await call('POST', '/devices/Lobby/start-face-capture', { user_id: 999999 })).status, 404);
    assert.equal((await call('POST', '/users/999999/sync-to-device')).status, 404);
  });

  it('captures a face, stores the picture, and syncs person and face', async () => {
    const person = await newUser();
    system.terminal('Lobby').present('Alex');
    const captured = await capture(person);
    assert.equal(captured.status, 200);
    assert.equal(captured.body['success'], true);
    assert.equal(faceIn(captured.body), 'Alex');
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
    const large = Buffer.concat([facePicture('x'), Buffer.alloc(3 * 1024 * 1024)]);
    assert.equal((await sendPhoto(person, large)).status, 413);
    assert.equal((await user(person)).photo_path, null);
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
