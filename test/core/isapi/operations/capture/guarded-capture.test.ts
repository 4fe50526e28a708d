import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import { CaptureGivenUp, type CaptureOptions } from '../../../../../core/isapi/operations/capture/capture.js';
import { captureCall } from '../../../../../core/isapi/operations/capture/capture-call.js';
import { rawRequest } from '../../../../../core/isapi/operations/raw-request.js';
import { withClock } from '../../../../harness/clock.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { underGuard, type FakeGuard } from '../../../../harness/fake-guard.js';
import { withLab, type Lab, type LabSettings } from '../../../../harness/proof/lab.js';

const HELD: Partial<CaptureOptions> = { holdMs: 60_000 };
const TAKES_PICTURES = { simulator: { model: 'DS-K1T342MFWX-E1' } } as const;
const CANCEL = 'capture cancelled';

function guarded(work: (lab: Lab, guard: FakeGuard) => Promise<void>, settings: LabSettings = {}): Promise<void> {
  return withLab(settings, (lab) => underGuard((guard) => work(lab, guard)));
}

/** Anna has been captured and the terminal is kept for her. */
function withAnna(
  work: (lab: Lab, guard: FakeGuard, anna: { id: string; faceURL?: string }) => Promise<void>,
  options: Partial<CaptureOptions> = HELD,
): Promise<void> {
  return guarded(async (lab, guard) => {
    await lab.create('1');
    await work(lab, guard, await lab.captureOf('Anna', options));
  });
}

/** How many requests the terminal was sent so far. */
function sentTo(lab: Lab): number {
  return Object.values(lab.simulator.counters.requests).reduce((sum, each) => sum + each, 0);
}

async function assertNotBound(lab: Lab, face: unknown, reason: string): Promise<void> {
  const failure = await failureOf(lab.bind('1', face));
  assert.deepEqual([failure.code, failure.reason, failure.cause.terminal], ['NOT_OWNER', reason, 'Lobby']);
  assert.deepEqual([lab.bound, lab.requests('face')], [[], 0]);
}

describe('a capture where several Node-REDs share a terminal', () => {
  it('asks for the right to this very unit, and keeps it until the face is bound', () =>
    withAnna(async (lab, guard, anna) => {
      assert.deepEqual([guard.last.serial, guard.releases], [lab.simulator.serialNumber, [0]]);
      await lab.bind('1', anna);
      assert.deepEqual([lab.bound, guard.releases], [['1=Anna'], [0]]);
      lab.terminal.enrolment.releaseCapture(anna.id);
      assert.deepEqual(guard.releases, [1]);
    }));

  it('asks each time which unit it is', () =>
    guarded(async (lab, guard) => {
      await lab.captureOf('Anna');
      lab.simulator.replace('ANOTHER-1');
      await lab.captureOf('Boris');
      assert.deepEqual(guard.last.serial, 'ANOTHER-1');
    }));

  it('asks nobody and nothing more without a guard', () =>
    withLab({}, async (lab) => {
      await lab.captureOf('Anna');
      assert.equal(lab.requests('information'), 0);
    }));

  describe('gives the right back exactly once', () => {
    it('after a capture that is not held', () =>
      withAnna((_lab, guard) => {
        assert.deepEqual(guard.releases, [1]);
        return Promise.resolve();
      }, {}));

    it('when nobody came', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          const outcome = await clock.until(lab.capture(HELD));
          assert.ok(!outcome.captured);
          await clock.until(lab.capture({ signal: AbortSignal.abort(new CaptureGivenUp('cancelled')) }));
          assert.deepEqual(guard.releases, [1]);
        }),
      ));

    it('when the time for which the terminal is kept has passed', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          lab.simulator.present('Anna');
          await clock.until(lab.capture(HELD));
          clock.pass(59_999);
          assert.deepEqual(guard.releases, [0]);
          clock.pass(1);
          assert.deepEqual(guard.releases, [1]);
          lab.terminal.enrolment.releaseOwner(lab.owner);
          assert.deepEqual(guard.releases, [1]);
        }),
      ));

    it('when its owner gives it up', () =>
      withAnna((lab, guard, { id }) => {
        lab.terminal.enrolment.releaseOwner(lab.owner);
        lab.terminal.enrolment.releaseCapture(id);
        assert.deepEqual(guard.releases, [1]);
        return Promise.resolve();
      }));

    it('when the capture is cancelled, and only when the terminal has ended it', () =>
      guarded(async (lab, guard) => {
        const cancel = new AbortController();
        const started = lab.next('capture started');
        const capturing = lab.capture({ ...HELD, signal: cancel.signal });
        await started;
        cancel.abort(new CaptureGivenUp('cancelled'));
        assert.deepEqual(guard.releases, [0]);
        assert.ok(!(await capturing).captured);
        await lab.until(() => lab.events.some(({ event }) => event === CANCEL));
        (await lab.terminal.enrolment.takeLease({ owner: {}, limit: 1, signal: new AbortController().signal })).end();
        assert.deepEqual(guard.releases, [1]);
      }));

    it('when the capture failed', () =>
      guarded(async (lab, guard) => {
        lab.simulator.fault({ kind: 'status', at: 'capture', code: { statusCode: 4, subStatusCode: 'notSupport' } });
        assert.equal((await failureOf(lab.capture(HELD))).code, 'notSupport');
        (await lab.terminal.enrolment.takeLease({ owner: {}, limit: 1, signal: new AbortController().signal })).end();
        assert.deepEqual(guard.releases, [1]);
      }));

    it('when the terminal is closed, after the time in which the capture may go on', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          lab.simulator.fault({ kind: 'timeout', at: 'capture' });
          const faulty = lab.next('fault');
          const capturing = failureOf(lab.capture(HELD));
          await clock.until(faulty);
          await clock.until(lab.terminal.close());
          assert.equal((await capturing).code, 'CANCELLED');
          await clock.rest();
          assert.deepEqual(guard.releases, [0]);
          clock.pass(10_000);
          assert.deepEqual(guard.releases, [1]);
        }),
      ));

    it('when it was lost', () =>
      withAnna(async (lab, guard, anna) => {
        guard.last.lose();
        assert.deepEqual(guard.releases, [1]);
        await assertNotBound(lab, anna, 'ownershipLost');
        assert.deepEqual(guard.releases, [1]);
      }));

    it('never before a bind that is on its way has been answered', () =>
      withAnna(async (lab, guard, anna) => {
        lab.simulator.fault({ kind: 'slow', at: 'face', seconds: 5 });
        const taken = lab.next('fault');
        const binding = lab.bind('1', anna);
        await taken;
        lab.terminal.enrolment.releaseOwner(lab.owner);
        assert.deepEqual(guard.releases, [0]);
        await binding;
        assert.deepEqual([lab.bound, guard.releases], [['1=Anna'], [1]]);
      }));

    it('never while a bind that was left unanswered may be at work', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          await clock.until(lab.create('1'));
          lab.simulator.present('Anna');
          const outcome = await clock.until(lab.capture(HELD));
          lab.simulator.fault({ kind: 'timeout', at: 'face' });
          assert.equal((await clock.until(failureOf(lab.bind('1', outcome.capture)))).code, 'TIMEOUT');
          lab.terminal.enrolment.releaseOwner(lab.owner);
          clock.pass(9999);
          assert.deepEqual(guard.releases, [0]);
          clock.pass(1);
          assert.deepEqual(guard.releases, [1]);
        }),
      ));
  });

  describe('ends with NOT_OWNER', () => {
    it('when the right is lost while the terminal captures, and the terminal is sent nothing more', () =>
      guarded(async (lab, guard) => {
        const started = lab.next('capture started');
        const capturing = failureOf(lab.capture(HELD));
        await started;
        guard.last.lose();
        const failure = await capturing;
        assert.deepEqual([failure.code, failure.reason, failure.cause.retryable], ['NOT_OWNER', 'ownershipLost', true]);
        assert.equal(failure.cause.operation, 'capture face');
        const sent = sentTo(lab);
        lab.simulator.present('Boris');
        await lab.until(() => lab.captured.length > 0);
        (await lab.terminal.enrolment.takeLease({ owner: {}, limit: 1, signal: new AbortController().signal })).end();
        assert.deepEqual([sentTo(lab), guard.releases], [sent, [1]]);
      }));

    it('at the moment of sending, where the process has not heard of it', () =>
      guarded(async (lab, guard) => {
        guard.give = (hold) => void (hold.isLostUnheard = true);
        assert.equal((await failureOf(lab.capture(HELD))).code, 'NOT_OWNER');
        assert.deepEqual([lab.requests('capture'), guard.releases], [0, [1]]);
      }));

    it('where nobody can say who may, and the next one may ask again', () =>
      guarded(async (lab, guard) => {
        guard.give = () => {
          throw HikvisionError.of('ownershipUnknown', { retryable: true, delivery: 'unsent' });
        };
        assert.equal((await failureOf(lab.capture(HELD))).reason, 'ownershipUnknown');
        guard.give = () => undefined;
        await lab.captureOf('Anna');
        assert.equal(lab.requests('capture'), 1);
      }));

    it('where the terminal tells no serial number', () =>
      guarded(
        async (lab, guard) => {
          const failure = await failureOf(lab.capture(HELD));
          assert.deepEqual([failure.code, failure.reason], ['NOT_OWNER', 'noSerialNumber']);
          assert.deepEqual([lab.requests('capture'), guard.holds.length], [0, 0]);
        },
        { simulator: { serialNumber: ' ' } },
      ));

    it('of a raw request too', () =>
      guarded(async (lab, guard) => {
        const { method, path, body } = captureCall('url', false);
        const asked = { method, path, body, bodyType: 'xml', owner: {} } as const;
        const started = lab.next('capture started');
        const capturing = failureOf(rawRequest(lab.terminal, { ...asked, signal: new AbortController().signal }));
        await started;
        guard.last.lose();
        assert.equal((await capturing).code, 'NOT_OWNER');
        assert.deepEqual(guard.releases, [1]);
      }));
  });

  describe('is not bound by its URL', () => {
    it('when the right was lost since, although it is the newest', () =>
      withAnna(async (lab, guard, anna) => {
        guard.last.lose();
        assert.equal(lab.terminal.enrolment.isReservedFor(anna.id), false);
        await assertNotBound(lab, anna, 'ownershipLost');
        await assertNotBound(lab, anna.faceURL, 'ownershipLost');
      }));

    it('when the process has not heard that it was lost', () =>
      withAnna(async (lab, guard, anna) => {
        guard.last.isLostUnheard = true;
        await assertNotBound(lab, anna, 'ownershipLost');
        assert.deepEqual(guard.releases, [1]);
      }));

    it('when it is lost while the bind waits for its turn', () =>
      withAnna(async (lab, guard, anna) => {
        lab.simulator.fault({ kind: 'slow', at: 'search', seconds: 5 });
        const taken = lab.next('fault');
        const ahead = lab.create('2', 'keep');
        const looking = rawRequest(lab.terminal, {
          ...{ method: 'POST', path: '/ISAPI/AccessControl/UserInfo/Search?format=json', bodyType: 'json', owner: {} },
          body: { UserInfoSearchCond: { searchID: '1', maxResults: 1, searchResultPosition: 0 } },
          signal: new AbortController().signal,
        });
        const binding = failureOf(lab.bind('1', anna));
        await taken;
        guard.last.lose();
        await Promise.all([ahead, looking]);
        assert.equal((await binding).code, 'NOT_OWNER');
        assert.deepEqual(lab.bound, []);
      }));

    it('when the right was given back since', () =>
      withAnna(async (lab, _guard, anna) => {
        lab.terminal.enrolment.releaseOwner(lab.owner);
        await assertNotBound(lab, anna, 'holdEnded');
      }));

    it('when it was made before there was a guard', () =>
      withLab({}, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna', HELD);
        await underGuard(() => assertNotBound(lab, anna, 'holdEnded'));
        await lab.bind('1', anna);
      }));
  });

  it('that carries its picture is not bound after a loss, and is after the right was given back', () =>
    guarded(async (lab, guard) => {
      await lab.create('1');
      const first = await lab.captureOf('Anna', { ...HELD, dataType: 'auto' });
      assert.equal(first.dataType, 'binary');
      guard.last.lose();
      await assertNotBound(lab, first, 'ownershipLost');
      const second = await lab.captureOf('Boris', { dataType: 'auto' });
      await lab.bind('1', second);
      assert.deepEqual(lab.bound, ['1=Boris']);
    }, TAKES_PICTURES));

  it('takes the picture itself where the terminal offers both, but not without a guard', () =>
    withLab(TAKES_PICTURES, async (lab) => {
      assert.equal((await lab.captureOf('Anna', { dataType: 'auto' })).dataType, 'url');
      await underGuard(async () => {
        assert.equal((await lab.captureOf('Boris', { dataType: 'auto' })).dataType, 'binary');
      });
    }));

  describe('after a takeover', () => {
    // Long enough captures that the former one still runs when it is to be ended.
    it('first ends what the former owner may have left running', () =>
      guarded(
        async (lab, guard) => {
          guard.give = (hold) => void (hold.takenOver = true);
          const former = lab.connect();
          const running = lab.next('capture started');
          const left = former.call(captureCall('url', false));
          await running;
          const ended = lab.next(CANCEL).then(() => lab.simulator.present('Anna', { stays: true }));
          assert.ok((await lab.capture()).captured);
          await Promise.allSettled([left, ended]);
          const captures = lab.events.map(({ event }) => event).filter((event) => event.startsWith('capture'));
          assert.deepEqual(captures.slice(0, 3), ['capture started', CANCEL, 'capture started']);
        },
        { simulator: { timeScale: 0.5 } },
      ));

    it('waits until nothing of the former owner can be at work, and says so', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          const startsAt = Date.now() + 65_000;
          guard.give = (hold) => void Object.assign(hold, { takenOver: true, quietUntil: startsAt });
          const waits: string[] = [];
          let startedAt = 0;
          lab.simulator.on('event', ({ event }) => {
            if (event === 'capture started') startedAt = Date.now();
          });
          lab.simulator.present('Anna', { stays: true });
          const outcome = await clock.until(lab.capture({ deadlineMs: 5000, onWait: (reason) => waits.push(reason) }));
          assert.ok(outcome.captured);
          assert.ok(startedAt >= startsAt, `started ${startsAt - startedAt} ms too early`);
          assert.deepEqual(waits, ['elsewhere', 'settling']);
        }),
      ));

    it('goes on where what was left cannot be ended', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          guard.give = (hold) => void (hold.takenOver = true);
          lab.simulator.fault({ kind: 'status', at: 'capture', code: { statusCode: 3, subStatusCode: 'deviceError' } });
          lab.simulator.present('Anna', { stays: true });
          assert.ok((await clock.until(lab.capture())).captured);
          assert.equal(lab.requests('capture') >= 2, true);
        }),
      ));

    it('gives the terminal back while it waits, so that whoever writes to it need not, and then takes it again', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          const startsAt = Date.now() + 65_000;
          guard.give = (hold) => void (hold.quietUntil = startsAt);
          const held: number[][] = [];
          lab.simulator.on('event', ({ event }) => event === 'capture started' && held.push(guard.releases));
          lab.simulator.present('Anna', { stays: true });
          assert.ok((await clock.until(lab.capture())).captured);
          assert.deepEqual(held[0], [1, 0]);
        }),
      ));

    it('is no concern of a right that is lost while it waits', () =>
      withClock((clock) =>
        guarded(async (lab, guard) => {
          const startsAt = Date.now() + 65_000;
          guard.give = (hold) => void (hold.quietUntil = startsAt);
          lab.simulator.present('Anna', { stays: true });
          const capturing = lab.capture({ onWait: (reason) => reason === 'settling' && guard.last.lose() });
          assert.ok((await clock.until(capturing)).captured);
        }),
      ));
  });
});
