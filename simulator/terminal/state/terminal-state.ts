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
  private serial: string;

  /** @param origin where the terminal listens, asked for when a URL is written */
  constructor(
    private readonly settings: SimulatorSettings,
    readonly emit: Emit,
    private readonly origin: () => string,
  ) {
    this.model = { ...MODELS[settings.model], ...settings.behaviour };
    this.clock = new TerminalClock(settings.timeScale ?? 1);
    this.log = new RequestLog(settings.records);
    const { model, clock, log } = this;
    this.login = new Login(
      { tries: this.model.tries, ...settings, challenge: challengeOf(this.model, settings) },
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
    return this.settings.model;
  }

  get macAddress(): string {
    return this.settings.macAddress ?? '02:00:00:00:00:01';
  }

  get serialNumber(): string {
    return this.serial;
  }

  /** Another terminal hangs there now: it has another serial number, and nobody on it. Its login is the same. */
  replace(serialNumber: string): void {
    this.serial = serialNumber;
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

  /** Persons, faces, faults, presented faces, picture, lock-out and counters are gone; a running capture is cancelled. */
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
    this.clock.clear();
  }
}

function challengeOf({ nonceUses }: Model, { challenge }: SimulatorSettings): ChallengeSettings {
  return { ...(nonceUses !== undefined && { nonceUses }), ...challenge };
}
