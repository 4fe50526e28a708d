import type { ListFault } from '../behaviour/faults.js';
import { mixedUp, searchPage } from '../persons/search-page.js';
import { refuse } from '../protocol/replies.js';
import type { JsonObject } from '../protocol/request-documents.js';
import type { AccessLog } from './access-log.js';
import { MOST_SERIAL, type EventBehaviour } from './behaviour.js';
import type { AccessRecord } from './record.js';
import type { WallClock } from './wall-clock.js';
import { logItem } from './written.js';

interface Query {
  first: number;
  last: number;
  fits: (record: AccessRecord) => boolean;
  reversed: boolean;
}

/** What the log answers to those who ask. Every method throws a Refusal for what the terminal refuses. */
export class LogSearch {
  /** Of the last query: a walk over a hundred thousand records would look at each of them for each page. */
  private found: { key: string; version: number; records: readonly AccessRecord[] } | undefined;

  constructor(
    private readonly log: AccessLog,
    private readonly behaviour: EventBehaviour,
    private readonly clock: WallClock,
    private readonly origin: () => string,
  ) {}

  /** The content of AcsEvent for an AcsEventCond. */
  page(cond: JsonObject, fault?: ListFault): JsonObject {
    const { searchID, picEnable } = cond;
    if (searchID === undefined) throw refuse(6, 'MessageParametersLack', 'searchID');
    if (typeof searchID !== 'string' || !/^.{1,64}$/.test(searchID)) throw refuse(6, 'badJsonContent', 'searchID');
    const { eventsAPage, order, rewritesZone } = this.behaviour;
    const { items: found, counts } = searchPage(cond, this.matches(cond), eventsAPage, fault);
    const items = order === 'mixed up' ? mixedUp(found) : found;
    const origin = picEnable === false ? undefined : this.origin();
    return {
      searchID,
      ...counts,
      ...(items.length > 0 && {
        InfoList: items.map((record) =>
          logItem(record, this.behaviour, rewritesZone ? this.clock.zone : record.zone, origin),
        ),
      }),
    };
  }

  /** The content of AcsEventTotalNum for an AcsEventTotalNumCond. */
  total(cond: JsonObject): JsonObject {
    return { totalNum: this.matches(cond).length };
  }

  /** What AcsEvent/capabilities says. */
  capabilities(): JsonObject {
    return {
      AcsEvent: {
        AcsEventCond: {
          searchID: { '@min': 1, '@max': 64 },
          searchResultPosition: { '@min': 0, '@max': 300_000 },
          maxResults: { '@min': 1, '@max': Math.max(30, this.behaviour.eventsAPage) },
          major: { '@opt': '0,1,2,3,5' },
          startTime: '',
          endTime: '',
          cardNo: { '@min': 1, '@max': 32 },
          name: { '@min': 1, '@max': 32 },
          picEnable: { '@opt': 'true,false' },
          beginSerialNo: { '@min': 1, '@max': MOST_SERIAL },
          endSerialNo: { '@min': 1, '@max': MOST_SERIAL },
          employeeNoString: { '@min': 1, '@max': 32 },
          timeReverseOrder: { '@opt': 'true,false' },
        },
      },
    };
  }

  private matches(cond: JsonObject): readonly AccessRecord[] {
    const { first, last, fits, reversed } = this.query(cond);
    const { version } = this.log;
    const key = JSON.stringify({ ...cond, searchID: '', searchResultPosition: 0, maxResults: 0 });
    if (this.found?.key !== key || this.found.version !== version) {
      const all = this.log.between(first, last).filter(fits);
      const records = this.behaviour.order === 'by number' ? all : byTime(all);
      this.found = { key, version, records: reversed ? records.reverse() : records };
    }
    return this.found.records;
  }

  private query(cond: JsonObject): Query {
    const major = wholeNumber(cond, 'major');
    const minor = wholeNumber(cond, 'minor');
    if (major === undefined) throw refuse(6, 'MessageParametersLack', 'major');
    if (minor === undefined) throw refuse(6, 'MessageParametersLack', 'minor');
    const { majorZero, minorZero, needsEnd, mostEnd, reverses } = this.behaviour;
    if (major === 0 && majorZero === 'refused') throw refuse(6, 'badParameters', 'major');
    if (minor === 0 && minorZero === 'refused') throw refuse(6, 'badParameters', 'minor');
    if (needsEnd && cond['endSerialNo'] === undefined) throw refuse(6, 'MessageParametersLack', 'endSerialNo');
    const first = wholeNumber(cond, 'beginSerialNo', 1) ?? 1;
    const last = wholeNumber(cond, 'endSerialNo', 1) ?? MOST_SERIAL;
    const from = this.time(cond, 'startTime') ?? -Infinity;
    const to = this.time(cond, 'endTime') ?? Infinity;
    if (last > mostEnd && cond['endSerialNo'] !== undefined) throw refuse(6, 'badParameters', 'endSerialNo');
    if (last < first) throw refuse(6, 'badParameters', 'endSerialNo');
    if (to < from) throw refuse(6, 'badParameters', 'endTime');
    const [cardNo, name] = [text(cond, 'cardNo'), text(cond, 'name')];
    const employeeNo = text(cond, 'employeeNoString');
    const reversed = boolean(cond, 'timeReverseOrder') === true && reverses;
    boolean(cond, 'picEnable');
    const fits = ({ major: its, minor: code, wall, details }: AccessRecord): boolean =>
      (major === 0 || its === major) &&
      (minor === 0 || code === minor) &&
      wall >= from &&
      wall < to + 1000 &&
      (cardNo === undefined || details?.cardNo === cardNo) &&
      (name === undefined || details?.name === name) &&
      (employeeNo === undefined || details?.employeeNo === employeeNo);
    return { first, last, fits, reversed };
  }

  /** A time as the terminal's own clock shows it. */
  private time(cond: JsonObject, name: string): number | undefined {
    const value = text(cond, name);
    if (value === undefined) return undefined;
    const [, wall, zone = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?$/.exec(value) ?? [];
    const shown = Date.parse(`${wall}Z`);
    const { offsets } = this.behaviour;
    const isUnwelcome = offsets === (zone === '' ? 'wanted' : 'refused');
    if (wall === undefined || Number.isNaN(shown) || isUnwelcome) throw refuse(6, 'badJsonContent', name);
    return zone === '' ? shown : Date.parse(wall + zone) + this.clock.hours * 3_600_000;
  }
}

/** Records come in the order of their numbers, and seldom in another one of time. */
function byTime(records: AccessRecord[]): AccessRecord[] {
  const isSorted = records.every(({ wall }, index) => index === 0 || wall >= (records[index - 1]?.wall ?? wall));
  return isSorted ? records : records.sort((a, b) => a.wall - b.wall || a.serial - b.serial);
}

function wholeNumber(cond: JsonObject, name: string, least = 0): number | undefined {
  const value = cond[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw refuse(6, 'badJsonContent', name);
  if (!Number.isInteger(value) || value < least || value > MOST_SERIAL) throw refuse(6, 'badParameters', name);
  return value;
}

function text(cond: JsonObject, name: string): string | undefined {
  const value = cond[name];
  if (value !== undefined && typeof value !== 'string') throw refuse(6, 'badJsonContent', name);
  return value === '' ? undefined : value;
}

function boolean(cond: JsonObject, name: string): boolean | undefined {
  const value = cond[name];
  if (value !== undefined && typeof value !== 'boolean') throw refuse(6, 'badJsonContent', name);
  return value;
}
