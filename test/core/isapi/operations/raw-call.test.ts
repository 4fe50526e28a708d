import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { rawRequest, replyBody, type RawRequest } from '../../../../core/isapi/operations/raw-request.js';
import type { IsapiReply } from '../../../../core/isapi/protocol/reply.js';
import { readDocument } from '../../../../core/isapi/protocol/document.js';
import { Terminal, type IsapiCall } from '../../../../core/isapi/terminal/terminal.js';
import { failureOf } from '../../../harness/failure-of.js';

const OWNER = {};

function replyOf(body: string | Buffer, headers: IsapiReply['headers'] = {}): IsapiReply {
  const bytes = Buffer.from(body);
  return { httpStatus: 200, headers, body: bytes, document: readDocument(bytes), rebootRequired: false };
}

let terminals = 0;

/** A terminal that notes what it is asked to send, and answers so. */
async function withTerminal(
  work: (terminal: Terminal, calls: IsapiCall[]) => Promise<void>,
  reply = replyOf('{"statusCode":1}'),
): Promise<void> {
  const calls: IsapiCall[] = [];
  const terminal = new Terminal({
    ...{ name: 'Lobby', protocol: 'http', host: `127.80.0.${(terminals += 1)}`, port: 80 },
    ...{ certificate: { mode: 'none' }, timeoutMs: 1000, retries: 0, queueLimit: 1 },
  });
  terminal.call = (call) => {
    calls.push(call);
    return Promise.resolve(reply);
  };
  try {
    await work(terminal, calls);
  } finally {
    await terminal.close();
  }
}

function send(terminal: Terminal, request: Partial<RawRequest>): Promise<IsapiReply> {
  const { signal } = new AbortController();
  return rawRequest(terminal, {
    ...{ method: 'PUT', path: '/ISAPI/System/time', body: undefined, bodyType: 'auto', owner: OWNER, signal },
    ...request,
  });
}

describe('what isapi-request sends', () => {
  for (const [words, request, body, contentType] of [
    ['nothing where there is no body', { body: undefined }, undefined, undefined],
    ['nothing of null', { body: null }, undefined, undefined],
    ['nothing of an empty text', { body: '' }, undefined, undefined],
    ['nothing of an empty text that is said to be JSON', { body: '', bodyType: 'json' }, undefined, undefined],
    ['an object as JSON', { body: { name: 'Дверь' } }, '{"name":"Дверь"}', 'application/json'],
    ['a list as JSON', { body: [1] }, '[1]', 'application/json'],
    ['text as JSON', { body: ' {"a":1}' }, ' {"a":1}', 'application/json'],
    ['text that begins with < as XML', { body: ' \n<Time>Ж</Time>' }, ' \n<Time>Ж</Time>', 'application/xml'],
    ['text that ends with < as JSON', { body: '{}<' }, '{}<', 'application/json'],
    ['bytes as they are', { body: Buffer.from('<a/>') }, '<a/>', 'application/octet-stream'],
    ['bytes as what they are said to be', { body: Buffer.from('{}'), bodyType: 'json' }, '{}', 'application/json'],
    ['text as what it is said to be', { body: '{}', bodyType: 'xml' }, '{}', 'application/xml'],
    ['text raw where that is said', { body: '<a/>', bodyType: 'raw' }, '<a/>', 'application/octet-stream'],
  ] as [string, Partial<RawRequest>, string | undefined, string | undefined][]) {
    it(`is ${words}`, () =>
      withTerminal(async (terminal, calls) => {
        await send(terminal, request);
        assert.deepEqual(
          calls.map((call) => [call.body?.toString('utf8'), call.contentType]),
          [[body, contentType]],
        );
      }));
  }

  for (const [body, bodyType, field] of [
    [5, 'auto', 'json'],
    [true, 'json', 'json'],
    [{ a: 1 }, 'xml', 'xml'],
    [{ a: 1 }, 'raw', 'raw'],
  ] as const) {
    it(`is nothing of ${JSON.stringify(body)} as ${bodyType}`, () =>
      withTerminal(async (terminal, calls) => {
        const failure = await failureOf(send(terminal, { body, bodyType }));
        assert.deepEqual([failure.reason, failure.delivery, failure.params['field']], ['input.body', 'unsent', field]);
        assert.deepEqual(calls, []);
      }));
  }

  for (const [field, request] of [
    ['method', { method: 'PATCH' }],
    ['path', { path: '/SDK/x' }],
  ] as [string, Partial<RawRequest>][]) {
    it(`is nothing with a bad ${field}, which is named`, () =>
      withTerminal(async (terminal, calls) => {
        const failure = await failureOf(send(terminal, request));
        assert.deepEqual([failure.delivery, failure.params['field']], ['unsent', field]);
        assert.deepEqual(calls, []);
      }));
  }

  for (const [method, path, policy] of [
    ['GET', '/ISAPI/System/time', 'repeatable'],
    ['PUT', '/ISAPI/System/time', 'repeatable'],
    ['DELETE', '/ISAPI/Event/notification/httpHosts/1', 'repeatable'],
    ['POST', '/ISAPI/AccessControl/UserInfo/Record?format=json', 'notTwice'],
    ['POST', '/ISAPI/AccessControl/UserInfo/Record?x=/Search', 'notTwice'],
    ['POST', '/ISAPI/AccessControl/SearchAndOpen?format=json', 'notTwice'],
    ['POST', '/ISAPI/AccessControl/UserInfo/Search?format=json', 'repeatable'],
    ['POST', '/ISAPI/AccessControl/UserInfo/Count?format=json', 'repeatable'],
    ['POST', '/ISAPI/AccessControl/AcsEvent?format=json', 'repeatable'],
  ] as const) {
    it(`${policy === 'notTwice' ? 'never goes twice' : 'may be repeated'}: ${method} ${path}`, () =>
      withTerminal(async (terminal, calls) => {
        await send(terminal, { method, path });
        assert.deepEqual(
          calls.map((call) => [call.policy, call.operation]),
          [[policy, `${method} ${path.replace(/\?.*/, '')}`]],
        );
      }));
  }

  const SET_UP = '/ISAPI/Intelligent/FDLib/FDSetUp?format=json';
  const faceURL = '/LOCALS/pic/web_face_enrollpic.jpg@WEB1';
  for (const [words, request] of [
    ['FDSetUp', { path: SET_UP, body: { FPID: '1', faceURL } }],
    ['FDModify', { path: SET_UP.replace('FDSetUp', 'fdmodify'), body: { FPID: '1', faceURL } }],
    ['FaceDataRecord', { method: 'POST', path: SET_UP.replace('FDSetUp', 'FaceDataRecord'), body: { faceURL } }],
    ['a path that is percent-encoded', { path: SET_UP.replace('FDSetUp', 'FD%53etUp'), body: { faceURL } }],
    ['a key with escapes', { path: SET_UP, body: `{"face\\u0055RL":"${faceURL}"}` }],
    ['text that is said to be raw', { path: SET_UP, body: `"faceURL":"${faceURL}"`, bodyType: 'raw' }],
    ['leave to erase', { path: SET_UP, body: { faceURL }, mayErase: true }],
  ] as [string, Partial<RawRequest>][]) {
    it(`is no bind by URL, with ${words}`, () =>
      withTerminal(async (terminal, calls) => {
        const failure = await failureOf(send(terminal, request));
        assert.deepEqual([failure.reason, failure.params], ['input.useBind', { field: 'body' }]);
        assert.deepEqual(calls, []);
      }));
  }

  for (const [words, request] of [
    ['a bind without a URL', { path: SET_UP, body: { FPID: '1' } }],
    ['a question to the library', { method: 'GET', path: SET_UP, body: { faceURL } }],
    ['the word faceURL elsewhere', { path: '/ISAPI/AccessControl/UserInfo/Modify?format=json', body: { faceURL } }],
    ['a path below', { path: '/ISAPI/Intelligent/FDLib/FDSetUp/capabilities', body: { faceURL } }],
  ] as [string, Partial<RawRequest>][]) {
    it(`may be ${words}`, () =>
      withTerminal(async (terminal, calls) => {
        await send(terminal, request);
        assert.equal(calls.length, 1);
      }));
  }

  it('may erase what it does not name only where that was allowed', () =>
    withTerminal(async (terminal, calls) => {
      const request = { path: '/ISAPI/AccessControl/UserInfo/Delete?format=json', body: { UserInfoDelCond: {} } };
      for (const mayErase of [undefined, false]) {
        const failure = await failureOf(send(terminal, { ...request, ...(mayErase === false ? { mayErase } : {}) }));
        assert.equal(failure.reason, 'input.deletesEverybody');
      }
      assert.deepEqual(calls, []);
      await send(terminal, { ...request, mayErase: true });
      assert.equal(calls.length, 1);
    }));
});

describe('a capture by isapi-request', () => {
  const path = '/ISAPI/AccessControl/CaptureFaceData';
  const captured = (progress: string): IsapiReply =>
    replyOf(`<CaptureFaceData><faceDataUrl>http://t/LOCALS/pic/a.jpg@WEB1</faceDataUrl>${progress}</CaptureFaceData>`);

  for (const [words, progress, isBindable] of [
    ['is done', '<captureProgress>100</captureProgress>', true],
    ['says nothing of its progress', '', true],
    ['is not done', '<captureProgress>99</captureProgress>', false],
    ['has just begun', '<captureProgress>0</captureProgress>', false],
  ] as const) {
    it(`${isBindable ? 'gives' : 'gives no'} face to be bound where it ${words}`, () =>
      withTerminal(async (terminal, calls) => {
        await send(terminal, { method: 'POST', path, body: '<CaptureFaceDataCond/>' });
        assert.deepEqual(
          calls.map(({ policy, contentType }) => [policy, contentType]),
          [['rawCapture', 'application/x-www-form-urlencoded']],
        );
        assert.equal(terminal.enrolment.generation, 1);
        const newest = terminal.enrolment.newestCapture({ path: '/LOCALS/pic/a.jpg@WEB1' });
        assert.equal(newest !== undefined, isBindable);
      }, captured(progress)));
  }

  it('is one whatever the letters of the path, and none as a question for it', () =>
    withTerminal(async (terminal) => {
      await send(terminal, { method: 'GET', path });
      assert.equal(terminal.enrolment.generation, 0);
      await send(terminal, { method: 'POST', path: '/ISAPI/accesscontrol/CAPTUREfacedata' });
      assert.equal(terminal.enrolment.generation, 1);
    }));
});

describe('what isapi-request gives', () => {
  for (const [words, body, headers, expected] of [
    ['JSON with one key as it is', '{"UserInfo":{"name":"x"}}', {}, { UserInfo: { name: 'x' } }],
    ['JSON with several keys as it is', '{"a":1,"b":2}', {}, { a: 1, b: 2 }],
    ['XML with its root as the key', '<Time><zone>UTC</zone></Time>', {}, { Time: { zone: 'UTC' } }],
    ['text where the terminal says so', 'ok', { 'content-type': 'TEXT/plain' }, 'ok'],
    ['an empty text for no body', '', {}, ''],
    ['bytes where nobody says what they are', 'ok', {}, Buffer.from('ok')],
    ['bytes of a picture', 'ok', { 'content-type': 'image/jpeg' }, Buffer.from('ok')],
    ['bytes of what only sounds like text', 'ok', { 'content-type': 'application/text/x' }, Buffer.from('ok')],
  ] as [string, string, IsapiReply['headers'], unknown][]) {
    it(`is ${words}`, () => assert.deepEqual(replyBody(replyOf(body, headers), 'parsed'), expected));
  }

  it('is the letters of any alphabet', () => {
    const reply = replyOf('Дверь', { 'content-type': 'text/plain' });
    assert.deepEqual([replyBody(reply, 'parsed'), replyBody(reply, 'text')], ['Дверь', 'Дверь']);
  });
});
