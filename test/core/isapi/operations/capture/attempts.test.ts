import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  captureFace,
  CaptureGivenUp,
  type CaptureOptions,
  type CaptureOutcome,
} from '../../../../../core/isapi/operations/capture/capture.js';
import type { Terminal } from '../../../../../core/isapi/terminal/terminal.js';
import { facePicture } from '../../../../../simulator/simulated-terminal.js';
import { inNoTime, withClock } from '../../../../harness/clock.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { withScript, type Script } from '../../../../harness/proof/scripted-terminal.js';

interface Answer {
  status?: number;
  body: string | Buffer;
}

const JPEG: Answer = { body: facePicture('Anna') };
const refusal = (statusCode: number, subStatusCode: string): Answer => ({
  ...{ status: 400, body: JSON.stringify({ statusCode, subStatusCode }) },
});
const BUSY = refusal(2, 'deviceBusy');
const NOBODY = refusal(4, 'captureTimeout');
const progress = (percent: number): Answer => ({
  body: `<CaptureFaceData><captureProgress>${percent}</captureProgress></CaptureFaceData>`,
});
const face = (counter: number): Answer => ({
  body: `<CaptureFaceData><faceDataUrl>/LOCALS/pic/a.jpg@WEB${counter}</faceDataUrl><captureProgress>100</captureProgress></CaptureFaceData>`,
});

function capture(terminal: Terminal, options: Partial<CaptureOptions> = {}): Promise<CaptureOutcome> {
  return captureFace(terminal, {
    ...{ dataType: 'url', infrared: false, deadlineMs: 5000, intervalMs: 1, download: false, holdMs: 0, owner: {} },
    signal: new AbortController().signal,
    ...options,
  });
}

/** Answers captures in turn, and what else is asked with "not here". */
function inTurn(answers: Answer[], onEnd?: () => void): Script {
  return ({ path }) => {
    if (path.endsWith('capabilities')) return { status: 404, body: '' };
    const next = answers.shift();
    if (next) return next;
    onEnd?.();
    return 'silent';
  };
}

describe('a capture that was given up', () => {
  for (const [reason, outcome, words, answers] of [
    ['busy', 'timeout', 'the terminal was busy only', [BUSY, BUSY]],
    ['cancelled', 'cancelled', 'the terminal was busy only, and it was cancelled', [BUSY, BUSY]],
    ['timeout', 'timeout', 'nobody came', [NOBODY]],
    ['timeout', 'timeout', 'nobody came while the terminal captured', [progress(0)]],
    ['timeout', 'timeout', 'nobody came before the terminal was busy', [progress(0), BUSY]],
    ['timeout', 'timeout', 'nobody came between two times that the terminal was busy', [BUSY, NOBODY, BUSY]],
  ] as const) {
    it(`says ${reason} where ${words}`, () => {
      const stop = new AbortController();
      const script = inTurn([...answers], () => stop.abort(new CaptureGivenUp(outcome)));
      return inNoTime(() =>
        withScript(script, async (terminal) => {
          const given = await capture(terminal, { signal: stop.signal, intervalMs: 500 });
          assert.ok(!given.captured);
          assert.deepEqual([given.capture.reason, given.capture.attempts], [reason, answers.length + 1]);
        }),
      );
    });
  }

  it('says how far the terminal had come', () => {
    const stop = new AbortController();
    const script = inTurn([progress(40), NOBODY], () => stop.abort(new CaptureGivenUp('timeout')));
    return inNoTime(() =>
      withScript(script, async (terminal) => {
        const given = await capture(terminal, { signal: stop.signal });
        assert.ok(!given.captured);
        assert.equal(given.capture.progress, 40);
      }),
    );
  });

  it('leaves its face, which came late, to nobody', () => {
    const stop = new AbortController();
    const answers = [face(1), face(1), face(2)];
    const script: Script = (request) => {
      if (!request.path.endsWith('capabilities')) stop.abort(new CaptureGivenUp('cancelled'));
      return inTurn(answers)(request);
    };
    return inNoTime(() =>
      withScript(script, async (terminal) => {
        assert.ok(!(await capture(terminal, { signal: stop.signal })).captured);
        const next = await capture(terminal);
        assert.ok(next.captured);
        assert.deepEqual([next.capture.faceURL, next.capture.attempts], ['/LOCALS/pic/a.jpg@WEB2', 2]);
      }),
    );
  });
});

describe('an answer to a capture', () => {
  for (const [words, dataType, answers] of [
    ['without its URL', 'url', [progress(100), face(1)]],
    ['without its picture', 'binary', [progress(100), JPEG]],
  ] as const) {
    it(`brings no face ${words}, though it is done`, () =>
      inNoTime(() =>
        withScript(inTurn([...answers]), async (terminal) => {
          const given = await capture(terminal, { dataType });
          assert.ok(given.captured);
          const { attempts, faceURL, image } = given.capture;
          assert.deepEqual(
            [attempts, faceURL ?? image],
            [2, dataType === 'url' ? '/LOCALS/pic/a.jpg@WEB1' : JPEG.body],
          );
        }),
      ));
  }

  for (const statusCode of [5, 6]) {
    it(`of class ${statusCode} to a capture by URL means binary, with auto`, () =>
      inNoTime(() =>
        withScript(inTurn([refusal(statusCode, 'badParameters'), JPEG]), async (terminal) => {
          const given = await capture(terminal, { dataType: 'auto' });
          assert.ok(given.captured);
          assert.equal(given.capture.dataType, 'binary');
        }),
      ));
  }

  for (const [words, dataType, code, answers] of [
    ['refuses a way that was chosen', 'url', 'badParameters', [refusal(6, 'badParameters'), JPEG]],
    ['refuses whoever asks', 'auto', 'lowPrivilege', [refusal(4, 'lowPrivilege'), JPEG]],
    ['refuses both ways', 'auto', 'badXmlContent', [refusal(6, 'badParameters'), refusal(6, 'badXmlContent'), JPEG]],
  ] as const) {
    it(`ends the capture where it ${words}`, () =>
      inNoTime(() =>
        withScript(inTurn([...answers]), async (terminal) => {
          assert.equal((await failureOf(capture(terminal, { dataType }))).code, code);
        }),
      ));
  }
});

describe('whoever waits for a capture', () => {
  it('is told the seconds that are left and how far it has come, and nothing after its end', () =>
    withClock((clock) => {
      const told: [number, number][] = [];
      const onProgress = (secondsLeft: number, percent: number): unknown => told.push([secondsLeft, percent]);
      return withScript(inTurn([progress(40), face(1)]), async (terminal) => {
        const given = await clock.until(capture(terminal, { deadlineMs: 30_000, intervalMs: 1, onProgress }));
        assert.ok(given.captured);
        assert.deepEqual(told, [
          [30, 0],
          [30, 40],
        ]);
        clock.pass(60_000);
        assert.equal(told.length, 2);
      });
    }));
});
