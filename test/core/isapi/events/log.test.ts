import assert from 'node:assert/strict';

import { newestOf, oldestOf } from '../../../../core/isapi/events/log/bounds.js';
import { describeDialect, type Dialect } from '../../../../core/isapi/events/log/dialect.js';
import { EventLog } from '../../../../core/isapi/events/log/event-log.js';
import { negotiate } from '../../../../core/isapi/events/log/negotiation.js';
import { ScriptedLog, type LogQuirks } from '../../../harness/events/scripted-log.js';
import { WatchLab } from '../../../harness/events/watch-lab.js';

const { signal } = new AbortController();
const codes = [
  { major: 5, minor: 75 },
  { major: 5, minor: 76 },
  { major: 3, minor: 112 },
];

/** A log of 200 events from 30001 on, as it came off a DS-K1T342EFWX V3.3.5. */
function logOf(quirks: LogQuirks): ScriptedLog {
  const log = new ScriptedLog(quirks);
  log.skip(30_000);
  for (let done = 0; done < 200; done += 1) log.happens({ minor: 75 + (done % 2) });
  return log;
}

function negotiated(log: ScriptedLog): Promise<Dialect> {
  return negotiate(log.terminal(), { from: 1, codes, signal });
}

/** What comes of reading all of it. */
async function readAll(log: ScriptedLog): Promise<{ serials: number[]; dialect: string }> {
  const dialect = await negotiated(log);
  const reader = new EventLog(log.terminal(), dialect, signal);
  const oldest = await oldestOf(reader);
  const newest = await newestOf(reader, oldest?.serial ?? 1);
  assert.deepEqual([oldest?.serial, newest?.serial], [30_001, 30_200]);
  const serials = new Set<number>();
  for (let from = 30_001; from <= 30_200;) {
    const { records, upTo = 30_200 } = await reader.readFrom(from);
    for (const { serial } of records) serials.add(serial);
    // The last one is read again, as the reader does.
    from = Math.max(from + 1, upTo === 30_200 ? 30_201 : upTo);
  }
  return { serials: [...serials], dialect: describeDialect(dialect) };
}

describe('the log of a terminal', () => {
  const forms: [model: string, quirks: LogQuirks, dialect: string][] = [
    ['takes everything', {}, 'all codes, no end, times none, pages of 30'],
    [
      'gives 30 at most whatever its capabilities say (all face terminals that were measured)',
      { capabilities: { maxResults: { '@max': 100 } } },
      'all codes, no end, times none, pages of 100',
    ],
    [
      'refuses major 0 (K1T344, Supergiovane)',
      { named: 'major', unknownMajors: [4] },
      '4 majors, no end, times none, pages of 30',
    ],
    ['refuses major 0 without a word', { named: 'major', mute: true }, '5 majors, no end, times none, pages of 30'],
    ['refuses minor 0', { named: 'minor' }, '3 codes, no end, times none, pages of 30'],
    [
      'refuses minor 0 and lists its minors',
      { named: 'minor', capabilities: { major: { '@opt': '0,5' }, minorEvent: { '@opt': '0x4b,0x4c' } } },
      '2 codes, no end, times none, pages of 30',
    ],
    ['wants an end', { endRequired: true }, 'all codes, end 3000000000, times none, pages of 30'],
    [
      'wants an end and refuses a very large one',
      { endRequired: true, largestEnd: 999_999_999 },
      'all codes, end 999999999, times none, pages of 30',
    ],
    [
      'says how large an end may be',
      { endRequired: true, largestEnd: 123_456, capabilities: { endSerialNo: { '@max': 123_456 } } },
      'all codes, end 123456, times none, pages of 30',
    ],
    [
      'wants short spans',
      { endRequired: true, largestSpan: 1000 },
      'all codes, spans of 1000, times none, pages of 30',
    ],
    ['wants times', { timesRequired: 'offset' }, 'all codes, no end, times offset, pages of 30'],
    ['wants times without an offset', { timesRequired: 'local' }, 'all codes, no end, times local, pages of 30'],
    ['sorts by time, and not well (K1T344)', { unsorted: 5 }, 'all codes, no end, times none, pages of 30'],
    ['gives one at a time', { page: 1 }, 'all codes, no end, times none, pages of 30'],
    ['says MORE and gives nothing', { emptyPages: 3, unsorted: 2 }, 'all codes, no end, times none, pages of 30'],
    ['puts pictures behind the JSON', { multipart: true }, 'all codes, no end, times none, pages of 30'],
  ];
  for (const [what, quirks, dialect] of forms) {
    it(`is read whole where a terminal ${what}`, async () => {
      const read = await readAll(logOf(quirks));
      assert.equal(read.dialect, dialect);
      assert.deepEqual(
        [...read.serials].sort((one, other) => one - other),
        logOf({}).entries.map(({ serial }) => serial),
      );
    });
  }

  it('is read with one request a page where it is in order', async () => {
    const log = logOf({});
    const reader = new EventLog(log.terminal(), await negotiated(log), signal);
    log.searches.length = 0;
    for (let from = 30_001; from < 30_200;) from = (await reader.readFrom(from)).upTo ?? 30_200;
    assert.equal(log.searches.length, 7);
  });

  it('is refused in words where no form of a search is taken', async () => {
    const log = logOf({ named: 'major', unknownMajors: [1, 2, 3, 4, 5], mute: true });
    await assert.rejects(negotiated(log), { reason: 'logRefused', code: 'BAD_REPLY' });
  });

  it('is not there on a terminal without one', async () => {
    await assert.rejects(negotiated(logOf({ none: true })), { reason: 'noLog' });
  });

  it('is not believed where a terminal gives what was not asked for', async () => {
    const log = logOf({ ignoresSerials: true });
    const reader = new EventLog(log.terminal(), await negotiated(log), signal);
    await assert.rejects(reader.page({ from: 30_100 }), { reason: 'logSerials' });
  });

  it('is asked again for what it says it has and does not give, and not for ever', async () => {
    const log = logOf({ emptyPages: 1000 });
    const reader = new EventLog(log.terminal(), await negotiated(log), signal);
    await assert.rejects(reader.readFrom(30_001), { reason: 'logUnreadable', params: { serial: 30_001 } });
    await assert.rejects(reader.at(30_001), { reason: 'logUnreadable' });
  });

  it('is given without what is no record', async () => {
    const log = new ScriptedLog();
    log.happen(3);
    const [bad, strange] = log.entries;
    Object.assign(bad ?? {}, { major: -1 });
    Object.assign(strange ?? {}, { minor: '75; DROP' });
    const reader = new EventLog(log.terminal(), await negotiated(log), signal);
    assert.deepEqual(
      (await reader.readFrom(1)).records.map(({ serial }) => serial),
      [3],
    );
  });

  it('is asked in the form that was found out once, also after a restart; anew with other firmware', () =>
    WatchLab.run({ quirks: { endRequired: true, largestEnd: 999_999_999 } }, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      const capabilities = (): number => lab.log.calls.filter((path) => path.includes('capabilities')).length;
      assert.equal(capabilities(), 1);
      await lab.restart();
      assert.equal(capabilities(), 1);
      lab.log.firmware = 'V2.0.0';
      await lab.restart();
      assert.equal(capabilities(), 2);
      // It refuses now what it took before.
      lab.log.quirks = { largestEnd: 99_999_999, endRequired: true };
      lab.log.happens();
      await lab.pass(20_000);
      assert.equal(capabilities(), 3);
      assert.deepEqual(lab.take(), ['1', '2', '3', '4']);
    }));
});
