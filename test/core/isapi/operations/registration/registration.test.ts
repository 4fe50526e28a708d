import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import { CaptureGivenUp } from '../../../../../core/isapi/operations/capture/capture.js';
import type { RegistrationOptions } from '../../../../../core/isapi/operations/registration/registration.js';
import { facePicture, type Fault } from '../../../../../simulator/simulated-terminal.js';
import { inNoTime, withClock } from '../../../../harness/clock.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { withLab, type Lab } from '../../../../harness/proof/lab.js';

const TAKES_PICTURES = { simulator: { model: 'DS-K1T342MFWX-E1' } } as const;
const REFUSED: Fault = { kind: 'status', at: 'face', code: { statusCode: 6, subStatusCode: 'faceLowQulity' } };
const BIND = { faceLibType: 'blackFD', FDID: '1', verify: true, recheck: true };

/** After a registration: the next capture need not wait for its reservation, and comes to its end. */
async function assertFree(lab: Lab): Promise<void> {
  const waited: unknown[] = [];
  // A capture that was given up a moment ago may still take a face.
  lab.simulator.present('next', { stays: true });
  const outcome = await lab.capture({ onWait: (reason) => waited.push(reason) });
  assert.ok(outcome.captured);
  assert.ok(!waited.includes('reserved'));
}

/** The error of a registration of person 1 that has to fail. */
async function failureIn(lab: Lab, options: Partial<RegistrationOptions> = {}): Promise<HikvisionError> {
  return failureOf(lab.register('1', options));
}

describe('register-person', () => {
  it('captures, creates, binds and reads back', () =>
    withLab({}, async (lab) => {
      lab.simulator.present('Anna');
      const captured: string[] = [];
      const steps: string[] = [];
      const { capture, ...rest } = await lab.register('1', {
        bind: BIND,
        onCaptured: ({ id }) => captured.push(id),
        onStep: (step, attempt) => steps.push(`${step} ${attempt}`),
      });
      assert.ok(capture && 'id' in capture);
      assert.deepEqual(captured, [capture.id]);
      assert.deepEqual(steps, ['person 1', 'face 1']);
      assert.deepEqual(rest, {
        ...{ outcome: 'registered', employeeNo: '1', action: 'created', verified: true },
        ...{ attempts: capture.attempts, terminal: 'Lobby' },
      });
      assert.deepEqual(lab.bound, ['1=Anna']);
      await assertFree(lab);
    }));

  it('asks nobody to come where the face is given, and needs no capture', () =>
    withLab(TAKES_PICTURES, async (lab) => {
      const registration = await lab.register('1', { face: facePicture('Anna') });
      assert.deepEqual(registration, {
        ...{ outcome: 'registered', employeeNo: '1', action: 'created', verified: false, attempts: 0 },
        terminal: 'Lobby',
      });
      assert.deepEqual([lab.bound, lab.requests('capture')], [['1=Anna'], 0]);
    }));

  for (const [words, face, code] of [
    ['a picture that is no JPEG', Buffer.from('GIF89a'), 'INVALID_INPUT'],
    ['what is no face at all', 5, 'INVALID_INPUT'],
    ['a URL of another host', 'https://192.0.2.1/x.jpg', 'FOREIGN_FACE_URL'],
  ] as const) {
    it(`refuses ${words} before anything is sent`, () =>
      withLab({}, async (lab) => {
        const { code: given, cause } = await failureIn(lab, { face });
        assert.deepEqual([given, cause.step], [code, 'face']);
        assert.equal(lab.simulator.counters.records.length, 0);
      }));
  }

  it('refuses a given capture that another has overtaken, and does not capture by itself', () =>
    withLab({}, async (lab) => {
      const face = await lab.captureOf('Anna');
      await lab.captureOf('Boris');
      const { code, cause } = await failureIn(lab, { face, retries: 5 });
      assert.deepEqual([code, cause.step], ['FACE_SUPERSEDED', 'face']);
      assert.deepEqual([lab.captured.length, lab.bound], [2, []]);
    }));

  it('says that nobody came when the deadline is over, and writes nobody', () =>
    withLab({}, async (lab) => {
      const capture = { dataType: 'url', deadlineMs: 50, intervalMs: 1 } as const;
      const { outcome, action, attempts, capture: nobody } = await lab.register('1', { capture });
      assert.deepEqual([outcome, action], ['nobody came', undefined]);
      assert.ok(nobody && 'reason' in nobody);
      assert.deepEqual([nobody.reason, nobody.attempts], ['timeout', attempts]);
      assert.deepEqual(lab.simulator.persons(), []);
    }));

  describe('keeps the terminal for this person', () => {
    it('until the face is bound: the next capture waits, and is not bound to anybody', () =>
      withLab({}, async (lab) => {
        const waited: unknown[] = [];
        let other: Promise<unknown> | undefined;
        lab.simulator.present('Anna');
        await lab.register('1', {
          onCaptured: () => {
            lab.simulator.present('Boris');
            other = lab.capture({ onWait: (reason) => waited.push(reason) });
          },
        });
        await other;
        assert.deepEqual(waited, ['reserved']);
        assert.deepEqual([lab.bound, lab.captured], [['1=Anna'], ['Anna', 'Boris']]);
      }));

    it('also through the pauses of the repeats', () =>
      inNoTime(() =>
        withLab({}, async (lab) => {
          lab.simulator.present('Anna');
          let other: Promise<unknown> | undefined;
          lab.simulator.fault({ kind: 'busy', at: 'face', times: 3 });
          await lab.register('1', {
            retries: 5,
            onCaptured: () => {
              lab.simulator.present('Boris');
              other = lab.capture();
            },
          });
          await other;
          assert.deepEqual([lab.bound, lab.captured], [['1=Anna'], ['Anna', 'Boris']]);
        }),
      ));
  });

  describe('where another captured in between', () => {
    /** Strangers capture at the terminal's own menu after each of so many captures of ours. */
    function strangers(lab: Lab, times: number): (capture: unknown) => void {
      let count = 0;
      return () => {
        count += 1;
        lab.simulator.present(`Anna ${count + 1}`);
        if (count <= times) lab.simulator.foreignCapture(`stranger ${count}`);
      };
    }

    it('captures this person anew, and never binds the other', () =>
      withLab({}, async (lab) => {
        lab.simulator.present('Anna 1');
        const { attempts, outcome } = await lab.register('1', { retries: 5, onCaptured: strangers(lab, 2) });
        assert.equal(outcome, 'registered');
        assert.deepEqual(lab.bound, ['1=Anna 3']);
        assert.equal(attempts, lab.requests('capture'));
        assert.equal(lab.requests('person'), 1);
      }));

    it('as often as it repeats, and then gives up', () =>
      withLab({}, async (lab) => {
        lab.simulator.present('Anna 1');
        const { code, cause } = await failureIn(lab, { retries: 2, onCaptured: strangers(lab, 9) });
        assert.deepEqual([code, cause.step], ['FACE_SUPERSEDED', 'face']);
        assert.deepEqual([lab.captured.filter((face) => face.startsWith('Anna')).length, lab.bound], [3, []]);
        lab.simulator.leave();
        await assertFree(lab);
      }));

    it('within the one deadline: the time that the person was waited for counts', () =>
      withClock((clock) =>
        clock.until(
          withLab({}, async (lab) => {
            const left: number[] = [];
            setTimeout(() => lab.simulator.present('Anna'), 7000);
            const { outcome, action } = await lab.register('1', {
              capture: { dataType: 'url', deadlineMs: 10_000, intervalMs: 1000 },
              retries: 5,
              onCaptured: () => lab.simulator.foreignCapture('stranger'),
              onProgress: (seconds) => left.push(seconds),
            });
            assert.deepEqual([outcome, action], ['nobody came', 'created']);
            const again = left.findIndex((seconds, index) => seconds > (left[index - 1] ?? 99));
            assert.equal(again, -1, left.join());
          }),
        ),
      ));
  });

  describe('repeats what may help', () => {
    for (const [step, at] of [
      ['person', 'person'],
      ['face', 'face'],
    ] as const) {
      it(`of the ${step}, as often as it is set`, () =>
        inNoTime(() =>
          withLab({}, async (lab) => {
            lab.simulator.present('Anna');
            lab.simulator.fault({ kind: 'busy', at, times: 5 });
            const attempts: number[] = [];
            await lab.register('1', {
              retries: 5,
              onStep: (name, attempt) => name === step && attempts.push(attempt),
            });
            assert.deepEqual(attempts, [1, 2, 3, 4, 5, 6]);
            assert.deepEqual(lab.bound, ['1=Anna']);
          }),
        ));

      it(`of the ${step}, and no oftener`, () =>
        inNoTime(() =>
          withLab({}, async (lab) => {
            lab.simulator.present('Anna');
            lab.simulator.fault({ kind: 'busy', at, times: 99 });
            const { code, cause } = await failureIn(lab, { retries: 3 });
            assert.deepEqual([code, cause.step, cause.retryable], ['deviceBusy', step, true]);
            assert.equal(lab.requests(at), 4);
            await assertFree(lab);
          }),
        ));

      it(`of the ${step}, and nothing that does not pass`, () =>
        withLab({}, async (lab) => {
          lab.simulator.present('Anna');
          lab.simulator.fault({ ...REFUSED, at, code: { statusCode: 6, subStatusCode: 'badParameters' } });
          const { code, cause } = await failureIn(lab, { retries: 5 });
          assert.deepEqual([code, cause.step], ['badParameters', step]);
          assert.equal(lab.requests(at), 1);
          await assertFree(lab);
        }));
    }

    it('and never a login that was rejected', () =>
      withLab({ simulator: { username: 'admin', password: 'right-1' } }, async (lab) => {
        const credentials = { username: 'admin', password: 'wrong-1' };
        const terminal = lab.connect({ credentials });
        const face = facePicture('Anna');
        const { code, cause } = await failureOf(lab.register('1', { retries: 5, face }, terminal));
        assert.deepEqual([code, cause.step], ['UNAUTHORIZED', 'person']);
        assert.equal(lab.simulator.counters.signedRejections, 1);
      }));

    it('names the capture where the terminal does not capture', () =>
      withLab({}, async (lab) => {
        lab.simulator.fault({ kind: 'status', at: 'capture', code: { statusCode: 4, subStatusCode: 'notSupport' } });
        const { code, cause } = await failureIn(lab, { retries: 5 });
        assert.deepEqual([code, cause.step], ['notSupport', 'capture']);
        assert.equal(lab.requests('person'), 0);
        await assertFree(lab);
      }));
  });

  describe('a lost reply', () => {
    for (const at of ['person', 'face'] as const) {
      it(`to the ${at} registers once`, () =>
        inNoTime(() =>
          withLab({ terminal: { retries: 2 } }, async (lab) => {
            lab.simulator.present('Anna');
            lab.simulator.fault({ kind: 'lost', at });
            const { outcome, action, verified } = await lab.register('1', { retries: 5, bind: BIND });
            assert.deepEqual([outcome, action, verified], ['registered', 'created', true]);
            assert.deepEqual([lab.simulator.persons().length, lab.faceOf('1')], [1, 'Anna']);
          }),
        ));
    }
  });

  describe('a person who has a face', () => {
    async function withAnna(work: (lab: Lab) => Promise<void>): Promise<void> {
      await withLab({}, async (lab) => {
        await lab.create('1');
        await lab.bind('1', await lab.captureOf('Anna'));
        await work(lab);
      });
    }

    it('gets the new one', () =>
      withAnna(async (lab) => {
        lab.simulator.present('Anna again');
        const { action } = await lab.register('1');
        assert.deepEqual([action, lab.faceOf('1')], ['updated', 'Anna again']);
      }));

    it('is left with it where that is wanted: nobody is asked to come, and the person is written', () =>
      withAnna(async (lab) => {
        const { capture, ...rest } = await lab.register('1', { ifFace: 'keep', change: { name: 'Anna B' } });
        assert.deepEqual([rest.outcome, rest.action, rest.verified, rest.attempts], ['registered', 'updated', true, 0]);
        assert.equal(capture, undefined);
        assert.deepEqual([lab.captured, lab.faceOf('1')], [['Anna'], 'Anna']);
        assert.equal(lab.simulator.persons()[0]?.name, 'Anna B');
      }));

    it('captures whoever has none', () =>
      withLab({}, async (lab) => {
        await lab.create('1');
        lab.simulator.present('Anna');
        await lab.register('1', { ifFace: 'keep' });
        lab.simulator.present('Boris');
        await lab.register('2', { ifFace: 'keep' });
        assert.deepEqual(lab.bound, ['1=Anna', '2=Boris']);
      }));

    it('asks nobody to come where the terminal cannot tell', () =>
      withLab({ simulator: { model: 'DS-K1T672MX' } }, async (lab) => {
        const { code, reason, cause, delivery, params } = await failureIn(lab, { ifFace: 'keep', retries: 5 });
        assert.deepEqual([code, reason, cause.step], ['BAD_REPLY', 'facesUnreadable', 'person']);
        assert.deepEqual([delivery, params], ['unsent', { employeeNo: '1' }]);
        assert.deepEqual([lab.requests('capture'), lab.requests('person')], [0, 0]);
      }));
  });

  describe('a person whose face failed', () => {
    const remove = { onFailure: 'remove', retries: 0 } as const;

    async function failing(lab: Lab, options: Partial<RegistrationOptions>): Promise<HikvisionError> {
      lab.simulator.present('Anna');
      lab.simulator.fault(REFUSED);
      const error = await failureIn(lab, options);
      assert.deepEqual([error.code, error.cause.step], ['faceLowQulity', 'face']);
      return error;
    }
    const numbers = (lab: Lab): string[] => lab.simulator.persons().map(({ employeeNo }) => employeeNo);

    it('stays', () =>
      withLab({}, async (lab) => {
        const { cause } = await failing(lab, {});
        assert.deepEqual([numbers(lab), 'removed' in cause], [['1'], false]);
      }));

    it('is taken away where that is wanted, and nobody else', () =>
      withLab({}, async (lab) => {
        await lab.create('2');
        const { cause } = await failing(lab, remove);
        assert.deepEqual([numbers(lab), cause.removed], [['2'], true]);
      }));

    it('stays where they were there before', () =>
      withLab({}, async (lab) => {
        await lab.create('1');
        const { cause } = await failing(lab, remove);
        assert.deepEqual([numbers(lab), cause.removed], [['1'], undefined]);
      }));

    it('stays where nobody knows who created them', () =>
      withLab({}, async (lab) => {
        lab.simulator.fault({ kind: 'lost', at: 'person' });
        const { cause } = await failing(lab, remove);
        assert.deepEqual([numbers(lab), cause.removed], [['1'], false]);
      }));

    for (const [words, change] of [
      ['given them a face', (lab: Lab): Promise<unknown> => lab.bind('1', facePicture('Boris'))],
      [
        'changed them',
        (lab: Lab): Promise<unknown> =>
          lab.terminal.call({
            ...{ operation: 'update person', method: 'PUT', path: '/ISAPI/AccessControl/UserInfo/Modify?format=json' },
            ...{ contentType: 'application/json', policy: 'repeatable' },
            body: Buffer.from(JSON.stringify({ UserInfo: { employeeNo: '1', name: 'Boris' } })),
          }),
      ],
    ] as const) {
      it(`stays where somebody else has ${words}`, () =>
        withLab(TAKES_PICTURES, async (lab) => {
          const beside = lab.next('fault').then(() => change(lab));
          const { cause } = await failing(lab, remove);
          await beside;
          assert.deepEqual([numbers(lab), cause.removed], [['1'], false]);
        }));
    }

    it('is taken away too where nobody came to the capture that was needed again', () =>
      withLab({}, async (lab) => {
        lab.simulator.present('Anna');
        const { outcome, action } = await lab.register('1', {
          ...{ onFailure: 'remove', retries: 5 },
          capture: { dataType: 'url', deadlineMs: 300, intervalMs: 1 },
          onCaptured: () => lab.simulator.foreignCapture('stranger'),
        });
        assert.deepEqual([outcome, action, numbers(lab)], ['nobody came', undefined, []]);
      }));

    it('stays, and the error is the one of the face, where the terminal does not remove them', () =>
      withLab({}, async (lab) => {
        lab.simulator.fault({ kind: 'status', at: 'search', code: { statusCode: 4, subStatusCode: 'lowPrivilege' } });
        const { cause } = await failing(lab, remove);
        assert.deepEqual([numbers(lab), cause.removed], [['1'], false]);
      }));
  });

  describe('that is cancelled', () => {
    const cancelled = new CaptureGivenUp('cancelled');

    it('while it waits for its turn', () =>
      withLab({}, async (lab) => {
        const held = await lab.captureOf('Boris', { holdMs: 60_000 });
        const cancel = new AbortController();
        const { outcome, attempts } = await lab.register('1', {
          cancel: cancel.signal,
          onWait: () => cancel.abort(cancelled),
        });
        assert.deepEqual([outcome, attempts], ['cancelled', 0]);
        assert.ok(lab.terminal.enrolment.isReservedFor(held.id));
      }));

    it('while the terminal captures', () =>
      withLab({}, async (lab) => {
        const cancel = new AbortController();
        void lab.next('capture started').then(() => cancel.abort(cancelled));
        const { outcome, capture } = await lab.register('1', { cancel: cancel.signal });
        assert.deepEqual([outcome, capture && 'reason' in capture && capture.reason], ['cancelled', 'cancelled']);
        await assertFree(lab);
      }));

    for (const step of ['person', 'face'] as const) {
      for (const onFailure of ['keep', 'remove'] as const) {
        it(`while the ${step} is on its way, with "${onFailure}"`, () =>
          withLab({}, async (lab) => {
            const cancel = new AbortController();
            lab.simulator.present('Anna');
            lab.simulator.fault({ kind: 'timeout', at: step });
            void lab.next('fault').then(() => cancel.abort(cancelled));
            const { outcome, action } = await lab.register('1', { onFailure, cancel: cancel.signal });
            const created = step === 'face' && onFailure === 'keep';
            assert.deepEqual([outcome, action], ['cancelled', created ? 'created' : undefined]);
            assert.equal(lab.simulator.persons().length, created ? 1 : 0);
            assert.deepEqual(lab.bound, []);
          }));
      }
    }

    it('in the pause before a repeat', () =>
      withLab({}, async (lab) => {
        const cancel = new AbortController();
        lab.simulator.present('Anna');
        lab.simulator.fault({ kind: 'busy', at: 'person', times: 99 });
        void lab.next('fault').then(() => setImmediate(() => cancel.abort(cancelled)));
        const { outcome } = await lab.register('1', { retries: 5, cancel: cancel.signal });
        assert.equal(outcome, 'cancelled');
        assert.equal(lab.requests('person'), 1);
        await assertFree(lab);
      }));
  });

  for (const step of ['capture', 'person', 'face'] as const) {
    it(`ends with CANCELLED where the terminal is closed in the ${step}, and leaves it free`, () =>
      inNoTime(() =>
        withLab({}, async (lab) => {
          const terminal = lab.connect();
          if (step !== 'capture') {
            lab.simulator.present('Anna');
            lab.simulator.fault({ kind: 'timeout', at: step });
          }
          void lab.next(step === 'capture' ? 'capture started' : 'fault').then(() => terminal.close());
          const { code, cause } = await failureOf(lab.register('1', { retries: 5, onFailure: 'remove' }, terminal));
          assert.deepEqual([code, cause.step], ['CANCELLED', step]);
          assert.deepEqual(lab.bound, []);
          if (step !== 'face') await assertFree(lab);
        }),
      ));
  }
});
