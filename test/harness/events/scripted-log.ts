import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { readReply, type IsapiReply } from '../../../core/isapi/protocol/reply.js';
import type { IsapiCall, Terminal } from '../../../core/isapi/terminal/terminal.js';

/** A record as it lies in the log of a terminal. */
export interface Entry {
  serial: number;
  major: number;
  minor: number;
  time: string;
  /** It is not found before this time (milliseconds since 1970). */
  seenFrom?: number;
  [field: string]: unknown;
}

/** What some terminals do with a search. */
export interface LogQuirks {
  /** How many it gives at once, whatever it is asked for; 30 where absent. */
  page?: number;
  /** What its capabilities say; absent: they are not supported. */
  capabilities?: Record<string, unknown>;
  /** Codes have to be named: a major, or both. */
  named?: 'major' | 'minor';
  /** Majors that it does not know. */
  unknownMajors?: readonly number[];
  endRequired?: boolean;
  /** A larger endSerialNo is refused. */
  largestEnd?: number;
  /** A longer span is refused. */
  largestSpan?: number;
  timesRequired?: 'offset' | 'local';
  /** Refusals do not say what they are about. */
  mute?: boolean;
  /** Sorts by time, and badly: a number that is the seed of its mistakes. */
  unsorted?: number;
  /** So often it says MORE and gives nothing. */
  emptyPages?: number;
  /** Gives everything, whatever numbers it is asked for. */
  ignoresSerials?: boolean;
  /** Has no event log. */
  none?: boolean;
  /** With pictures: the JSON is the first part of several. */
  multipart?: boolean;
}

const OK = 200;

/** A terminal of which only the log is played, word for word; reached without a network. */
export class ScriptedLog {
  serialNumber = 'DS-1';
  firmware = 'V1.0.0';
  /** Seconds. */
  clockAhead = 0;
  entries: Entry[] = [];
  quirks: LogQuirks;
  /** How many of the oldest are kept. */
  capacity = Infinity;
  /** Every search as it came. */
  readonly searches: Record<string, unknown>[] = [];
  /** Paths, of everything. */
  readonly calls: string[] = [];
  /** Asked before each call: what it fails with instead. */
  fault: (path: string) => HikvisionError | undefined = () => undefined;
  private next = 1;

  constructor(quirks: LogQuirks = {}) {
    this.quirks = quirks;
  }

  /** Something happens; it has the next number unless it is told one. */
  happens(fields: Partial<Entry> = {}): number {
    const serial = fields.serial ?? this.next;
    this.next = Math.max(this.next, serial + 1);
    const time = `${new Date(Date.now() + 1000 * this.clockAhead).toISOString().slice(0, 19)}+00:00`;
    this.entries.push({ major: 5, minor: 75, time, employeeNoString: String(serial), ...fields, serial });
    while (this.entries.length > this.capacity) this.entries.shift();
    return serial;
  }

  /** Some things happen one after another. */
  happen(count: number): void {
    for (let done = 0; done < count; done += 1) this.happens();
  }

  /** Numbers that nobody is given. */
  skip(count: number): void {
    this.next += count;
  }

  /** Factory defaults: it is empty and counts from the first number on. */
  reset(first = 1): void {
    this.entries = [];
    this.next = first;
  }

  get newest(): number {
    return this.next - 1;
  }

  /** What a watch has found out about it. */
  readonly learnt = new Map<string, string>();

  /** A terminal as core has it, which asks this one. */
  terminal(name = 'Gate', signal = new AbortController().signal): Terminal {
    const call = async (asked: IsapiCall): Promise<IsapiReply> => {
      await Promise.resolve();
      asked.signal?.throwIfAborted();
      this.calls.push(asked.path);
      const fault = this.fault(asked.path);
      if (fault) throw fault.withFacts({ terminal: name, operation: asked.operation });
      asked.beforeSending?.();
      const { status, body } = this.answer(asked);
      try {
        return readReply({ status, headers: {}, challenges: [], body: Buffer.from(body) });
      } catch (error) {
        throw error instanceof HikvisionError ? error.withFacts({ terminal: name, operation: asked.operation }) : error;
      }
    };
    const named = (error: unknown, operation: string): HikvisionError =>
      (error instanceof HikvisionError
        ? error
        : HikvisionError.of('unexpected', { params: { detail: error instanceof Error ? error.message : 'unknown' } })
      ).withFacts({ terminal: name, operation });
    const settings = { name, credentials: { username: 'admin' } };
    const played = { name, call, named, closed: signal, settings, physical: { learnt: this.learnt } };
    return played as unknown as Terminal;
  }

  private answer({ path, body }: IsapiCall): { status: number; body: string } {
    if (path === '/ISAPI/System/deviceInfo') {
      const { serialNumber, firmware } = this;
      const inner = `<serialNumber>${serialNumber}</serialNumber><firmwareVersion>${firmware}</firmwareVersion>`;
      return { status: OK, body: `<DeviceInfo>${inner}</DeviceInfo>` };
    }
    if (path === '/ISAPI/System/time') {
      const time = new Date(Date.now() + 1000 * this.clockAhead).toISOString().slice(0, 19);
      return { status: OK, body: `<Time><localTime>${time}+00:00</localTime><timeZone>UTC-0:00:00</timeZone></Time>` };
    }
    if (path.startsWith('/ISAPI/AccessControl/AcsEvent/capabilities') && this.quirks.capabilities) {
      return { status: OK, body: JSON.stringify({ AcsEvent: { AcsEventCond: this.quirks.capabilities } }) };
    }
    if (path === '/ISAPI/AccessControl/AcsEvent?format=json' && !this.quirks.none) {
      const asked = JSON.parse(String(body)) as { AcsEventCond: Record<string, unknown> };
      return this.search(asked.AcsEventCond);
    }
    return refusal(4, 'notSupport', '');
  }

  private search(asked: Record<string, unknown>): { status: number; body: string } {
    this.searches.push(asked);
    const { quirks } = this;
    const problem = this.problemIn(asked);
    if (problem) return refusal(6, 'badParameters', quirks.mute ? '' : problem);
    const found = this.matching(asked);
    const from = Number(asked['searchResultPosition']);
    const rows = Math.min(Number(asked['maxResults']), quirks.page ?? 30);
    const isEmpty = found.length > 0 && (quirks.emptyPages ?? 0) > 0;
    if (isEmpty) this.quirks = { ...quirks, emptyPages: (quirks.emptyPages ?? 0) - 1 };
    const page = isEmpty ? [] : found.slice(from, from + rows);
    const status = found.length === 0 ? 'NO MATCH' : isEmpty || from + page.length < found.length ? 'MORE' : 'OK';
    const items = page.map(({ serial, ...rest }) => ({ ...rest, seenFrom: undefined, serialNo: serial }));
    const reply = JSON.stringify({
      AcsEvent: {
        ...{ searchID: asked['searchID'], responseStatusStrg: status },
        ...{ numOfMatches: page.length, totalMatches: found.length },
        ...(page.length > 0 ? { InfoList: items } : {}),
      },
    });
    const parts = `--b\r\nContent-Type: application/json\r\n\r\n${reply}\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8{--\r\n--b--`;
    return { status: OK, body: quirks.multipart ? parts : reply };
  }

  private matching(asked: Record<string, unknown>): Entry[] {
    const { quirks } = this;
    const [from, to] = [Number(asked['beginSerialNo'] ?? 0), Number(asked['endSerialNo'] ?? Infinity)];
    const isIn = (serial: number): boolean => quirks.ignoresSerials === true || (serial >= from && serial <= to);
    const is = (name: 'major' | 'minor', value: number): boolean => Number(asked[name]) === 0 || asked[name] === value;
    const found = this.entries.filter(
      ({ serial, major, minor, seenFrom = 0 }) =>
        isIn(serial) && is('major', major) && is('minor', minor) && seenFrom <= Date.now(),
    );
    if (quirks.unsorted === undefined) return found;
    const seed = quirks.unsorted;
    const place = ({ serial }: Entry): number => serial + ((serial * 7919 + seed) % 13);
    return found.sort((one, other) => place(one) - place(other));
  }

  private problemIn(asked: Record<string, unknown>): string | undefined {
    const { quirks } = this;
    const [from, end] = [Number(asked['beginSerialNo'] ?? 0), Number(asked['endSerialNo'])];
    const { major, minor } = asked;
    if (quirks.named !== undefined && major === 0) return 'major';
    if (quirks.unknownMajors?.includes(Number(major))) return 'major';
    if (quirks.named === 'minor' && minor === 0) return 'minor';
    if (quirks.endRequired && asked['endSerialNo'] === undefined) return 'endSerialNo';
    if (end > (quirks.largestEnd ?? Infinity)) return 'endSerialNo';
    if (quirks.largestSpan !== undefined && end - from + 1 > quirks.largestSpan) return 'endSerialNo';
    if (quirks.timesRequired === undefined) return undefined;
    const start = asked['startTime'];
    const isWanted = typeof start === 'string' && start.includes('+') === (quirks.timesRequired === 'offset');
    return isWanted ? undefined : 'startTime';
  }
}

function refusal(statusCode: number, subStatusCode: string, errorMsg: string): { status: number; body: string } {
  return { status: 400, body: JSON.stringify({ statusCode, statusString: 'Invalid', subStatusCode, errorMsg }) };
}
