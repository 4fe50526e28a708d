import { GatewayClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import { ArmedFaults } from '../behaviour/faults.js';
import type { Raised } from '../behaviour/raised.js';
import { RequestLog } from '../behaviour/request-log.js';
import { Deliveries } from '../deliveries/deliveries.js';
import { AccessLevels } from '../records/access-levels.js';
import { Applications } from '../records/applications.js';
import { DoorEvents } from '../records/door-events.js';
import { Persons } from '../records/persons.js';
import { Site } from '../records/site.js';
import { Subscriptions } from '../records/subscriptions.js';
import { Visits } from '../records/visits.js';
import { Partner } from '../signing/partner.js';
import type { GatewaySimulatorSettings } from './settings.js';

const USUAL_VERSION = 'V3.1.0';
const USUAL_APPLY_SECONDS = 1;
/** HikCentral before this has none of the visitor calls. */
const FIRST_WITH_VISITORS = 2;

/** Everything that one gateway is and remembers, whether it listens or not. */
export class GatewayState {
  readonly version: string;
  readonly rawLineBreaks: boolean;
  readonly clock: GatewayClock;
  readonly log = new RequestLog();
  readonly faults = new ArmedFaults();
  readonly partner: Partner;
  readonly site = new Site();
  readonly persons: Persons;
  readonly visits: Visits;
  readonly access: AccessLevels;
  readonly applications: Applications;
  readonly doorEvents: DoorEvents;
  readonly subscriptions: Subscriptions;
  readonly deliveries: Deliveries;

  constructor(
    settings: GatewaySimulatorSettings,
    readonly emit: Emit,
  ) {
    this.version = settings.version ?? USUAL_VERSION;
    this.rawLineBreaks = settings.rawLineBreaks ?? false;
    this.clock = new GatewayClock(settings.now ?? Date.now);
    this.partner = new Partner(settings, this.clock);
    this.persons = new Persons(this.site, emit);
    this.visits = new Visits(this.persons, emit);
    this.access = new AccessLevels(this.persons, this.visits, emit);
    this.applications = new Applications(this.site, this.clock, settings.applySeconds ?? USUAL_APPLY_SECONDS);
    this.doorEvents = new DoorEvents(this.site, this.persons, () => this.clock.now());
    this.subscriptions = new Subscriptions(emit);
    this.deliveries = new Deliveries(settings, this.subscriptions, this.clock, emit);
  }

  get hasVisitors(): boolean {
    const major = /^\D*(\d+)/.exec(this.version)?.[1];
    return major === undefined || Number(major) >= FIRST_WITH_VISITORS;
  }

  /** Something happens, and is told to whoever has subscribed. @throws Error that names what is not there */
  raise(events: readonly Raised[]): void {
    const happened = events.map((raised) => ({ raised, happening: this.doorEvents.raise(raised) }));
    for (const { happening } of happened) {
      const { eventId, eventType } = happening;
      this.emit({ event: 'raised', eventId, eventType });
    }
    this.deliveries.tell(happened);
  }

  /** All is as at the start: records, access, devices, partner, clock, faults and what was counted. */
  reset(): void {
    this.clock.ahead = 0;
    this.log.reset();
    this.faults.clear();
    this.partner.reset();
    this.site.reset();
    this.persons.reset();
    this.visits.reset();
    this.access.reset();
    this.applications.reset();
    this.doorEvents.reset();
    this.subscriptions.reset();
    this.deliveries.stop();
  }

  /** Ends whatever is in progress; nothing happens by itself any more. */
  abandon(): void {
    this.deliveries.stop();
    this.clock.clear();
  }
}
