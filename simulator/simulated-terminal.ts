import { EventEmitter } from 'node:events';
import { LoopbackServer, type Listener, type Listeners } from './server/loopback-server.js';
import type { Command, Visitor } from './terminal/behaviour/commands.js';
import { parseEdit, type Edit, type EditRequest } from './terminal/behaviour/edits.js';
import type { SimulatorEvent } from './terminal/behaviour/events.js';
import type { Fault } from './terminal/behaviour/faults.js';
import { isModelName } from './terminal/behaviour/models.js';
import type { Counters } from './terminal/behaviour/request-log.js';
import type { AccessEvents } from './terminal/events/access-events.js';
import type { Answer } from './terminal/events/door.js';
import { doorsOf } from './terminal/persons/shown-person.js';
import { facePicture } from './terminal/picture/simulated-face.js';
import type { JsonObject } from './terminal/protocol/request-documents.js';
import { RequestHandler } from './terminal/request-handler.js';
import { applyEdit } from './terminal/state/apply-edit.js';
import type { SimulatorSettings } from './terminal/state/settings.js';
import { TerminalState } from './terminal/state/terminal-state.js';

export { facePicture, faceNameOf } from './terminal/picture/simulated-face.js';
export type { EditRequest } from './terminal/behaviour/edits.js';
export { parseCommand } from './terminal/behaviour/commands.js';
export { parseFault, type Fault } from './terminal/behaviour/faults.js';
export { FD_SET_UP, isModelName, MODELS, type Model, type ModelName } from './terminal/behaviour/models.js';
export type { DigestAlgorithm } from './terminal/login/digest-verifier.js';
export type { SimulatorEvent } from './terminal/behaviour/events.js';
export type { EventBehaviour } from './terminal/events/behaviour.js';
export { EVENT_MODELS, type EventModelName } from './terminal/events/models.js';
export type { SimulatorSettings } from './terminal/state/settings.js';

/**
 * A person as persons() shows it; `UserInfo` as Search would answer it, `face` names the face that is bound, `doors` are
 * those that the person can open.
 */
interface SimulatedPerson {
  employeeNo: string;
  name: string;
  face?: string;
  /** Changes with the stored picture. */
  faceVersion?: string;
  /** Card numbers. */
  cards: string[];
  doors: number[];
  UserInfo: JsonObject;
}

/**
 * A Hikvision face terminal for tests and for building flows without hardware: it listens on loopback, keeps one
 * enrolment picture that each capture overwrites, and is as strict as real terminals are.
 * It emits `event` with a SimulatorEvent.
 */
export class SimulatedTerminal extends EventEmitter<{ event: [SimulatorEvent] }> {
  private readonly server: Listener;
  private readonly state: TerminalState;
  /** How often it was stopped. */
  private stops = 0;

  /**
   * @param listen where it listens, if not at an address and port of its own
   * @throws Error for an unknown model
   */
  constructor(
    settings: SimulatorSettings,
    listen = (listeners: Listeners): Listener => new LoopbackServer('simulated terminal', settings, listeners),
  ) {
    super();
    if (!isModelName(settings.model)) {
      throw new Error(`There is no model ${JSON.stringify(settings.model)} to simulate`);
    }
    this.state = new TerminalState(
      settings,
      (content) => this.emit('event', { ...content, at: new Date().toISOString() }),
      () => this.server.origin,
    );
    const { log } = this.state;
    const handler = new RequestHandler(this.state);
    this.server = listen({
      onRequest: (request, response) => void handler.handle(request, response),
      onConnection: () => (log.counters.connections += 1),
      onTlsHandshake: () => (log.counters.tlsHandshakes += 1),
    });
  }

  /**
   * Begins to listen.
   * @throws Error if the host is not loopback, if it runs already, or if it cannot listen (EADDRINUSE, EACCES)
   */
  start(): Promise<{ port: number }> {
    return this.server.start();
  }

  /** Closes the server with every socket and timer at once. */
  stop(): Promise<void> {
    this.stops += 1;
    this.state.abandon();
    return this.server.stop();
  }

  /** Where it listens. @throws Error before the first start */
  get address(): { host: string; port: number; protocol: 'http' | 'https' } {
    return this.server.address;
  }

  /**
   * Puts a face in front of the camera, behind those that wait there. It leaves when it has been captured once, unless it stays.
   * @throws Error for a name that is empty or longer than 1000 bytes
   */
  present(face: string, { stays = false }: { stays?: boolean } = {}): void {
    facePicture(face);
    this.state.camera.present(face, stays);
  }

  /** Nobody is in front any more. */
  leave(): void {
    this.state.camera.leave();
  }

  /** Somebody captures on the terminal's own menu: the enrolment picture is overwritten. @throws as present does */
  foreignCapture(face: string): void {
    this.state.camera.foreignCapture(face);
  }

  /** Somebody changes the password on the terminal's own menu; nonces that were given stay valid. */
  changePassword(password: string): void {
    this.state.login.changePassword(password);
  }

  /** Arms a fault; faults apply in the order in which they were armed. */
  fault(fault: Fault): void {
    this.state.faults.arm(fault);
  }

  /** Takes back each armed fault that no request has met. */
  disarm(): void {
    this.state.faults.clear();
  }

  /**
   * Another terminal hangs there now: it has this serial number, no persons, and no part in any connection to the one before.
   * Faults and counters stay.
   * @param serialNumber default: the present one with a number behind it
   */
  replace(serialNumber?: string): void {
    const { serialNumber: present } = this.state;
    const [, stem = present, number = '1'] = /^(.*)-(\d+)$/.exec(present) ?? [];
    this.state.replace(serialNumber ?? `${stem}-${Number(number) + 1}`);
    this.server.hangUp();
  }

  get serialNumber(): string {
    return this.state.serialNumber;
  }

  /** Its log, its door and its streams. They outlive stop and start. */
  get events(): AccessEvents {
    return this.state.events;
  }

  /** Somebody comes to the door, with a face, a card or as the person with this number; what is decided is in the log at once. */
  walkUp(visitor: Visitor): Answer {
    return this.state.events.walkUp(visitor);
  }

  /** Its log is empty and counts from 1; persons and login stay. */
  restoreDefaults(): void {
    this.state.restoreDefaults();
  }

  /**
   * It is off for so many simulated seconds: every connection breaks, no nonce is valid any more, the log stays, and
   * 2-1024 is written when it is back. A stop in the meantime leaves it off.
   */
  async reboot(seconds = 1): Promise<void> {
    const { port } = this.server.address;
    await this.stop();
    const { stops } = this;
    this.state.login.forgetNonces();
    await new Promise<void>((resolve) => setTimeout(resolve, this.state.clock.real(seconds) * 1000));
    if (stops !== this.stops) return;
    this.state.events.record({ major: 2, minor: 1024 });
    await this.server.start(port);
  }

  /**
   * Somebody edits on the terminal's own menu: `{ person: { employeeNo, … } }` adds a person or changes what is given, the
   * face (by name, null for none) and all cards among it; `{ remove: employeeNo }` removes one.
   * @throws Error for what the terminal refuses, with its code as message
   */
  edit(edit: EditRequest): void {
    this.apply(parseEdit(edit));
  }

  private apply(edit: Edit): void {
    applyEdit(this.state, edit);
  }

  /** Persons, faces, faults, presented faces, picture, lock-out and counters are gone; a running capture is cancelled. */
  reset(): void {
    this.state.reset();
  }

  /** @throws as present does */
  runCommand(command: Command): void {
    switch (command.command) {
      case 'present':
        this.present(command.face);
        break;
      case 'leave':
        this.leave();
        break;
      case 'fault':
        this.fault(command.fault);
        break;
      case 'edit':
        this.apply(command.edit);
        break;
      case 'walkUp':
        this.walkUp(command.visitor);
        break;
      case 'door':
        this.events.door(command.happening);
        break;
      case 'restoreDefaults':
        this.restoreDefaults();
        break;
      case 'replace':
        this.replace(command.serialNumber);
        break;
      case 'reset':
        this.reset();
        break;
    }
  }

  persons(): SimulatedPerson[] {
    const { persons } = this.state;
    return persons.all().map((person) => ({
      employeeNo: person.employeeNo,
      name: person.name,
      ...(person.face && { face: person.face.name, faceVersion: person.face.version }),
      cards: [...person.cards],
      doors: doorsOf(person),
      UserInfo: persons.userInfoOf(person),
    }));
  }

  get counters(): Readonly<Counters> {
    return this.state.log.counters;
  }
}
