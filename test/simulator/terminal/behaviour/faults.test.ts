import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { parseFault, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import {
  BINARY_MODE,
  capture,
  element,
  nextEvent,
  send,
  sendJson,
  withTerminal,
} from '../../../harness/terminal/raw-client.js';

const COUNT = '/ISAPI/AccessControl/UserInfo/Count?format=json';

function record(terminal: SimulatedTerminal, signal?: AbortSignal): ReturnType<typeof send> {
  return send(terminal, '/ISAPI/AccessControl/UserInfo/Record?format=json', {
    method: 'POST',
    body: JSON.stringify({ UserInfo: { employeeNo: '1' } }),
    ...(signal && { signal }),
  });
}

function withSimulator(work: (terminal: SimulatedTerminal) => Promise<void>): Promise<void> {
  return withTerminal({ model: 'DS-K1T343EFWX', timeScale: 0.001 }, work);
}

describe('a fault of a simulated terminal', () => {
  it('applies as many times as it was armed for, then no more, and is emitted', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'status', status: 503, times: 2 });
      const applied = nextEvent(terminal, 'fault');
      assert.equal((await send(terminal, COUNT)).status, 503);
      await applied;
      assert.equal((await send(terminal, COUNT)).status, 503);
      assert.equal((await send(terminal, COUNT)).status, 200);
    }));

  it('applies only to the kind of request that it names', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'busy', at: 'person' });
      terminal.fault({ kind: 'busy', at: 'capture' });
      assert.equal((await send(terminal, COUNT)).status, 200);
      assert.equal((await capture(terminal, BINARY_MODE)).status, 400);
      assert.equal((await record(terminal)).status, 400);
      assert.equal((await record(terminal)).status, 200);
    }));

  it('busy is deviceBusy and not processed', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'busy' });
      const { status, text } = await record(terminal);
      assert.equal(status, 400);
      const { statusCode, subStatusCode } = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual([statusCode, subStatusCode], [2, 'deviceBusy']);
      assert.deepEqual(terminal.persons(), []);
    }));

  it('status answers the given status document in the format of the request', () =>
    withSimulator(async (terminal) => {
      const code = { statusCode: 3, subStatusCode: 'lowScore', errorCode: 12, errorMsg: 'score' };
      terminal.fault({ kind: 'status', status: 403, code, times: 2 });
      const json = await sendJson(terminal, 'GET', '/ISAPI/AccessControl/UserInfo/Count');
      assert.equal(json.status, 403);
      assert.deepEqual({ ...json.document, ...code }, json.document);
      const xml = await send(terminal, '/ISAPI/System/time');
      assert.deepEqual([element(xml.text, 'subStatusCode'), element(xml.text, 'errorMsg')], ['lowScore', 'score']);
    }));

  it('timeout never answers, until the client closes', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'timeout' });
      const applied = nextEvent(terminal, 'fault');
      const closing = new AbortController();
      const answer = record(terminal, closing.signal);
      await applied;
      closing.abort();
      await assert.rejects(answer, { name: 'AbortError' });
      assert.deepEqual(terminal.persons(), []);
      assert.equal(terminal.counters.records[0]?.status, 0);
    }));

  it('reset destroys the socket before processing', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'reset' });
      await assert.rejects(record(terminal), { code: 'ECONNRESET' });
      assert.deepEqual(terminal.persons(), []);
    }));

  it('lost destroys the socket after processing', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'lost' });
      await assert.rejects(record(terminal), { code: 'ECONNRESET' });
      assert.equal(terminal.persons().length, 1);
    }));

  it('lost happens to a card and a deletion, too, and each is done', () =>
    withSimulator(async (terminal) => {
      terminal.edit({ person: { employeeNo: '1' } });
      terminal.fault({ kind: 'lost', at: 'delete' });
      terminal.fault({ kind: 'lost', at: 'card' });
      const put = (path: string, document: unknown): Promise<unknown> =>
        sendJson(terminal, 'PUT', `/ISAPI/AccessControl/${path}`, document);
      await assert.rejects(put('CardInfo/SetUp', { CardInfo: { employeeNo: '1', cardNo: '7' } }), {
        code: 'ECONNRESET',
      });
      assert.deepEqual(terminal.persons()[0]?.cards, ['7']);
      const UserInfoDelCond = { EmployeeNoList: [{ employeeNo: '1' }] };
      await assert.rejects(put('UserInfo/Delete', { UserInfoDelCond }), { code: 'ECONNRESET' });
      assert.deepEqual(terminal.persons(), []);
    }));

  it('slow answers later', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'slow', seconds: 1 });
      assert.equal((await record(terminal)).status, 200);
    }));

  it('slow is processed even when the client has gone', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: 0.1 }, async (terminal) => {
      terminal.fault({ kind: 'slow', seconds: 1 });
      const applied = nextEvent(terminal, 'fault');
      const created = nextEvent(terminal, 'person created');
      const closing = new AbortController();
      const answer = record(terminal, closing.signal);
      await applied;
      closing.abort();
      await assert.rejects(answer, { name: 'AbortError' });
      await created;
      assert.equal(terminal.persons().length, 1);
    }));

  it('garbage answers bytes that are no document', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'garbage' });
      const { status, body } = await record(terminal);
      assert.equal(status, 200);
      assert.ok(body.includes(0));
      assert.throws(() => JSON.parse(body.toString()) as unknown);
    }));

  it('empty is processed and answers 200 without a body', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'empty' });
      const { status, body } = await record(terminal);
      assert.deepEqual([status, body.length], [200, 0]);
      assert.equal(terminal.persons().length, 1);
    }));

  it('html answers a 200 page', () =>
    withSimulator(async (terminal) => {
      terminal.fault({ kind: 'html' });
      const { status, headers, text } = await record(terminal);
      assert.deepEqual([status, headers['content-type']], [200, 'text/html']);
      assert.match(text, /^<!DOCTYPE html>/);
    }));
});

describe('parseFault', () => {
  it('takes a bare kind', () => assert.deepEqual(parseFault('busy'), { kind: 'busy' }));

  it('takes a whole fault', () => {
    const fault = {
      kind: 'status',
      at: 'face',
      times: 3,
      status: 400,
      code: { statusCode: 6, subStatusCode: 'badParameters', errorCode: 1, errorMsg: 'x' },
      seconds: 0.5,
    };
    assert.deepEqual(parseFault(fault), fault);
  });

  const hostile: [unknown, RegExp][] = [
    [undefined, /A fault is an object/],
    [null, /A fault is an object/],
    [[], /A fault is an object/],
    [7, /A fault is an object/],
    ['explode', /kind of a fault is one of busy/],
    [{}, /kind of a fault/],
    [{ kind: 'toString' }, /kind of a fault/],
    [{ kind: 'busy', at: 'door' }, /at of a fault is one of/],
    [{ kind: 'busy', times: 0 }, /times of a fault is a whole number/],
    [{ kind: 'busy', times: '2' }, /times of a fault/],
    [{ kind: 'slow', seconds: NaN }, /seconds of a fault/],
    [{ kind: 'slow', seconds: Infinity }, /seconds of a fault/],
    [{ kind: 'status', status: 100 }, /status of a fault/],
    [{ kind: 'status', code: 'x' }, /code of a fault/],
    [{ kind: 'status', code: { statusCode: 1 } }, /subStatusCode/],
    [{ kind: 'busy', when: 'now' }, /no property "when"/],
    [JSON.parse('{"kind":"busy","__proto__":{}}'), /no property "__proto__"/],
  ];
  for (const [value, message] of hostile) {
    it(`refuses ${inspect(value)}`, () => assert.throws(() => parseFault(value), message));
  }
});
