import { strict as assert } from 'node:assert';

import { TerminalClock } from '../../../../../core/isapi/events/meaning/terminal-clock.js';

/** 08:15:30 in Moscow. */
const NOW = Date.UTC(2026, 1, 3, 5, 15, 30);
const HOUR = 3_600_000;

/** A clock whose answer was given at NOW. */
function clock(localTime: string, timeZone: string, now = NOW): TerminalClock {
  const made = new TerminalClock();
  assert.ok(made.set({ localTime, timeZone }, now));
  return made;
}

function moscow(): TerminalClock {
  return clock('2026-02-03T08:15:30', 'CST-3:00:00');
}

function live(of: TerminalClock, deviceTime: string, receivedAt = NOW): number {
  return of.instantOf(deviceTime, receivedAt, true);
}

function old(of: TerminalClock, deviceTime: string, receivedAt = NOW): number {
  return of.instantOf(deviceTime, receivedAt, false);
}

describe("a terminal's times", () => {
  it('reads a zone with the sign of POSIX: CST-3:00:00 is three hours east', () => {
    assert.equal(moscow().seconds, 0);
    assert.equal(old(moscow(), '2026-02-03T08:00:00'), NOW - 930_000);
    assert.equal(clock('2026-02-03T00:15:30', 'EST5:00:00').seconds, 0);
    assert.equal(clock('2026-02-03T08:15:30', '<+03>-3:00:00').seconds, 0);
    assert.equal(clock('2026-02-03T08:15:30', 'UTC-3').seconds, 0);
  });

  it('believes an offset that is right', () => {
    assert.equal(old(moscow(), '2026-02-03T08:15:30+03:00'), NOW);
    assert.equal(old(moscow(), '2026-02-03T08:15:30.250+0300'), NOW + 250);
    assert.equal(old(moscow(), '2026-02-03T05:15:30Z'), NOW);
  });

  it('takes away what the clock is wrong by (DS-K1T342EFWX: 92 s late)', () => {
    const late = clock('2026-02-03T08:13:58+03:00', 'CST-3:00:00');
    assert.ok(Math.abs(late.seconds + 92) <= 1, String(late.seconds));
    assert.ok(Math.abs(live(late, '2026-02-03T08:13:58+03:00') - NOW) <= 1000);
    // What whole seconds and the way there and back explain is no error.
    assert.equal(clock('2026-02-03T08:15:28+03:00', 'CST-3:00:00').seconds, 0);
  });

  it('takes the factory zone +08:00 for what it is, where the clock itself is set by it (DS-K1T344MX)', () => {
    const factory = clock('2026-02-03T08:15:30+08:00', 'CST-8:00:00');
    assert.ok(Math.abs(factory.seconds + 5 * 3600) <= 1, String(factory.seconds));
    assert.ok(Math.abs(live(factory, '2026-02-03T08:15:30+08:00') - NOW) <= 1000);
  });

  it('learns from an event that has just happened that +08:00 is only written', () => {
    const wrong = moscow();
    assert.equal(old(wrong, '2026-02-03T08:15:30+08:00'), NOW - 5 * HOUR);
    assert.equal(live(wrong, '2026-02-03T08:15:20+08:00'), NOW - 10_000);
    assert.equal(old(wrong, '2026-02-03T08:15:30+08:00'), NOW);
    // And believes it again once it is right.
    assert.equal(live(wrong, '2026-02-03T13:15:30+08:00'), NOW);
    assert.equal(old(wrong, '2026-02-03T13:15:30+08:00'), NOW);
  });

  it('learns that +00:00 is local time, or that it is not', () => {
    const local = moscow();
    assert.equal(live(local, '2026-02-03T08:15:30+00:00'), NOW);
    assert.equal(old(local, '2026-02-03T07:15:30+00:00'), NOW - HOUR);
    const utc = moscow();
    assert.equal(live(utc, '2026-02-03T05:15:30+00:00'), NOW);
    assert.equal(old(utc, '2026-02-03T04:15:30+00:00'), NOW - HOUR);
  });

  it('sees by the answer of System/time alone that +00:00 is local time', () => {
    const local = clock('2026-02-03T08:15:30+00:00', 'CST-3:00:00');
    assert.equal(local.seconds, 0);
    assert.equal(old(local, '2026-02-03T07:15:30+00:00'), NOW - HOUR);
  });

  it('takes no offset for one that puts an event into the future, where there is another way', () => {
    assert.equal(old(moscow(), '2026-02-03T08:15:30+00:00'), NOW);
  });

  it('takes -00:00 for an offset that is not known, and learns otherwise', () => {
    const unknown = moscow();
    assert.equal(old(unknown, '2026-02-03T07:15:30-00:00'), NOW - HOUR);
    assert.equal(live(unknown, '2026-02-03T05:15:30-00:00'), NOW);
    assert.equal(old(unknown, '2026-02-03T04:15:30-00:00'), NOW - HOUR);
  });

  it('knows the summer time of a zone, in the north and in the south', () => {
    const berlin = 'CET-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00';
    const winter = clock('2026-02-03T06:15:30', berlin);
    assert.equal(winter.seconds, 0);
    assert.equal(old(winter, '2026-07-01T12:00:00', Infinity), Date.UTC(2026, 6, 1, 10));
    assert.equal(old(winter, '2026-03-29T03:00:00', Infinity), Date.UTC(2026, 2, 29, 1));
    assert.equal(old(winter, '2026-10-25T03:00:00', Infinity), Date.UTC(2026, 9, 25, 2));
    assert.equal(old(winter, '2026-07-01T12:00:00+02:00', Infinity), Date.UTC(2026, 6, 1, 10));
    const south = clock('2026-02-03T16:15:30', 'AEST-10:00:00DST01:00:00,M10.1.0/02:00:00,M4.1.0/03:00:00');
    assert.equal(south.seconds, 0);
    assert.equal(old(south, '2026-07-01T12:00:00', Infinity), Date.UTC(2026, 6, 1, 2));
  });

  it('guesses the zone from an event that has just happened, where System/time does not name it', () => {
    const nameless = new TerminalClock();
    assert.equal(nameless.set({}, NOW), false);
    assert.equal(live(nameless, '2026-02-03T08:15:20'), NOW - 10_000);
    assert.equal(old(nameless, '2026-02-03T07:15:30'), NOW - HOUR);
  });

  it('never throws and never makes old events new: 1970, nonsense, nothing', () => {
    for (const text of ['', 'never', '1970-01-01T00:03:20+08:00', '2026-02-30T25:61:00', '0000-00-00T00:00:00']) {
      assert.equal(live(moscow(), text), NOW, text);
      assert.ok(old(moscow(), text) < Date.UTC(1971, 0, 1), text);
    }
    const far = old(moscow(), '9999-12-31T23:59:59-14:00');
    assert.ok(!Number.isNaN(new Date(far).getTime()));
  });

  it('is right even with a clock in 1970, as long as it stays there', () => {
    const unset = clock('1970-01-01T08:03:20+08:00', 'CST-8:00:00');
    assert.ok(Math.abs(old(unset, '1970-01-01T08:03:00+08:00') - (NOW - 20_000)) <= 1000);
  });

  it('says by how much an event that has just happened strays (DS-K1T342MWX: back 12 h)', () => {
    assert.equal(moscow().strayOf('2026-02-02T20:15:30+03:00', NOW), -12 * 3600);
    assert.equal(moscow().strayOf('2026-02-03T08:15:20+03:00', NOW), -10);
    assert.equal(moscow().strayOf('?', NOW), undefined);
  });
});
