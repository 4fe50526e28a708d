import { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import { ArmedFaults } from '../behaviour/faults.js';
import type { Model } from '../behaviour/model.js';
import { MODELS } from '../behaviour/models.js';
import { RequestLog } from '../behaviour/request-log.js';
import { Cards } from '../cards/cards.js';
import { Camera } from '../enrolment/camera.js';
import { enrolmentUrl } from '../enrolment/enrolment-picture.js';
import { FaceLibrary } from '../enrolment/face-library.js';
import { AccessEvents } from '../events/access-events.js';
import { USUAL, type EventBehaviour } from '../events/behaviour.js';
import { eventModelOf, type EventModel } from '../events/models.js';
import { WallClock } from '../events/wall-clock.js';
import type { Sender } from '../events/written.js';
import { Persons } from '../persons/persons.js';
import { Login } from '../login/login.js';
import type { ChallengeSettings } from '../login/digest-verifier.js';
import type { SimulatorSettings } from './settings.js';

/** Everything that one terminal is and remembers, whether it listens or not. */
export class TerminalState {
  readonly model: Model;
  readonly clock: TerminalClock;
  readonly log: RequestLog;
  readonly faults = new ArmedFaults();
  readonly login: Login;
  readonly camera: Camera;
  readonly persons: Persons;
  readonly cards: Cards;
  readonly faceLibrary: FaceLibrary;
  readonly wallClock = new WallClock();
  readonly eventBehaviour: EventBehaviour;
  private readonly eventModel: EventModel | undefined;
  private serial: string;
  /** Made when it is first needed: most of a thousand terminals in one process need none. */
  private accessEvents: AccessEvents | undefined;

  /** @param origin where the terminal listens, asked for when a URL is written */
  constructor(
    private readonly settings: SimulatorSettings,
    readonly emit: Emit,
    private readonly origin: () => string,
  ) {
    this.model = { ...MODELS[settings.model], ...settings.behaviour };
    this.eventModel = eventModelOf(settings.eventModel ?? settings.model);
    this.eventBehaviour = { ...USUAL, ...this.eventModel?.events, ...settings.eventTroubles };
    if (this.eventModel?.clock) this.wallClock.set(this.eventModel.clock.aheadSeconds, this.eventModel.clock.zone);
    this.clock = new TerminalClock(settings.timeScale ?? 1);
    this.log = new RequestLog(settings.records);
    const { model, clock, log } = this;
    this.login = new Login(
      { tries: this.model.tries, ...settings, challenge: challengeOf({ ...this.model, ...this.eventModel }, settings) },
      `${settings.model}(simulated)`,
      clock,
      log,
      emit,
    );
    this.serial = settings.serialNumber ?? `${settings.model}-SIMULATED`;
    this.camera = new Camera(model, clock, settings.faceAfter, (count) => this.urlOf(count), emit);
    this.persons = new Persons(model, clock, origin, emit);
    this.cards = new Cards(model, this.persons, emit);
    this.faceLibrary = new FaceLibrary(model, clock, this.persons, origin, () => this.camera.picture, emit);
  }

  get modelName(): string {
    return this.settings.eventModel ?? this.settings.model;
  }

  get firmware(): string {
    return (this.settings.eventModel && this.eventModel?.firmware) ?? this.model.firmware;
  }

  get macAddress(): string {
    return this.settings.macAddress ?? '02:00:00:00:00:01';
  }

  get serialNumber(): string {
    return this.serial;
  }

  /** Its log, its door and its streams. */
  get events(): AccessEvents {
    this.accessEvents ??= new AccessEvents({
      behaviour: this.eventBehaviour,
      serialNumber: this.serial,
      clock: this.clock,
      wallClock: this.wallClock,
      persons: this.persons,
      origin: this.origin,
      sender: () => this.sender(),
      emit: this.emit,
    });
    return this.accessEvents;
  }

  /** The picture that was taken at the door, by its path. */
  pictureTakenAt(path: string): Buffer | undefined {
    return this.accessEvents?.pictureAt(path);
  }

  /** Somebody logged in from this address. */
  noteLogin(address: string): void {
    if (this.eventBehaviour.ownLogins) this.events.login(address, this.settings.username ?? '');
  }

  private sender(): Sender {
    const { protocol, hostname: host, port } = new URL(this.origin());
    const isHttps = protocol === 'https:';
    return {
      host,
      port: Number(port) || (isHttps ? 443 : 80),
      protocol: isHttps ? 'HTTPS' : 'HTTP',
      macAddress: this.macAddress,
    };
  }

  /** Another terminal hangs there now: it has another serial number, nobody on it and an empty log. Its login is the same. */
  replace(serialNumber: string): void {
    this.serial = serialNumber;
    this.accessEvents?.streams.end();
    this.accessEvents?.renumber(serialNumber);
    this.camera.reset();
    this.persons.clear();
    this.cards.clear();
    this.login.forgetNonces();
    this.emit({ event: 'replaced', serialNumber });
  }

  /** The URL of the capture with this count. */
  urlOf(count: number): string {
    return enrolmentUrl(this.origin(), (this.settings.urlCounter ?? 0) + count);
  }

  /** The log is empty and counts from 1. That persons and login outlive it is an assumption. */
  restoreDefaults(): void {
    this.events.renumber(this.serial);
    this.events.record({ major: 3, minor: 1034 });
  }

  /** Persons, faces, faults, presented faces, picture, lock-out and counters are gone; a running capture is cancelled. The log stays. */
  reset(): void {
    this.camera.reset();
    this.persons.clear();
    this.cards.clear();
    this.faults.clear();
    this.login.reset();
    this.log.reset();
  }

  /** Ends whatever is in progress; nothing happens by itself any more. */
  abandon(): void {
    this.camera.abandon();
    this.persons.abandonDeletion();
    this.accessEvents?.abandon();
    this.clock.clear();
  }
}

function challengeOf({ nonceUses }: Pick<Model, 'nonceUses'>, { challenge }: SimulatorSettings): ChallengeSettings {
  return { ...(nonceUses !== undefined && { nonceUses }), ...challenge };
}
