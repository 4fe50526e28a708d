import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { ApiClient, type Job, type User } from '../harness/examples/api-client.js';
import { eventually, System } from '../harness/examples/system.js';
import { line } from '../harness/node-red/node-red-line.js';

const ASYNC = { headers: { Prefer: 'respond-async' } };

describe(`what the example registration-api does, in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let api: ApiClient;

  before(async () => {
    system = await System.start('registration-api');
    api = new ApiClient(system);
    // No test waits for the face of the one before.
    await system.deployWith({ HOLD: '0.05' });
    await api.ready();
  });
  after(() => system.remove());
  beforeEach(() => Object.values(system.terminals).forEach((terminal) => terminal.reset()));

  /** Waits until the terminal looks for a face. */
  function lookedFor(device: string): Promise<void> {
    return new Promise((resolve) => {
      const seen = ({ event }: { event: string }): void => {
        if (event !== 'capture started') return;
        system.terminal(device).off('event', seen);
        resolve();
      };
      system.terminal(device).on('event', seen);
    });
  }

  describe('lists of users', () => {
    let people: User[];
    before(async () => {
      people = [];
      for (const full_name of ['Мария Иванова', 'Павел Ильин', 'Anna Smith', 'x [*?] ^y']) {
        people.push(await api.newUser({ full_name, department: full_name.startsWith('A') ? 'Sales' : 'Отдел', group_id: people.length }));
      }
      await api.call('PATCH', `/users/${String(people[2]?.id)}`, { body: { is_active: false } });
    });

    const names = async (query: string): Promise<string[]> =>
      ((await api.call('GET', `/users/?${query}`)).body as unknown as User[]).map(({ full_name }) => full_name);

    it('come in pages, with their number and links to the next and the one before', async () => {
      const first = await api.call('GET', '/users/?limit=2&department=Отдел');
      assert.equal(first.headers.get('x-total-count'), '3');
      const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
      assert.doesNotMatch(first.headers.get('link') ?? '', /prev/);
      const second = await api.call('GET', `/users/${next}`);
      const seen = [...(first.body as unknown as User[]), ...(second.body as unknown as User[])];
      assert.deepEqual(seen.map(({ id }) => id), [people[0]?.id, people[1]?.id, people[3]?.id]);
      assert.match(second.headers.get('link') ?? '', /rel="prev"/);
      assert.doesNotMatch(second.headers.get('link') ?? '', /next/);
    });

    it('are filtered, in any script, in upper or lower case, and with signs that mean something elsewhere', async () => {
      assert.deepEqual(await names('q=ИВАН'), ['Мария Иванова']);
      assert.deepEqual(await names('q=smi'), ['Anna Smith']);
      for (const sign of ['[', '*', '?', ']', '^']) assert.deepEqual(await names(`q=${encodeURIComponent(sign)}`), ['x [*?] ^y']);
      assert.deepEqual(await names('q=%25'), []);
      assert.deepEqual(await names('is_active=false'), ['Anna Smith']);
      assert.deepEqual(await names('group_id=1&department=Отдел'), ['Павел Ильин']);
      assert.deepEqual(await names(`hikvision_id=${String(people[3]?.hikvision_id)}`), ['x [*?] ^y']);
      assert.deepEqual(await names('face_on_device=true'), []);
    });

    for (const query of ['limit=0', 'limit=x', 'offset=-1', 'is_active=maybe', 'nmae=x', 'limit=1&limit=2']) {
      it(`refuse ${query}, so that nobody takes a list for another`, async () => {
        const { status, body } = await api.call('GET', `/users/?${query}`);
        assert.deepEqual([status, body['code']], [400, 'INVALID_INPUT']);
      });
    }
  });

  describe('a call that is repeated', () => {
    it('makes no second person, and says so where the values differ', async () => {
      const person = { hikvision_id: 'twice', full_name: 'Twice', is_active: true };
      const [first, again] = [await api.call('POST', '/users/', { body: person }), await api.call('POST', '/users/', { body: person })];
      assert.deepEqual([first.status, again.status], [201, 200]);
      assert.deepEqual(again.body, first.body);
      assert.equal(new URL(first.headers.get('location') ?? '', system.red.url).pathname, `/api/users/${String(first.body['id'])}`);
      const other = await api.call('POST', '/users/', { body: { ...person, is_active: false } });
      assert.deepEqual([other.status, other.body['code']], [409, 'DUPLICATE']);
      const atOnce = await Promise.all(Array.from({ length: 8 }, () => api.call('POST', '/users/', { body: { ...person, hikvision_id: 'eight' } })));
      assert.deepEqual(atOnce.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
    });

    it('gives the job of the first with the same Idempotency-Key, and captures once', async () => {
      const person = await api.newUser();
      const request = { headers: { Prefer: 'respond-async', 'Idempotency-Key': 'key 1' } };
      const started = lookedFor('Lobby');
      const first = await api.capture(person, request);
      await started;
      const again = await api.capture(person, request);
      assert.deepEqual([first.status, again.status], [202, 202]);
      assert.equal(again.body['job_id'], first.body['job_id']);
      system.terminal('Lobby').present('Alex');
      await api.ended(String(first.body['job_id']));
      const late = await api.capture(person, { headers: { 'Idempotency-Key': 'key 1' } });
      assert.deepEqual([late.status, late.body['photo_path'], late.headers.get('idempotent-replayed')], [200, (await api.user(person)).photo_path, 'true']);
      assert.equal('face_image' in late.body, false);
    });
  });

  describe('a job', () => {
    it('is accepted at once, can be polled, and ends with what a waiting client gets, without the face', async () => {
      const person = await api.newUser();
      const { status, headers, body } = await api.capture(person, ASYNC);
      assert.deepEqual([status, body['state'], headers.get('preference-applied')], [202, 'running', 'respond-async']);
      assert.equal(headers.get('location'), `/api/jobs/${String(body['job_id'])}`);
      system.terminal('Lobby').present('Alex');
      const job = await api.ended(String(body['job_id']));
      assert.deepEqual([job.state, job.status, job.result?.['success']], ['succeeded', 200, true]);
      assert.equal(job.result?.['photo_path'], (await api.user(person)).photo_path);
      assert.doesNotMatch(JSON.stringify(job), /base64/);
    });

    it('of a sync ends with the user and the devices', async () => {
      const person = await api.newUser();
      const { body } = await api.call('POST', `/users/${person.id}/sync-to-device`, ASYNC);
      const job = await api.ended(String(body['job_id']));
      assert.deepEqual([job.state, job.result?.['id'], job.result?.['device_id']], ['succeeded', person.id, 'Lobby']);
      const refused = await api.call('DELETE', `/jobs/${job.job_id}`);
      assert.deepEqual([refused.status, (refused.body as unknown as Job).state], [202, 'succeeded']);
    });

    it('can be cancelled, which frees the terminal and leaves the captures of others', async () => {
      await system.deployWith({ DEADLINE: '600' });
      await api.ready();
      const [one, two] = [await api.newUser(), await api.newUser()];
      const started = lookedFor('Gate');
      const at = { body: { user_id: one.id }, ...ASYNC };
      const first = await api.call('POST', '/devices/Gate/start-face-capture', at);
      await started;
      const second = api.call('POST', '/devices/Gate/start-face-capture', { body: { user_id: two.id } });
      const cancelled = await api.call('DELETE', `/jobs/${String(first.body['job_id'])}`);
      assert.equal(cancelled.status, 202);
      const job = await api.ended(String(first.body['job_id']));
      assert.deepEqual([job.state, job.status, job.result?.['code']], ['cancelled', 409, 'CANCELLED']);
      void lookedFor('Gate').then(() => system.terminal('Gate').present('Bo'));
      assert.equal((await second).status, 200);
      assert.equal((await api.user(one)).photo_path, null);
    });

    it('of a sync cannot be cancelled', async () => {
      const person = await api.newUser();
      await api.photo(person, facePicture('x'));
      system.terminal('Gate').fault({ kind: 'busy', at: 'person', times: 2 });
      const { body } = await api.call('POST', `/users/${person.id}/sync-to-device`, { ...ASYNC, body: { device_id: 'Gate' } });
      const refused = await api.call('DELETE', `/jobs/${String(body['job_id'])}`);
      assert.deepEqual([refused.status, refused.body['code']], [409, 'NOT_CANCELLABLE']);
      assert.equal((await api.ended(String(body['job_id']))).state, 'succeeded');
    });

    it('that was cut off by a restart says so, and does not keep its user from the next capture', async () => {
      const person = await api.newUser();
      const started = lookedFor('Gate');
      const { body } = await api.call('POST', '/devices/Gate/start-face-capture', { body: { user_id: person.id }, ...ASYNC });
      await started;
      await system.red.kill('SIGKILL');
      await system.red.resume();
      await api.ready();
      assert.equal((await api.job(String(body['job_id']))).state, 'interrupted');
      system.terminal('Gate').present('Alex');
      assert.equal((await api.call('POST', '/devices/Gate/start-face-capture', { body: { user_id: person.id } })).status, 200);
    });
  });

  describe('a client that hangs up', () => {
    it('frees the terminal for the next one, and its job is cancelled', async () => {
      const [one, two] = [await api.newUser(), await api.newUser()];
      const hangUp = new AbortController();
      const started = lookedFor('Gate');
      const first = api.call('POST', '/devices/Gate/start-face-capture', { body: { user_id: one.id }, signal: hangUp.signal }).catch(() => 'gone');
      await started;
      // Whoever looked at the terminal before that would still be captured for the first.
      const cancelled = new Promise<void>((resolve) => {
        system.terminal('Gate').on('event', ({ event }) => event === 'capture cancelled' && resolve());
      });
      hangUp.abort();
      assert.equal(await first, 'gone');
      await cancelled;
      const captured = (user: User): ReturnType<ApiClient['call']> => {
        void lookedFor('Gate').then(() => system.terminal('Gate').present('Bo'));
        return api.call('POST', '/devices/Gate/start-face-capture', { body: { user_id: user.id } });
      };
      assert.equal((await captured(two)).status, 200);
      assert.equal((await api.user(one)).photo_path, null);
      // Nothing of the first capture runs on: the same user may capture again.
      assert.equal((await captured(one)).status, 200);
    });
  });

  describe('a webhook', () => {
    let server: http.Server;
    let posted: { url: string; body: Job }[];
    let answer: (url: string, reply: http.ServerResponse) => void;
    before(async () => {
      server = http.createServer((request, reply) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          posted.push({ url: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString() || '{}') as Job });
          answer(request.url ?? '', reply);
        });
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
    });
    after(() => server.close());
    beforeEach(() => {
      posted = [];
      answer = (_url, reply) => reply.end();
    });
    const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

    it('gets the job when it has ended, and no redirect is followed', async () => {
      await system.deployWith({ WEBHOOK_HOSTS: `hr.example.com, ${host()}` });
      await api.ready();
      const person = await api.newUser();
      answer = (url, reply) => reply.writeHead(url === '/faces' ? 307 : 200, { Location: `http://${host()}/elsewhere` }).end();
      const { status, body } = await api.capture(person, {}, { callback_url: `http://${host()}/faces` });
      assert.equal(status, 202);
      system.terminal('Lobby').present('Alex');
      await eventually(() => posted.length > 0, 'the webhook is called');
      const [first] = posted;
      assert.deepEqual([first?.url, first?.body.job_id, first?.body.state], ['/faces', body['job_id'], 'succeeded']);
      assert.doesNotMatch(JSON.stringify(posted), /base64/);
      await api.sync(person);
      assert.deepEqual(posted.map((each) => each.url), ['/faces']);
    });

    it('that cannot be reached changes nothing', async () => {
      await system.deployWith({ WEBHOOK_HOSTS: host() });
      await api.ready();
      answer = (_url, reply) => reply.destroy();
      const person = await api.newUser();
      const { body } = await api.capture(person, {}, { callback_url: `http://${host()}/faces` });
      system.terminal('Lobby').present('Alex');
      assert.equal((await api.ended(String(body['job_id']))).state, 'succeeded');
      await eventually(() => posted.length > 0, 'the webhook is called');
      assert.notEqual((await api.user(person)).photo_path, null);
    });

    it('is called at no host that the flow does not name', async () => {
      const person = await api.newUser();
      const port = host().split(':')[1];
      const hosts = [`localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}.evil.example`, '169.254.169.254', `evil@127.0.0.1:${port}`, `2130706433:${port}`];
      for (const each of [...hosts.map((name) => `http://${name}/x`), `http://evil.example\\@${host()}/x`, 'file:///etc/passwd', `ftp://${host()}/x`]) {
        const { status, body } = await api.capture(person, {}, { callback_url: each });
        assert.deepEqual([each, status], [each, 400]);
        assert.ok(['WEBHOOK_REFUSED', 'INVALID_INPUT'].includes(String(body['code'])), `${each}: ${String(body['code'])}`);
      }
      await system.deployWith({ WEBHOOK_HOSTS: '' });
      await api.ready();
      const { status, body } = await api.capture(person, {}, { callback_url: `http://${host()}/x` });
      assert.deepEqual([status, body['code']], [400, 'WEBHOOK_REFUSED']);
      assert.deepEqual(posted, []);
    });
  });

  describe('several devices', () => {
    it('take one sync, and each says how it went', async () => {
      const person = await api.newUser();
      await api.photo(person, facePicture('from a file'));
      const { status, body } = await api.sync(person, { device_ids: ['Lobby', 'Gate'] });
      assert.deepEqual([status, body['success']], [200, true]);
      assert.deepEqual(
        (body['devices'] as { device_id: string; state: string }[]).map(({ device_id, state }) => [device_id, state]).sort(),
        [['Gate', 'synced'], ['Lobby', 'no face']],
      );
      assert.equal(system.faceOf('Gate', person.hikvision_id), 'from a file');
      assert.equal((await api.user(person)).synced_to_device, true);
    });

    it('say 207 where some do not take it, and the state of each can be asked', async () => {
      const person = await api.newUser();
      system.terminal('Gate').fault({ kind: 'reset', at: 'person', times: 40 });
      const { status, body } = await api.sync(person, { device_ids: ['Lobby', 'Gate', 'Nowhere'] });
      assert.deepEqual([status, body['success'], body['synced_to_device']], [207, false, false]);
      assert.match(String(body['message']), /1\/3/);
      const states = Object.fromEntries((await api.states(person)).map(({ device_id, state, code }) => [device_id, [state, code]]));
      assert.deepEqual(states, { Gate: ['unreachable', 'UNREACHABLE'], Lobby: ['no face', null], Nowhere: ['failed', 'NOT_CONFIGURED'] });
      system.terminal('Gate').reset();
      assert.equal((await api.sync(person, { device_id: 'Gate' })).status, 200);
      await api.call('PATCH', `/users/${person.id}`, { body: { full_name: 'Other name' } });
      assert.deepEqual((await api.states(person)).filter(({ device_id }) => device_id !== 'Nowhere').map(({ state }) => state), ['pending', 'pending']);
    });

    it('are listed with what they have, and say whether they are there', async () => {
      const person = await api.newUser();
      await api.photo(person, facePicture('x'));
      await api.sync(person, { device_ids: ['Lobby', 'Gate'] });
      const list = (await api.call('GET', '/devices/')).body as unknown as { device_id: string; users: number; faces: number }[];
      const gate = list.find(({ device_id }) => device_id === 'Gate');
      assert.ok(gate && gate.users > 0 && gate.faces > 0, JSON.stringify(list));
      assert.deepEqual((await api.call('GET', '/devices/Gate')).body, {
        device_id: 'Gate', reachable: true, model: 'DS-K1T342MFWX-E1', serial_number: 'DS-K1T342MFWX-E1-SIMULATED', firmware: (await api.call('GET', '/devices/Gate')).body['firmware'],
      });
      const nowhere = await api.call('GET', '/devices/Nowhere');
      assert.deepEqual([nowhere.status, nowhere.body['code']], [404, 'NOT_CONFIGURED']);
    });
  });

  describe('a user that is deleted', () => {
    const onDevice = (device: string, { hikvision_id }: User): boolean =>
      system.terminal(device).persons().some(({ employeeNo }) => employeeNo === hikvision_id);

    it('goes from each device first, then from here with photo and jobs', async () => {
      const [person, other] = [await api.newUser(), await api.newUser()];
      await api.photo(person, facePicture('x'));
      await api.sync(person, { device_ids: ['Lobby', 'Gate'] });
      await api.sync(other, { device_ids: ['Lobby', 'Gate'] });
      const job = await api.call('POST', `/users/${person.id}/sync-to-device`, ASYNC);
      await api.ended(String(job.body['job_id']));
      const photo = path.basename(String((await api.user(person)).photo_path));
      const { status, body } = await api.call('DELETE', `/users/${person.id}`);
      assert.deepEqual([status, body['success'], (body['devices'] as unknown[]).length], [200, true, 2]);
      assert.deepEqual([onDevice('Lobby', person), onDevice('Gate', person), onDevice('Lobby', other), onDevice('Gate', other)], [false, false, true, true]);
      assert.equal((await api.call('GET', `/users/${person.id}`)).status, 404);
      assert.equal((await api.call('GET', `/jobs/${String(job.body['job_id'])}`)).status, 404);
      await eventually(async () => !(await readdir(path.join(system.folder, 'uploads'))).includes(photo), 'the photo is gone');
      assert.equal((await api.call('DELETE', `/users/${person.id}`)).status, 404);
    });

    it('is kept here while a device still has it, and a repeat goes on', async () => {
      const person = await api.newUser();
      await api.sync(person, { device_ids: ['Lobby', 'Gate'] });
      const code = { statusCode: 4, subStatusCode: 'lowPrivilege', errorCode: 1073741830, errorMsg: 'lowPrivilege' };
      system.terminal('Gate').fault({ kind: 'status', at: 'any', status: 403, code });
      const refused = await api.call('DELETE', `/users/${person.id}`);
      assert.deepEqual([refused.status, refused.body['code'], refused.body['retryable']], [502, 'DEVICES_LEFT', true]);
      assert.deepEqual(
        (refused.body['devices'] as { device_id: string; code: string }[]).filter(({ code }) => code).map(({ device_id, code }) => [device_id, code]),
        [['Gate', 'lowPrivilege']],
      );
      assert.deepEqual([onDevice('Lobby', person), onDevice('Gate', person)], [false, true]);
      assert.equal((await api.user(person)).hikvision_id, person.hikvision_id);
      assert.equal((await api.call('DELETE', `/users/${person.id}`)).status, 200);
      assert.equal(onDevice('Gate', person), false);
    });

    it('leaves devices alone where that is asked for', async () => {
      const person = await api.newUser();
      await api.sync(person);
      assert.equal((await api.call('DELETE', `/users/${person.id}?devices=false`)).status, 200);
      assert.equal(onDevice('Lobby', person), true);
    });
  });
});
