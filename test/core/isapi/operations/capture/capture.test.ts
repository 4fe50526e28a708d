import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  captureFace,
  CaptureGivenUp,
  type CaptureOutcome,
  type CaptureOptions,
} from '../../../../../core/isapi/operations/capture/capture.js';
import type { Terminal } from '../../../../../core/isapi/terminal/terminal.js';
import { facePicture, faceNameOf } from '../../../../../simulator/simulated-terminal.js';
import { inNoTime, withClock } from '../../../../harness/clock.js';
import { withLab } from '../../../../harness/proof/lab.js';
import { withScript, type Script } from '../../../../harness/proof/scripted-terminal.js';

function capture(terminal: Terminal, options: Partial<CaptureOptions> = {}): Promise<CaptureOutcome> {
  return captureFace(terminal, {
    ...{ dataType: 'url', infrared: false, deadlineMs: 5000, intervalMs: 1, download: false, holdMs: 0, owner: {} },
    signal: new AbortController().signal,
    ...options,
  });
}

function done(url: string, element = 'faceDataUrl', root = 'CaptureFaceData'): string {
  return `<${root}><isCurRequestOver>true</isCurRequestOver><${element}>${url}</${element}><captureProgress>100</captureProgress></${root}>`;
}

const PICTURE = '/LOCALS/pic/web_face_enrollpic.jpg@WEB';
const BUSY = '{"statusCode":2,"statusString":"Device Busy","subStatusCode":"deviceBusy"}';
const JPEG = facePicture('Anna');
const NOBODY_YET = '<CaptureFaceData><captureProgress>0</captureProgress></CaptureFaceData>';

describe('capture-face', () => {
  for (const [words, body] of [
    ['either root name', done(`${PICTURE}000000000001`, 'faceDataUrl', 'CaptureFaceDataResponse')],
    ['either URL element', done(`${PICTURE}000000000001`, 'faceURL')],
    [
      'a namespace and any order',
      done(`${PICTURE}000000000001`).replace(
        '<CaptureFaceData>',
        '<CaptureFaceData version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">',
      ),
    ],
    ['JSON', JSON.stringify({ CaptureFaceData: { captureProgress: 100, faceDataUrl: `${PICTURE}000000000001` } })],
  ] as const) {
    it(`reads ${words}`, () =>
      withScript(
        () => ({ body }),
        async (terminal) => {
          const outcome = await capture(terminal);
          assert.ok(outcome.captured);
          assert.equal(outcome.capture.faceURL, `${PICTURE}000000000001`);
          assert.equal(outcome.capture.attempts, 1);
        },
      ));
  }

  it('types its XML as a form, which every recorded terminal takes', () =>
    withLab({}, async (lab) => {
      await lab.captureOf('Anna');
      const sent = lab.simulator.counters.records.filter(({ kind }) => kind === 'capture');
      assert.deepEqual([...new Set(sent.map(({ contentType }) => contentType))], ['application/x-www-form-urlencoded']);
    }));

  it('takes the URL of the previous capture, counter included, for that earlier capture and goes on', () => {
    const counters = [1, 1, 1, 2];
    return withScript(
      () => ({ body: done(`https://10.0.0.9${PICTURE}00000000000${counters.shift() ?? 3}`) }),
      async (terminal) => {
        const first = await capture(terminal);
        const second = await capture(terminal);
        assert.ok(first.captured && second.captured);
        assert.match(first.capture.faceURL ?? '', /1$/);
        assert.match(second.capture.faceURL ?? '', /2$/);
        assert.equal(second.capture.attempts, 3);
      },
    );
  });

  it('takes a URL below 100 for no face yet', () => {
    const replies = [done(`${PICTURE}000000000001`).replace('>100<', '>60<'), done(`${PICTURE}000000000002`)];
    return withScript(
      () => ({ body: replies.shift() ?? NOBODY_YET }),
      async (terminal) => {
        const outcome = await capture(terminal);
        assert.ok(outcome.captured);
        assert.equal(outcome.capture.faceURL, `${PICTURE}000000000002`);
      },
    );
  });

  it('goes on after isCurRequestOver below 100', () => {
    const over =
      '<CaptureFaceData><captureProgress>40</captureProgress><isCurRequestOver>true</isCurRequestOver></CaptureFaceData>';
    const replies = [over, NOBODY_YET, done(`${PICTURE}000000000001`)];
    return withScript(
      () => ({ body: replies.shift() ?? NOBODY_YET }),
      async (terminal) => {
        const outcome = await capture(terminal);
        assert.ok(outcome.captured);
        assert.equal(outcome.capture.attempts, 3);
      },
    );
  });

  it('changes to binary mode with auto where only the capture itself says that url is not allowed', () =>
    withScript(
      ({ path, body }) => {
        if (path.endsWith('capabilities')) return { status: 404, body: '' };
        return body.includes('>url<')
          ? {
              status: 400,
              body: '<ResponseStatus><statusCode>6</statusCode><subStatusCode>badParameters</subStatusCode></ResponseStatus>',
            }
          : { body: JPEG };
      },
      async (terminal) => {
        const outcome = await capture(terminal, { dataType: 'auto' });
        assert.ok(outcome.captured);
        assert.deepEqual([outcome.capture.dataType, outcome.capture.attempts], ['binary', 2]);
      },
    ));

  for (const status of [403, 404]) {
    it(`tries a capture where the question for capabilities is an invalidOperation with ${status}`, () =>
      withScript(
        ({ path, body }) => {
          if (path.endsWith('capabilities')) {
            return { status, body: '{"statusCode":4,"subStatusCode":"invalidOperation"}' };
          }
          const isURL = body.includes('>url<');
          return isURL ? { status: 400, body: '{"statusCode":6,"subStatusCode":"badParameters"}' } : { body: JPEG };
        },
        async (terminal) => {
          assert.ok((await capture(terminal, { dataType: 'auto' })).captured);
        },
      ));
  }

  it('ends with any other error of the terminal', () =>
    withLab({}, async (lab) => {
      const code = { statusCode: 4, subStatusCode: 'lowPrivilege' };
      lab.simulator.fault({ kind: 'status', status: 403, code, at: 'capture' });
      await assert.rejects(lab.capture(), { code: 'lowPrivilege' });
      await lab.captureOf('Anna');
    }));

  describe('leaves the interval between the starts of two attempts, measured by a terminal that is busy sooner', () => {
    const MIN_INTERVAL = { model: 'DS-K1T673DX', behaviour: { minInterval: 10, aliveSeconds: 60 } } as const;

    it('of one message', () =>
      inNoTime(() =>
        withLab({ simulator: MIN_INTERVAL }, async (lab) => {
          await lab.capture({ dataType: 'binary', deadlineMs: 500, intervalMs: 110 });
          const statuses = lab.simulator.counters.records.map(({ status }) => status);
          assert.ok(statuses.length >= 2);
          assert.ok(!statuses.includes(400), statuses.join(' '));
        }),
      ));

    it('of two messages', () =>
      inNoTime(() =>
        withLab({ simulator: MIN_INTERVAL }, async (lab) => {
          lab.simulator.present('Anna');
          lab.simulator.present('Boris');
          const options = { dataType: 'binary', intervalMs: 110 } as const;
          const [anna, boris] = await Promise.all([lab.capture(options), lab.capture(options)]);
          assert.ok(anna.captured && boris.captured);
          assert.deepEqual([anna.capture.attempts, boris.capture.attempts], [1, 1]);
        }),
      ));

    it('and would see it otherwise', () =>
      inNoTime(() =>
        withLab({ simulator: MIN_INTERVAL }, async (lab) => {
          lab.simulator.present('Anna');
          lab.simulator.present('Boris');
          const options = { dataType: 'binary', intervalMs: 90 } as const;
          await lab.capture(options);
          const boris = await lab.capture(options);
          assert.ok(boris.captured && boris.capture.attempts > 1);
        }),
      ));
  });

  it('says busy where the terminal said nothing else until the deadline', () =>
    inNoTime(() =>
      withLab({}, async (lab) => {
        lab.simulator.fault({ kind: 'busy', at: 'capture', times: 10_000 });
        // The deadline falls into the pause after the first attempt.
        const outcome = await lab.capture({ deadlineMs: 300, intervalMs: 10_000 });
        assert.ok(!outcome.captured);
        assert.deepEqual([outcome.capture.reason, outcome.capture.attempts], ['busy', 1]);
      }),
    ));

  for (const [reason, intervalMs, where] of [
    ['busy', 500, 'busy where one more attempt had only just been sent'],
    ['timeout', 0, 'timeout where the terminal was busy first and then waited for a face'],
  ] as const) {
    it(`says ${where}`, () => {
      const deadline = new AbortController();
      let asked = 0;
      const script = (): ReturnType<Script> => {
        asked += 1;
        if (asked === 1) return { status: 503, body: BUSY };
        deadline.abort(new CaptureGivenUp('timeout'));
        return 'silent';
      };
      return inNoTime(() =>
        withScript(script, async (terminal) => {
          const outcome = await capture(terminal, { signal: deadline.signal, intervalMs });
          assert.ok(!outcome.captured);
          assert.deepEqual([outcome.capture.reason, outcome.capture.attempts], [reason, 2]);
        }),
      );
    });
  }

  it('cancels on the terminal when it is reset', () =>
    withLab({ simulator: { timeScale: 10 } }, async (lab) => {
      const reset = new AbortController();
      const capture = lab.capture({ dataType: 'auto', signal: reset.signal });
      await lab.next('capture started');
      const cancelled = lab.next('capture cancelled');
      reset.abort(new CaptureGivenUp('cancelled'));
      const outcome = await capture;
      assert.ok(!outcome.captured);
      assert.equal(outcome.capture.reason, 'cancelled');
      await cancelled;
      await lab.captureOf('Anna', { dataType: 'auto' });
    }));

  it('cancels on the terminal at the deadline', () =>
    withClock((clock) =>
      withLab({ simulator: { timeScale: 10 } }, async (lab) => {
        const cancelled = lab.next('capture cancelled');
        const capture = lab.capture({ dataType: 'auto', deadlineMs: 5_000 });
        await lab.next('capture started');
        clock.pass(5_000);
        const outcome = await capture;
        assert.ok(!outcome.captured);
        assert.equal(outcome.capture.reason, 'timeout');
        await cancelled;
      }),
    ));

  it('cancels on the terminal when the flow is stopped', () =>
    withLab({ simulator: { timeScale: 10 } }, async (lab) => {
      const capture = assert.rejects(lab.capture({ dataType: 'auto' }), { code: 'CANCELLED' });
      await lab.next('capture started');
      const cancelled = lab.next('capture cancelled');
      await lab.terminal.close();
      await Promise.all([capture, cancelled]);
    }));

  it('sends no cancelFlag to a terminal that does not know it', () =>
    inNoTime(() =>
      withLab({ simulator: { model: 'DS-K1T341AMF', behaviour: { blockSeconds: 3 } } }, async (lab) => {
        assert.equal((await lab.capture({ dataType: 'auto', deadlineMs: 10 })).captured, false);
        lab.simulator.present('Anna', { stays: true });
        assert.ok((await lab.capture({ dataType: 'auto' })).captured);
        assert.ok(lab.simulator.counters.records.every(({ status }) => status === 200));
      }),
    ));

  it('does not give the next message the face that came for one that was given up between two attempts', () =>
    withLab({ simulator: { model: 'DS-K1T673DX', behaviour: { aliveSeconds: 1000 } } }, async (lab) => {
      const reset = new AbortController();
      let toldTwice = (): void => undefined;
      const firstAttemptIsOver = new Promise<void>((resolve) => (toldTwice = resolve));
      let told = 0;
      const onProgress = (): void => {
        told += 1;
        if (told === 2) toldTwice();
      };
      const annas = lab.capture({ dataType: 'auto', intervalMs: 10_000, signal: reset.signal, onProgress });
      await firstAttemptIsOver;
      reset.abort(new CaptureGivenUp('cancelled'));
      assert.equal((await annas).captured, false);
      await lab.create('1');
      lab.simulator.present('Anna');
      lab.simulator.leave();
      const boris = await lab.captureOf('Boris', { dataType: 'auto' });
      assert.equal(boris.image && faceNameOf(boris.image), 'Boris');
    }));

  it('fetches the picture in url mode too when it is asked to', () =>
    withLab({}, async (lab) => {
      const { image, contentType, faceURL } = await lab.captureOf('Anna', { download: true });
      assert.ok(image?.equals(facePicture('Anna')));
      assert.equal(contentType, 'image/jpeg');
      assert.ok(faceURL !== undefined);
    }));

  it('goes on after a reply that was lost, once the window of the terminal is known', () =>
    inNoTime(() =>
      withLab({ terminal: { retries: 2 } }, async (lab) => {
        await lab.create('1');
        await lab.captureOf('Zero');
        lab.simulator.fault({ kind: 'lost', at: 'capture' });
        lab.simulator.present('Anna', { stays: true });
        const outcome = await lab.capture();
        assert.ok(outcome.captured);
        await lab.bind('1', outcome.capture);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }),
    ));
});
