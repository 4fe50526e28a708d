import assert from 'node:assert/strict';

import { placeOf, Progress } from '../../../../core/isapi/events/cursor/progress.js';
import type { EventLog, LogPart } from '../../../../core/isapi/events/log/event-log.js';
import type { LogRecord } from '../../../../core/isapi/events/options.js';
import { Follower, OtherUnit, type FollowerOptions } from '../../../../core/isapi/events/reading/follower.js';
import { inNoTime } from '../../../harness/clock.js';

/** The former count, and the one that begins in the middle of a look. */
const [BEFORE, AFTER] = ['2026-02-03T08:15:30+03:00', '2026-02-03T09:00:00+03:00'];

function record(serial: number, time: string): LogRecord {
  return { serial, major: 5, minor: 75, time, raw: {} };
}

/** A follower that has read up to 19, whose unit is exchanged once a search has been answered. */
function exchanged(part: LogPart): { follower: Follower; given: LogRecord[] } {
  const given: LogRecord[] = [];
  const log = {
    readFrom: () => Promise.resolve(part),
    at: (serial: number) => Promise.resolve(record(serial, AFTER)),
  } as unknown as EventLog;
  const take = (records: readonly LogRecord[]): Promise<void> => Promise.resolve(void given.push(...records));
  const options = { log, delivery: { deliver: take, replay: take }, isSameUnit: () => Promise.resolve(false) };
  const { signal } = new AbortController();
  const progress = Progress.from('DS-1', 1, placeOf(record(19, BEFORE)));
  return { follower: new Follower({ ...options, signal } as unknown as FollowerOptions, progress), given };
}

describe('a unit that is exchanged in the middle of a look at its log', () => {
  it('is noticed where one look is several searches, before anything of the other one is delivered', () =>
    inNoTime(async () => {
      const records = [record(19, BEFORE), record(20, AFTER)];
      const { follower, given } = exchanged({ records, upTo: 20, isSplit: true });
      await assert.rejects(follower.read(), OtherUnit);
      assert.deepEqual(given, []);
    }));

  it('is noticed while events are sent again', () =>
    inNoTime(async () => {
      const { follower, given } = exchanged({ records: [record(7, AFTER)], upTo: 19 });
      await assert.rejects(follower.replay(7), OtherUnit);
      assert.deepEqual(given, []);
    }));
});
