import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { MissedEvents } from '../../../../core/artemis/events/calls/missed-events.js';
import type { Inbox } from '../../../../core/artemis/events/inbox/inbox.js';
import type { Gateway } from '../../../../core/artemis/gateway/gateway.js';

const DAY = 86_400_000;
const FACE = 196_893;

/** A gateway that has more records than are read at once; it fails in the second half of them. */
class HalfGateway {
  readonly settings = { product: 'hikcentral' };
  readonly clockAhead = 0;
  readonly asked: { startTime: string; endTime: string }[] = [];
  isDown = true;

  constructor(private readonly middle: number) {}

  call({ body }: { body: { startTime: string; endTime: string } }): Promise<unknown> {
    this.asked.push(body);
    const [from, to] = [Date.parse(body.startTime), Date.parse(body.endTime)];
    const isLate = from >= this.middle - 60_000;
    if (isLate && this.isDown) return Promise.reject(HikvisionError.of('unexpected', { params: { detail: 'down' } }));
    const total = from < this.middle - 60_000 && to > this.middle + 60_000 ? 3_000 : 0;
    return Promise.resolve({ data: { total, list: [] } });
  }
}

describe('the records of what was missed', () => {
  it('are read on from where a failure left them, not from the beginning', async () => {
    const now = Date.now();
    const since = now - 20 * DAY;
    const gateway = new HalfGateway(Math.floor((since + now) / 2));
    const standing = { begunAt: since, heardUntil: since, searchedUntil: since };
    const inbox = {
      standing,
      seen: { has: () => false, wasToldBetween: () => false, wasTold: () => false },
      stand: (what: Partial<typeof standing>) => Promise.resolve(void Object.assign(standing, what)),
    } as unknown as Inbox;
    const missed = new MissedEvents(gateway as unknown as Gateway, [FACE], () => undefined);
    const { signal } = new AbortController();
    await assert.rejects(missed.fill(inbox, signal));
    const middle = standing.searchedUntil;
    assert.ok(Math.abs(middle - (since + 10 * DAY)) < 3_600_000);
    gateway.isDown = false;
    gateway.asked.length = 0;
    await missed.fill(inbox, signal);
    assert.ok(gateway.asked.every(({ startTime }) => Date.parse(startTime) > middle - 3_600_000));
    assert.ok(standing.searchedUntil > now - DAY);
  });
});
