import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  FD_SET_UP,
  facePicture,
  MODELS,
  type Model,
  type ModelName,
} from '../../../../simulator/simulated-terminal.js';
import { inNoTime } from '../../../harness/clock.js';
import { withLab, type Lab } from '../../../harness/proof/lab.js';

/** A second of the terminal lasts ten milliseconds in a lab. */
const SECOND_MS = 10;
/** A capture that does not block is kept alive by the next attempt, however late a busy machine sends it. */
const LONG_ALIVE = 1000;
/** Windows in which nobody comes are cut short, or DS-K1T341AMF would block for 0.6 s each time. */
const SHORT_WINDOW = 3;

for (const name of Object.keys(MODELS) as ModelName[]) {
  const model: Model = MODELS[name];
  const isBlocking = model.blockSeconds > 0;
  const hasURL = model.dataTypes.includes('url');
  // Never none, or a terminal that answers at once would be asked again and again before any time passes.
  const intervalMs = Math.max(1, model.minInterval * SECOND_MS);
  const on = (work: (lab: Lab) => Promise<void>, behaviour: Partial<Model> = {}): Promise<void> =>
    inNoTime(() => withLab({ simulator: { model: name, behaviour } }, work));
  const onShort = (work: (lab: Lab) => Promise<void>): Promise<void> =>
    on(work, isBlocking ? { blockSeconds: SHORT_WINDOW } : {});

  describe(`the registration on ${name}`, () => {
    it(`takes ${hasURL ? 'url' : 'binary'} mode with auto, and asks the terminal once`, () =>
      on(async (lab) => {
        const first = await lab.captureOf('Anna', { dataType: 'auto', intervalMs });
        const second = await lab.captureOf('Boris', { dataType: 'auto', intervalMs });
        assert.deepEqual([first.dataType, second.dataType], hasURL ? ['url', 'url'] : ['binary', 'binary']);
        assert.equal(lab.requests('captureCapabilities'), 1);
      }));

    if (hasURL) {
      it('in url mode binds the face that was captured, and no picture travels', () =>
        on(async (lab) => {
          const capture = await lab.captureOf('Anna', { dataType: 'url' });
          assert.match(capture.faceURL ?? '', /\/LOCALS\/pic\/web_face_enrollpic\.jpg@WEB\d{12}$/);
          assert.equal(capture.image, undefined);
          assert.equal(await lab.create('0001'), 'created');
          const binding = await lab.bind('0001', capture, { verify: true });
          assert.deepEqual(binding, {
            ...{ employeeNo: '0001', FDID: '1', faceLibType: 'blackFD', verified: true, terminal: 'Lobby' },
          });
          assert.deepEqual(lab.bound, ['0001=Anna']);
        }));
    }

    it('in binary mode gives the picture, from SOI to EOI exactly', () =>
      on(async (lab) => {
        const capture = await lab.captureOf('Anna', { dataType: 'binary' });
        assert.ok(capture.image?.equals(facePicture('Anna')));
        assert.equal(capture.contentType, 'image/jpeg');
        assert.equal(capture.faceURL, undefined);
      }));

    // Such a model takes faces by FaceDataRecord, and has no search for persons.
    const hasNoSetUp = model.absent[FD_SET_UP] !== undefined;
    if (model.takesPicture || hasNoSetUp) {
      it('binds the picture that a capture in binary mode carries', () =>
        on(async (lab) => {
          const capture = await lab.captureOf('Anna', { dataType: 'binary' });
          await lab.create('1');
          await lab.captureOf('Boris', { dataType: 'binary' });
          assert.equal((await lab.bind('1', capture, { verify: true })).verified, !hasNoSetUp);
          assert.deepEqual(lab.bound, ['1=Anna']);
        }));
    } else {
      it('says that it only binds faces captured on it when it is given a picture', () =>
        on(async (lab) => {
          const capture = await lab.captureOf('Anna', { dataType: 'binary' });
          await lab.create('1');
          await assert.rejects(lab.bind('1', capture), {
            code: 'badJsonContent',
            reason: 'picturesNotTaken',
          });
          assert.deepEqual(lab.bound, []);
        }));
    }

    it(`goes on after ${isBlocking ? 'windows' : 'attempts'} in which nobody came`, () => {
      const behaviour = isBlocking ? { blockSeconds: SHORT_WINDOW } : { aliveSeconds: LONG_ALIVE };
      return withLab({ simulator: { model: name, behaviour } }, async (lab) => {
        const capture = lab.capture({ dataType: 'auto', intervalMs });
        await lab.next('capture started');
        if (isBlocking) await lab.next('capture started');
        lab.simulator.present('Anna');
        const outcome = await capture;
        assert.ok(outcome.captured);
        assert.ok(outcome.capture.attempts >= 2);
        assert.deepEqual(lab.captured, ['Anna']);
        assert.equal(lab.simulator.counters.captureOverlaps, 0);
      });
    });

    for (const [words, fault] of [
      ['deviceBusy', { kind: 'busy', at: 'capture', times: 2 }],
      [
        'captureTimeout',
        {
          kind: 'status',
          status: 400,
          code: { statusCode: 3, subStatusCode: 'captureTimeout' },
          at: 'capture',
          times: 2,
        },
      ],
    ] as const) {
      it(`goes on after ${words}`, () =>
        on(async (lab) => {
          lab.simulator.fault(fault);
          const capture = await lab.captureOf('Anna', { dataType: 'auto', intervalMs });
          assert.equal(capture.attempts, 3);
        }));
    }

    it('leaves without a face when nobody came before the deadline, and the next one has the terminal', () =>
      onShort(async (lab) => {
        const outcome = await lab.capture({ dataType: 'auto', intervalMs, deadlineMs: 60 });
        assert.equal(outcome.captured, false);
        assert.equal(outcome.capture.terminal, 'Lobby');
        assert.equal((outcome.capture as { reason: string }).reason, 'timeout');
        // Anna stays: the attempt that was given up may still take her face.
        lab.simulator.present('Anna', { stays: true });
        assert.ok((await lab.capture({ dataType: 'auto', intervalMs })).captured);
        assert.equal(lab.simulator.counters.captureOverlaps, 0);
      }));

    it('two messages at once get the two faces in order', () =>
      on(async (lab) => {
        lab.simulator.present('Anna');
        lab.simulator.present('Boris');
        const outcomes = await Promise.all([
          lab.capture({ dataType: 'binary', intervalMs }),
          lab.capture({ dataType: 'binary', intervalMs }),
        ]);
        assert.deepEqual(
          outcomes.map((outcome) => outcome.captured && outcome.capture.image?.equals(facePicture('Anna'))),
          [true, false],
        );
        assert.deepEqual(lab.captured, ['Anna', 'Boris']);
        assert.equal(lab.simulator.counters.captureOverlaps, 0);
      }));
  });
}
