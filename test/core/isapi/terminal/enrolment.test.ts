import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CaptureGivenUp } from '../../../../core/isapi/operations/capture/capture.js';
import type { CaptureLease } from '../../../../core/isapi/terminal/capture-lease.js';
import { Enrolment, type WaitReason } from '../../../../core/isapi/terminal/enrolment.js';
import { SharedHold } from '../../../../core/isapi/terminal/guarding/shared-hold.js';
import { withClock } from '../../../harness/clock.js';
import { FakeHold } from '../../../harness/fake-guard.js';
import { withLab } from '../../../harness/proof/lab.js';

const NEVER = new AbortController().signal;
const nothing = (): void => undefined;

function lease(
  enrolment: Enrolment,
  owner: object = {},
  onWait?: (reason: WaitReason, position: number) => void,
): Promise<CaptureLease> {
  return enrolment.takeLease({ owner, limit: 10, signal: NEVER, onWait });
}

/** One capture by itself, held for `holdMs`. */
async function captured(enrolment: Enrolment, faceURL: string, holdMs = 0, owner: object = {}): Promise<string> {
  const mine = await lease(enrolment, owner);
  await mine.startCapture('url', 0, NEVER);
  const { id } = mine.noteCaptured(faceURL);
  if (holdMs > 0) mine.hold(id, holdMs);
  mine.end();
  return id;
}

describe('the enrolment picture and who may touch it', () => {
  it('gives leases in the order in which they were asked for', async () => {
    const enrolment = new Enrolment();
    const order: number[] = [];
    const first = await lease(enrolment);
    const others = [1, 2, 3].map(async (number) => {
      const mine = await lease(enrolment);
      order.push(number);
      mine.end();
    });
    first.end();
    await Promise.all(others);
    assert.deepEqual(order, [1, 2, 3]);
    assert.equal(enrolment.waitingCount, 0);
  });

  it('says why a capture waits and how many are before it', async () => {
    const enrolment = new Enrolment();
    const told: string[] = [];
    const id = await captured(enrolment, '/a', 60_000);
    const waiting = lease(enrolment, {}, (reason, ahead) => told.push(`${reason} ${ahead}`));
    const second = lease(enrolment, {}, (reason, ahead) => told.push(`second: ${reason} ${ahead}`));
    assert.deepEqual([...new Set(told)], ['reserved 1', 'second: reserved 2']);
    enrolment.releaseCapture(id);
    (await waiting).end();
    (await second).end();
    assert.ok(told.includes('second: capturing 1'));
  });

  it('refuses one more than may wait with QUEUE_FULL', async () => {
    const enrolment = new Enrolment();
    const first = await enrolment.takeLease({ owner: {}, limit: 1, signal: NEVER });
    const second = enrolment.takeLease({ owner: {}, limit: 1, signal: NEVER });
    await assert.rejects(enrolment.takeLease({ owner: {}, limit: 1, signal: NEVER }), { code: 'QUEUE_FULL' });
    first.end();
    (await second).end();
  });

  it('lets a capture that waits be given up, and the next one moves up', async () => {
    const enrolment = new Enrolment();
    const first = await lease(enrolment);
    const giveUp = new AbortController();
    const second = enrolment.takeLease({ owner: {}, limit: 10, signal: giveUp.signal });
    const third = lease(enrolment);
    const reason = new Error('given up');
    giveUp.abort(reason);
    await assert.rejects(second, reason);
    first.end();
    (await third).end();
  });

  it('keeps the terminal for a capture until it is released', async () => {
    const enrolment = new Enrolment();
    const id = await captured(enrolment, '/a', 60_000);
    assert.ok(enrolment.isReservedFor(id));
    let granted = false;
    const next = lease(enrolment).then((mine) => {
      granted = true;
      mine.end();
    });
    await new Promise(setImmediate);
    assert.equal(granted, false);
    enrolment.releaseCapture('another capture');
    assert.ok(enrolment.isReservedFor(id));
    enrolment.releaseCapture(id);
    await next;
  });

  it('keeps it for holdTimeout at most', () =>
    withClock(async (clock) => {
      const enrolment = new Enrolment();
      const id = await captured(enrolment, '/a', 60_000);
      const next = lease(enrolment);
      clock.pass(59_999);
      assert.equal(enrolment.isReservedFor(id), true);
      clock.pass(1);
      (await next).end();
      assert.equal(enrolment.isReservedFor(id), false);
    }));

  it('is released by the owner of the reservation and by no other', async () => {
    const enrolment = new Enrolment();
    const owner = {};
    const id = await captured(enrolment, '/a', 60_000, owner);
    enrolment.releaseOwner({});
    assert.ok(enrolment.isReservedFor(id));
    enrolment.releaseOwner(owner);
    assert.equal(enrolment.isReservedFor(id), false);
  });

  it('raises the generation when a capture starts, not when it succeeds', async () => {
    const enrolment = new Enrolment();
    const id = await captured(enrolment, '/a');
    const { generation } = enrolment;
    assert.equal(enrolment.newestCapture({ id })?.generation, generation);
    const mine = await lease(enrolment);
    assert.equal(enrolment.generation, generation);
    await mine.startCapture('url', 0, NEVER);
    assert.equal(enrolment.generation, generation + 1);
    assert.equal(enrolment.newestCapture({ id }), undefined);
    await assert.rejects(
      enrolment.bind(generation, () => Promise.resolve()),
      { code: 'FACE_SUPERSEDED' },
    );
    mine.end();
  });

  it('lets no capture start while a bind by URL is in flight, and wakes it after', async () => {
    const enrolment = new Enrolment();
    await captured(enrolment, '/a');
    const mine = await lease(enrolment);
    const order: string[] = [];
    let finish = nothing;
    const bind = enrolment.bind(enrolment.generation, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('bound');
    });
    const start = mine.startCapture('url', 0, NEVER).then(() => order.push('started'));
    await new Promise(setImmediate);
    finish();
    await Promise.all([bind, start]);
    assert.deepEqual(order, ['bound', 'started']);
    mine.end();
  });

  it('gives nobody the terminal while a bind by URL is in flight, and says so', async () => {
    const enrolment = new Enrolment();
    await captured(enrolment, '/a');
    let finish = nothing;
    const bind = enrolment.bind(enrolment.generation, () => new Promise<void>((resolve) => (finish = resolve)));
    const told: string[] = [];
    const next = lease(enrolment, {}, (reason, position) => told.push(`${reason} ${position}`));
    assert.deepEqual([told, enrolment.waitingCount], [['binding 1'], 1]);
    finish();
    await bind;
    (await next).end();
  });

  it('knows its own captures, whatever came after them, from those of another terminal or an earlier start', async () => {
    const enrolment = new Enrolment();
    const earlier = new Enrolment();
    const first = await captured(enrolment, '/a');
    const second = await captured(enrolment, '/a');
    assert.deepEqual([enrolment.isOwnCapture(first), enrolment.isOwnCapture(second)], [true, true]);
    assert.notEqual(first, second);
    const others = [await captured(earlier, '/a'), await captured(earlier, '/a'), '', '-1'];
    assert.deepEqual(
      others.map((id) => enrolment.isOwnCapture(id)),
      [false, false, false, false],
    );
  });

  it('knows the URL of the previous capture again, counter included', async () => {
    const enrolment = new Enrolment();
    await captured(enrolment, 'https://terminal/LOCALS/pic/x.jpg@WEB000000000001');
    const mine = await lease(enrolment);
    assert.equal(mine.isRepeat('http://another.name:8080/LOCALS/pic/x.jpg@WEB000000000001'), true);
    assert.equal(mine.isRepeat('https://terminal/LOCALS/pic/x.jpg@WEB000000000002'), false);
    mine.end();
  });
});

describe('the right to a terminal that several processes share', () => {
  /** A lease under a right of its own. */
  async function guarded(enrolment: Enrolment): Promise<{ mine: CaptureLease; right: FakeHold }> {
    const mine = await lease(enrolment);
    const right = new FakeHold('T1');
    mine.guard(new SharedHold(right));
    return { mine, right };
  }

  it('that is lost while the capture is answered keeps the terminal for nobody', async () => {
    const enrolment = new Enrolment();
    const { mine, right } = await guarded(enrolment);
    await mine.startCapture('url', 0, NEVER);
    const { id } = mine.noteCaptured('/a');
    right.lose();
    mine.hold(id, 60_000);
    mine.end();
    assert.equal(enrolment.isReservedFor(id), false);
    (await lease(enrolment)).end();
    assert.equal(right.releases, 1);
  });

  it('tells of its loss to the capture that was made under it, and to no other', async () => {
    const enrolment = new Enrolment();
    assert.equal(enrolment.lossOf('of another terminal'), undefined);
    const first = await captured(enrolment, '/a');
    assert.equal(enrolment.lossOf(first), undefined);
    const { mine, right } = await guarded(enrolment);
    await mine.startCapture('url', 0, NEVER);
    const { id } = mine.noteCaptured('/a');
    mine.hold(id, 60_000);
    mine.end();
    right.lose();
    assert.equal(enrolment.lossOf(id)?.aborted, true);
    assert.equal(enrolment.lossOf(first), undefined);
  });

  it('that was lost for an earlier capture leaves the terminal to the one that it is kept for', async () => {
    const enrolment = new Enrolment();
    const earlier = await lease(enrolment);
    const right = new FakeHold('T1');
    const shared = new SharedHold(right);
    const letGo = shared.use();
    earlier.guard(shared);
    earlier.end();
    const { mine } = await guarded(enrolment);
    await mine.startCapture('url', 0, NEVER);
    const { id } = mine.noteCaptured('/a');
    mine.hold(id, 60_000);
    mine.end();
    right.lose();
    assert.equal(enrolment.isReservedFor(id), true);
    letGo();
    enrolment.releaseCapture(id);
  });
});

describe('a lease that has ended', () => {
  it('can do nothing any more, and does not end the next one', async () => {
    const enrolment = new Enrolment();
    const mine = await lease(enrolment);
    mine.end();
    const others = await lease(enrolment);
    mine.end();
    const { generation } = enrolment;
    await assert.rejects(mine.startCapture('url', 0, NEVER), /has ended/);
    assert.throws(() => mine.noteCaptured('/a'), /has ended/);
    assert.throws(() => mine.isRepeat('/a'), /has ended/);
    assert.throws(() => mine.hold('x', 60_000), /has ended/);
    assert.equal(enrolment.generation, generation);
    let isThirdTurn = false;
    const third = lease(enrolment).then((granted) => {
      isThirdTurn = true;
      granted.end();
    });
    await new Promise(setImmediate);
    assert.equal(isThirdTurn, false);
    others.end();
    await third;
  });

  it('while it waited for a bind starts no capture', async () => {
    const enrolment = new Enrolment();
    const mine = await lease(enrolment);
    const { generation } = enrolment;
    let finish = nothing;
    const bind = enrolment.bind(generation, () => new Promise<void>((resolve) => (finish = resolve)));
    const starting = assert.rejects(mine.startCapture('url', 0, NEVER), /has ended/);
    mine.end();
    finish();
    await Promise.all([bind, starting]);
    assert.equal(enrolment.generation, generation);
  });
});

describe('twenty people at once on one terminal', function () {
  this.timeout(20_000);
  const PEOPLE = Array.from({ length: 20 }, (_person, index) => `face-${index}`);

  it('with hold end with twenty right faces, in order', () =>
    withLab({}, async (lab) => {
      for (const face of PEOPLE) lab.simulator.present(face);
      await Promise.all(
        PEOPLE.map(async (_face, index) => {
          const outcome = await lab.capture({ holdMs: 10_000 });
          assert.ok(outcome.captured);
          await lab.create(`p${index}`);
          await lab.bind(`p${index}`, outcome.capture, { verify: true });
          lab.terminal.enrolment.releaseCapture(outcome.capture.id);
        }),
      );
      assert.deepEqual(
        lab.bound,
        PEOPLE.map((face, index) => `p${index}=${face}`),
      );
    }));

  it('without hold get their own face or FACE_SUPERSEDED', () =>
    withLab({}, async (lab) => {
      for (const face of PEOPLE) lab.simulator.present(face);
      const outcomes = await Promise.all(
        PEOPLE.map(async (face, index) => {
          const outcome = await lab.capture();
          assert.ok(outcome.captured);
          await lab.create(`p${index}`);
          return lab.bind(`p${index}`, outcome.capture).then(
            () => `p${index}=${face}`,
            (error: unknown) => (error as { code: string }).code,
          );
        }),
      );
      assert.ok(outcomes.includes('FACE_SUPERSEDED'));
      assert.deepEqual(
        lab.bound,
        outcomes.filter((outcome) => outcome !== 'FACE_SUPERSEDED'),
      );
      assert.ok(lab.bound.length > 0);
    }));
});

describe('a reservation', () => {
  it('that holdTimeout has ended leaves the late message with FACE_SUPERSEDED, not with another face', () =>
    withClock((clock) =>
      withLab({}, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna', { holdMs: 60_000 });
        await clock.until(lab.captureOf('Boris'));
        await assert.rejects(lab.bind('1', anna), { code: 'FACE_SUPERSEDED' });
        assert.deepEqual(lab.bound, []);
      }),
    ));

  it('holds over every connection to the same terminal', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      const anna = await lab.captureOf('Anna', { holdMs: 10_000 });
      const reasons: string[] = [];
      const second = lab.capture({ onWait: (reason) => reasons.push(reason) }, lab.connect());
      assert.deepEqual([...new Set(reasons)], ['reserved']);
      await lab.bind('1', anna);
      lab.simulator.present('Boris');
      lab.terminal.enrolment.releaseCapture(anna.id);
      assert.ok((await second).captured);
      assert.deepEqual(lab.captured, ['Anna', 'Boris']);
    }));

  it('survives the connection: what a redeploy left is still known from a newer face', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      const anna = await lab.captureOf('Anna');
      await lab.terminal.close();
      const after = lab.connect();
      await lab.captureOf('Boris', {}, after);
      await assert.rejects(lab.bind('1', anna, {}, after), { code: 'FACE_SUPERSEDED' });
    }));

  it('a message that waits can be cancelled and leaves as cancelled', () =>
    withLab({}, async (lab) => {
      await lab.captureOf('Anna', { holdMs: 10_000 });
      const reset = new AbortController();
      const second = lab.capture({ signal: reset.signal });
      reset.abort(new CaptureGivenUp('cancelled'));
      assert.deepEqual(await second, {
        captured: false,
        capture: { terminal: 'Lobby', attempts: 0, progress: 0, reason: 'cancelled' },
      });
      assert.equal(lab.terminal.enrolment.waitingCount, 0);
    }));
});
