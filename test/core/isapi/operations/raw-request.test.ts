import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { rawRequest, replyBody, type BodyType } from '../../../../core/isapi/operations/raw-request.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { inEnglish } from '../../../harness/in-english.js';

describe('a raw ISAPI request', () => {
  let simulator: SimulatedTerminal;
  let terminal: Terminal;
  const signal = new AbortController().signal;
  const owner = {};

  before(async () => {
    simulator = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
    const { port } = await simulator.start();
    terminal = new Terminal({
      name: 'Lobby',
      protocol: 'http',
      host: '127.0.0.1',
      port,
      certificate: { mode: 'verify' },
      timeoutMs: 2000,
      retries: 0,
      queueLimit: 10,
    });
  });
  after(async () => {
    await terminal.close();
    await simulator.stop();
  });

  function send(
    method: string,
    path: unknown,
    body?: unknown,
    bodyType: BodyType = 'auto',
  ): ReturnType<typeof rawRequest> {
    return rawRequest(terminal, { method, path, body, bodyType, signal, owner });
  }

  async function refused(method: string, path: unknown, body?: unknown): Promise<string> {
    const sent = simulator.counters.records.length;
    const error: unknown = await send(method, path, body).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HikvisionError, `${method} ${String(path)} was let through`);
    assert.equal(error.code, 'INVALID_INPUT');
    assert.equal(simulator.counters.records.length, sent);
    return inEnglish(error).message;
  }

  it('reads XML as an object with the root as its key', async () => {
    const reply = replyBody(await send('GET', '/ISAPI/System/deviceInfo'), 'parsed') as Record<string, object>;
    assert.deepEqual(Object.keys(reply), ['DeviceInfo']);
  });

  it('gives text and bytes as they came', async () => {
    const reply = await send('GET', '/ISAPI/System/deviceInfo');
    assert.match(String(replyBody(reply, 'text')), /^<\?xml/);
    assert.ok(Buffer.isBuffer(replyBody(reply, 'buffer')));
  });

  it('sends an object as JSON and text that begins with < as XML', async () => {
    await send('POST', '/ISAPI/AccessControl/UserInfo/Record?format=json', {
      UserInfo: { employeeNo: '7', name: 'x', userType: 'normal' },
    });
    assert.deepEqual(
      simulator.persons().map(({ employeeNo }) => employeeNo),
      ['7'],
    );
    const opened = new Promise((resolve) => simulator.once('event', resolve));
    await send(
      'PUT',
      '/ISAPI/AccessControl/RemoteControl/door/1',
      '<RemoteControlDoor><cmd>open</cmd></RemoteControlDoor>',
    );
    assert.equal(((await opened) as { event: string }).event, 'door');
  });

  it('only takes paths of the terminal', async () => {
    for (const path of [
      undefined,
      '',
      '/',
      'http://elsewhere/ISAPI/System/deviceInfo',
      '//elsewhere/ISAPI/System/deviceInfo',
      '/SDK/x',
      '/ISAPI/../SDK/x',
      '/ISAPI/%2e%2e/SDK/x',
      '/ISAPI/%252e%252e/SDK/x',
      '/ISAPI/%2525252525252e/SDK/x',
      '/ISAPI/..%2fSDK',
      '/ISAPI/System/device Info',
      '/ISAPI/System\r\nX-Evil: 1',
      '/ISAPI/System%0d%0aX-Evil: 1',
      '/ISAPI/Сервис',
      '/ISAPI\\System',
      '/ISAPI/x#y',
      '/ISAPI/%zz',
      '/ISAPI/AccessControl/UserInfo/Delete;x?format=json',
    ]) {
      await refused('GET', path);
    }
    await refused('PATCH', '/ISAPI/System/deviceInfo');
  });

  it('never sends what would delete everybody', async () => {
    const path = '/ISAPI/AccessControl/UserInfo/Delete?format=json';
    for (const body of [
      undefined,
      {},
      '{}',
      { UserInfoDelCond: {} },
      { UserInfoDelCond: { EmployeeNoList: [] } },
      { UserInfoDelCond: { EmployeeNoList: null } },
      { UserInfoDelCond: { EmployeeNoList: [{}] } },
      { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '' }] } },
      { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '1' }, {}] } },
      { UserInfoDelCond: { EmployeeNoList: ['1'] } },
      '<UserInfoDelCond/>',
      'not a document',
      Buffer.from([0]),
    ]) {
      assert.match(await refused('PUT', path, body), /delete every person/);
    }
    await refused('PUT', '/isapi/AccessControl/UserInfo/Delete'.replace('/isapi', '/ISAPI').toUpperCase(), {});
    await refused('PUT', '/ISAPI/AccessControl/UserInfo/%44elete?format=json', {});
    await refused('PUT', '/ISAPI/AccessControl//UserInfo/Delete/?format=json', {});
    await refused('PUT', '/ISAPI/AccessControl/UserInfoDetail/Delete?format=json', { UserInfoDetail: { mode: 'all' } });
    await refused('PUT', '/ISAPI/AccessControl/UserInfoDetail/Delete?format=json', {
      UserInfoDetail: { mode: 'all', EmployeeNoList: [{ employeeNo: '7' }] },
    });
    assert.equal(simulator.persons().length, 1);
  });

  it('deletes the person that is named', async () => {
    await send('PUT', '/ISAPI/AccessControl/UserInfo/Delete?format=json', {
      UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '7' }] },
    });
    assert.deepEqual(simulator.persons(), []);
  });

  it('does not bind a face by URL behind the back of the reservation', async () => {
    const record = {
      faceLibType: 'blackFD',
      FDID: '1',
      FPID: '7',
      faceURL: 'http://127.0.0.1/LOCALS/pic/web_face_enrollpic.jpg@WEB1',
    };
    assert.match(await refused('PUT', '/ISAPI/Intelligent/FDLib/FDSetUp?format=json', record), /fdsetup-bind/);
  });

  it('a capture sent this way raises the generation, so that an earlier picture can no longer be bound', async () => {
    const before = terminal.enrolment.generation;
    simulator.present('Alex');
    const condition =
      '<CaptureFaceDataCond version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><captureInfrared>false</captureInfrared>' +
      '<dataType>url</dataType></CaptureFaceDataCond>';
    await send('POST', '/ISAPI/AccessControl/CaptureFaceData', condition);
    assert.equal(terminal.enrolment.generation, before + 1);
  });
});
