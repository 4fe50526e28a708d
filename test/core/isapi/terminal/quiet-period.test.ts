import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import type { DataType } from '../../../../core/isapi/protocol/capture-reply.js';
import type { CaptureLease } from '../../../../core/isapi/terminal/capture-lease.js';
import { Enrolment, type WaitReason } from '../../../../core/isapi/terminal/enrolment.js';
import { SharedHold } from '../../../../core/isapi/terminal/guarding/shared-hold.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { withClock, type Clock } from '../../../harness/clock.js';
import { failureOf } from '../../../harness/failure-of.js';
import { FakeHold, underGuard } from '../../../harness/fake-guard.js';

const NEVER = new AbortController().signal;

/** Those who want to capture, and what became of them. */
class Queue {
  /** Who had the terminal, in order. */
  readonly turns: string[] = [];
  /** What each was told while waiting. */
  readonly told: string[] = [];

  constructor(private readonly enrolment: Enrolment) {}

  /** Asks for the terminal, and gives it back at once. */
  async join(name: string, signal = NEVER): Promise<void> {
    const onWait = (reason: WaitReason, position: number): void =>
      void this.told.push(`${name}: ${reason} ${position}`);
    const mine = await this.enrolment.takeLease({ owner: {}, limit: 10, signal, onWait });
    this.turns.push(name);
    mine.end();
  }
}

function lease(enrolment: Enrolment): Promise<CaptureLease> {
  return enrolment.takeLease({ owner: {}, limit: 10, signal: NEVER });
}

/** For how long (milliseconds) a capture of this kind has to wait before it starts. */
async function waitOf(dataType: DataType, enrolment: Enrolment, clock: Clock): Promise<number> {
  const since = Date.now();
  const mine = await clock.until(lease(enrolment));
  await clock.until(mine.startCapture(dataType, 0, NEVER));
  mine.end();
  return Date.now() - since;
}

describe('a quiet period after a bind that was left unanswered', () => {
  it('lets nobody capture, and those who wait proceed by themselves when it is over, in order', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const queue = new Queue(enrolment);
      enrolment.beginQuietPeriod('any', 20_000);
      void queue.join('Anna');
      void queue.join('Boris');
      clock.pass(19_999);
      await clock.rest();
      assert.deepEqual([queue.turns, queue.told], [[], ['Anna: quiet 1', 'Boris: quiet 2']]);
      clock.pass(1000);
      await clock.rest();
      assert.deepEqual([queue.turns, enrolment.waitingCount], [['Anna', 'Boris'], 0]);
    }));

  it('that begins while the bind is under way is waited for once the bind has ended', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const queue = new Queue(enrolment);
      let finish = (): void => undefined;
      const bind = enrolment.bind(enrolment.generation, () => new Promise<void>((resolve) => (finish = resolve)));
      void queue.join('Anna');
      enrolment.beginQuietPeriod('any', 20_000);
      finish();
      await bind;
      assert.deepEqual([queue.turns, queue.told], [[], ['Anna: binding 1', 'Anna: quiet 1']]);
      clock.pass(21_000);
      await clock.rest();
      assert.deepEqual(queue.turns, ['Anna']);
    }));

  it('that is made longer meanwhile is waited for to its new end', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const queue = new Queue(enrolment);
      enrolment.beginQuietPeriod('any', 20_000);
      void queue.join('Anna');
      enrolment.beginQuietPeriod('any', 40_000);
      enrolment.beginQuietPeriod('any', 10_000);
      clock.pass(39_999);
      await clock.rest();
      assert.deepEqual(queue.turns, []);
      clock.pass(1000);
      await clock.rest();
      assert.deepEqual(queue.turns, ['Anna']);
    }));

  it('is left by whoever gives up, and the next one moves up', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const queue = new Queue(enrolment);
      const giveUp = new AbortController();
      enrolment.beginQuietPeriod('any', 20_000);
      const first = queue.join('Anna', giveUp.signal);
      void queue.join('Boris');
      const reason = new Error('given up');
      giveUp.abort(reason);
      await assert.rejects(first, reason);
      assert.deepEqual(queue.told, ['Anna: quiet 1', 'Boris: quiet 2', 'Boris: quiet 1']);
      clock.pass(21_000);
      await clock.rest();
      assert.deepEqual(queue.turns, ['Boris']);
    }));

  it('whoever comes when it has just ended does not overtake those who waited', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const queue = new Queue(enrolment);
      enrolment.beginQuietPeriod('any', 20_000);
      void queue.join('Anna');
      // It is over; those who wait hear of it a millisecond later.
      clock.pass(20_000);
      void queue.join('Boris');
      await clock.rest();
      assert.deepEqual(queue.turns, ['Anna', 'Boris']);
      assert.deepEqual(queue.told.slice(1), ['Anna: capturing 1', 'Boris: capturing 2', 'Boris: capturing 1']);
    }));

  it('holds captures of both kinds, also one that has the terminal already', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      for (const dataType of ['url', 'binary'] as const) {
        enrolment.beginQuietPeriod('any', 20_000);
        assert.ok((await waitOf(dataType, enrolment, clock)) >= 20_000, dataType);
        const mine = await lease(enrolment);
        const since = Date.now();
        enrolment.beginQuietPeriod('any', 20_000);
        await clock.until(mine.startCapture(dataType, 0, NEVER));
        assert.ok(Date.now() - since >= 20_000, dataType);
        mine.end();
      }
    }));
});

describe('a quiet period after a capture that was abandoned', () => {
  it('holds the next capture by URL for three windows of the model known where none was seen', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      enrolment.abandonCapture();
      assert.equal(await waitOf('url', enrolment, clock), 10_000);
    }));

  for (const windows of [[3000], [3000, 2000], [2000, 3000]]) {
    it(`holds it for two windows and a second, of the longest that was seen (${windows.join(', ')} ms)`, () =>
      withClock(async (clock) => {
        const enrolment = new Enrolment();
        for (const ms of windows) enrolment.windowSeen(ms);
        enrolment.abandonCapture();
        assert.equal(await waitOf('url', enrolment, clock), 7000);
      }));
  }

  it('does not hold a capture that carries its picture', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      enrolment.abandonCapture();
      assert.equal(await waitOf('binary', enrolment, clock), 0);
      assert.ok(enrolment.quietMs > 0);
    }));

  it('is not made shorter by one that would end earlier', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      enrolment.abandonCapture();
      enrolment.windowSeen(1000);
      enrolment.abandonCapture();
      assert.equal(await waitOf('url', enrolment, clock), 10_000);
    }));
});

describe('no quiet period follows a bind by URL that is refused at the moment of sending', () => {
  /** What the failure was, and for how long (milliseconds) captures have to wait after it. */
  async function refusedBy(
    check: (terminal: Terminal) => void,
  ): Promise<[code: string, delivery: string, wait: number]> {
    const host = `${(hosts += 1)}.invalid`;
    const terminal = new Terminal({ ...terminalSettings({ protocol: 'http', host }), retries: 0 });
    const beforeSending = (): void => check(terminal);
    const call = { operation: 'bind', method: 'POST', path: '/ISAPI/a', policy: 'bindByURL', beforeSending } as const;
    try {
      const { code, delivery } = await failureOf(terminal.call(call));
      return [code, delivery, Math.max(0, terminal.enrolment.quietMs)];
    } finally {
      await terminal.close();
    }
  }
  let hosts = 0;

  it('since another capture has started', async () => {
    const outcome = await refusedBy(({ enrolment }) => enrolment.assertNewest(enrolment.generation - 1));
    assert.deepEqual(outcome, ['FACE_SUPERSEDED', 'unsent', 0]);
  });

  it('since its capture was made before there was a guard', () =>
    underGuard(async () => {
      const outcome = await refusedBy(({ enrolment }) => enrolment.assertNewest(enrolment.generation));
      assert.deepEqual(outcome, ['NOT_OWNER', 'unsent', 0]);
    }));

  it('since the right to the terminal was given back', async () => {
    const hold = new SharedHold(new FakeHold('T1'));
    hold.use()();
    assert.deepEqual(await refusedBy(() => hold.assertHeld()), ['NOT_OWNER', 'unsent', 0]);
  });

  it('since the right to the terminal was lost', async () => {
    const held = new FakeHold('T1');
    const hold = new SharedHold(held);
    held.lose();
    assert.deepEqual(await refusedBy(() => hold.assertHeld()), ['NOT_OWNER', 'unsent', 0]);
    assert.deepEqual(await refusedBy(() => hold.assertNotLost()), ['NOT_OWNER', 'unsent', 0]);
  });

  it('but one does where nobody can say whether it was sent', async () => {
    const [code, delivery, wait] = await refusedBy(() => {
      throw HikvisionError.of('noDocument');
    });
    assert.deepEqual([code, delivery, wait > 0], ['BAD_REPLY', 'unknown', true]);
  });
});
