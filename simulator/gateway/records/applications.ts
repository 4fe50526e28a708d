import type { GatewayClock } from '../behaviour/clock.js';
import { refuse } from '../protocol/replies.js';
import { FULL, OFFLINE, type Device, type Site } from './site.js';

/** What became of one person or visitor on one device. The words are an assumption: a guide names only the call. */
export interface ApplyResult {
  personId: string;
  acsDevIndexCode: string;
  deviceName: string;
  status: 'success' | 'applying' | 'failed';
  /** 0 where the device has taken it; absent while it is being applied. */
  errorCode?: number;
}

interface Application {
  /** Milliseconds since 1970, by the gateway's clock. */
  doneAt: number;
  /** What each device will say, by its index code. */
  codes: ReadonlyMap<string, number>;
}

const CODES: Record<Device['state'], number> = { online: 0, offline: OFFLINE, full: FULL };

/** What was applied to the devices last, for each person or visitor; it takes some seconds. */
export class Applications {
  private readonly last = new Map<string, Application>();

  /** @param seconds that applying takes */
  constructor(
    private readonly site: Site,
    private readonly clock: GatewayClock,
    private readonly seconds: number,
  ) {}

  apply(id: string): void {
    const codes = new Map(this.site.devices.map(({ acsDevIndexCode, state }) => [acsDevIndexCode, CODES[state]]));
    this.last.set(id, { doneAt: this.clock.now() + this.seconds * 1000, codes });
  }

  /** One result for each device. @throws Refusal 128 where nothing was applied for the person or visitor */
  resultsOf(personId: string): ApplyResult[] {
    const application = this.last.get(personId);
    if (!application) throw refuse('128', 'personIds');
    const isDone = this.clock.now() >= application.doneAt;
    return this.site.devices.map(({ acsDevIndexCode, acsDevName: deviceName }) => {
      const errorCode = application.codes.get(acsDevIndexCode) ?? 0;
      const where = { personId, acsDevIndexCode, deviceName };
      if (!isDone) return { ...where, status: 'applying' };
      return { ...where, status: errorCode === 0 ? 'success' : 'failed', errorCode };
    });
  }

  forget(personId: string): void {
    this.last.delete(personId);
  }

  reset(): void {
    this.last.clear();
  }
}
