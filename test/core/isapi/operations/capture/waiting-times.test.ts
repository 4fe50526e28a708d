import assert from 'node:assert/strict';

import { captureFace, type CaptureOutcome } from '../../../../../core/isapi/operations/capture/capture.js';
import { bindFace } from '../../../../../core/isapi/operations/face.js';
import { rawRequest } from '../../../../../core/isapi/operations/raw-request.js';
import type { Terminal } from '../../../../../core/isapi/terminal/terminal.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { withClock, type Clock } from '../../../../harness/clock.js';
import { withScript, type Script } from '../../../../harness/proof/scripted-terminal.js';

type Request = Parameters<Script>[0];

const CAPTURE = '/ISAPI/AccessControl/CaptureFaceData';
const NEVER = new AbortController().signal;

function capture(terminal: Terminal): Promise<CaptureOutcome> {
  return captureFace(terminal, {
    ...{ dataType: 'url', infrared: false, deadlineMs: 600_000, intervalMs: 0, download: false, holdMs: 0 },
    ...{ owner: {}, signal: NEVER },
  });
}

/** The same capture by way of isapi-request. */
function rawCapture(terminal: Terminal): Promise<unknown> {
  const condition = '<CaptureFaceDataCond><dataType>url</dataType></CaptureFaceDataCond>';
  const request = { method: 'POST', path: CAPTURE, body: condition, bodyType: 'auto' } as const;
  return rawRequest(terminal, { ...request, signal: NEVER, owner: {} });
}

/** A harmless request with its reply: whatever was to be sent before it has arrived by then. */
async function roundTrip(terminal: Terminal): Promise<void> {
  await terminal.call({ operation: 'look', method: 'GET', path: '/ISAPI/System/deviceInfo', policy: 'repeatable' });
}

/**
 * A terminal that answers captures as told, in order, and everything else at once. `arrival(n)` comes with the n-th
 * capture, and says on which connection it came.
 */
async function withCaptures(
  answers: ('face' | 'lost' | Promise<'face'>)[],
  work: (
    terminal: Terminal,
    captures: Request[],
    arrival: (nth: number) => Promise<Request>,
    clock: Clock,
  ) => Promise<void>,
): Promise<void> {
  const captures: Request[] = [];
  const awaited: (() => void)[] = [];
  const arrival = async (nth: number): Promise<Request> => {
    for (;;) {
      const request = captures[nth - 1];
      if (request) return request;
      await new Promise<void>((resolve) => awaited.push(resolve));
    }
  };
  const script: Script = async (request) => {
    if (request.path !== CAPTURE) return { body: '{"statusCode":1,"subStatusCode":"ok"}' };
    const nth = captures.push(request);
    for (const look of awaited.splice(0)) look();
    const answer = await answers[nth - 1];
    return answer === 'face' ? { body: faceNumber(nth) } : 'lost';
  };
  await withClock((clock) => withScript(script, (terminal) => work(terminal, captures, arrival, clock)));
}

/** Lets time pass once the sockets are idle, which they are a moment after their reply is there. */
async function idle(clock: Clock, ms: number): Promise<void> {
  await clock.rest();
  clock.pass(ms);
}

function faceNumber(nth: number): string {
  const url = `/LOCALS/pic/web_face_enrollpic.jpg@WEB00000000000${nth}`;
  return `<CaptureFaceData><faceDataUrl>${url}</faceDataUrl><captureProgress>100</captureProgress></CaptureFaceData>`;
}

describe('a capture, whose terminal answers only when somebody came or its window is over', () => {
  for (const [way, ask] of [
    ['capture-face', capture],
    ['isapi-request', rawCapture],
  ] as const) {
    it(`is waited for through the longest window, of 60 s (DS-K1T341AMF), by ${way}`, () => {
      let come = (): void => undefined;
      const somebody = new Promise<'face'>((resolve) => (come = () => resolve('face')));
      return withCaptures([somebody], async (terminal, captures, arrival, clock) => {
        const asked = ask(terminal);
        await arrival(1);
        clock.pass(60_500);
        come();
        await asked;
        assert.equal(captures.length, 1);
      });
    });

    it(`ends in TIMEOUT soon after that window, by ${way}`, () =>
      withCaptures([new Promise(() => undefined)], async (terminal, _captures, arrival, clock) => {
        let code: unknown;
        void failureOf(ask(terminal)).then((failure) => (code = failure.code));
        await arrival(1);
        clock.pass(70_000);
        await roundTrip(terminal);
        assert.equal(code, 'TIMEOUT');
      }));
  }
});

describe('a request that must not go twice', () => {
  it('is not sent on a socket that has been idle for 3 s, which may have died unnoticed: a capture', () =>
    withCaptures(['face', 'face', 'face'], async (terminal, captures, _arrival, clock) => {
      await capture(terminal);
      await idle(clock, 2_900);
      await capture(terminal);
      await idle(clock, 3_000);
      await capture(terminal);
      assert.deepEqual(
        captures.map(({ connection }) => connection),
        [1, 1, 2],
      );
    }));

  it('is not sent on such a socket: a bind by URL', async () => {
    const binds: number[] = [];
    const script: Script = ({ path, connection }) => {
      if (path === CAPTURE) return { body: faceNumber(1) };
      if (path.includes('FDSetUp')) binds.push(connection);
      return { body: '{"statusCode":1,"subStatusCode":"ok"}' };
    };
    await withClock((clock) =>
      withScript(script, async (terminal) => {
        const outcome = await capture(terminal);
        assert.ok(outcome.captured);
        const face = { face: outcome.capture, faceLibType: 'blackFD', FDID: '1', verify: false, recheck: false };
        await bindFace(terminal, { employeeNo: '1', ...face });
        await idle(clock, 2_900);
        await bindFace(terminal, { employeeNo: '1', ...face });
        await idle(clock, 3_000);
        await bindFace(terminal, { employeeNo: '1', ...face });
      }),
    );
    assert.deepEqual(binds, [1, 1, 2]);
  });

  it('but one that may be repeated uses the socket as long as it is there', async () => {
    const connections: number[] = [];
    const script: Script = ({ connection }) => {
      connections.push(connection);
      return { body: '{"statusCode":1,"subStatusCode":"ok"}' };
    };
    await withClock((clock) =>
      withScript(script, async (terminal) => {
        await roundTrip(terminal);
        await idle(clock, 25_000);
        await roundTrip(terminal);
      }),
    );
    assert.deepEqual(connections, [1, 1]);
  });
});

describe('after a capture whose reply never came', () => {
  for (const [way, ask] of [
    ['capture-face', capture],
    ['isapi-request', rawCapture],
  ] as const) {
    it(`the next one waits 10 s where nothing is known of the window, after one by ${way}`, () =>
      withCaptures(['lost', 'face'], async (terminal, captures, _arrival, clock) => {
        await assert.rejects(ask(terminal), { code: 'UNREACHABLE' });
        const next = capture(terminal);
        for (const ms of [0, 9_900]) {
          clock.pass(ms);
          await roundTrip(terminal);
          await roundTrip(terminal);
          assert.equal(captures.length, 1);
        }
        clock.pass(200);
        await roundTrip(terminal);
        await roundTrip(terminal);
        assert.equal(captures.length, 2);
        assert.ok((await next).captured);
      }));
  }
});
