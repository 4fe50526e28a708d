import assert from 'node:assert/strict';
import {
  captureFace,
  type Capture,
  type CaptureOutcome,
  type CaptureOptions,
} from '../../../core/isapi/operations/capture/capture.js';
import { bindFace, type Binding, type BindOptions } from '../../../core/isapi/operations/face.js';
import {
  registerPerson,
  type Registration,
  type RegistrationOptions,
} from '../../../core/isapi/operations/registration/registration.js';
import { createPerson, type IfExists, type PersonAction } from '../../../core/isapi/operations/person/person.js';
import { Terminal, type TerminalSettings } from '../../../core/isapi/terminal/terminal.js';
import { userInfo, type PersonInput, type UserInfo } from '../../../core/isapi/operations/person/user-info.js';
import {
  SimulatedTerminal,
  type SimulatorEvent,
  type SimulatorSettings,
} from '../../../simulator/simulated-terminal.js';

/** What a lab differs in from the others. */
export interface LabSettings {
  simulator?: Partial<SimulatorSettings>;
  terminal?: Partial<TerminalSettings>;
}

/** An event by its name. */
export type EventOf<Name extends SimulatorEvent['event']> = Extract<SimulatorEvent, { event: Name }>;

let labs = 0;

/** A simulated terminal with the real core connected to it. */
export class Lab {
  readonly events: SimulatorEvent[] = [];
  readonly owner = {};
  private readonly connections: Terminal[] = [];

  private constructor(
    readonly simulator: SimulatedTerminal,
    readonly terminal: Terminal,
  ) {
    this.connections.push(terminal);
    simulator.on('event', (event) => this.events.push(event));
  }

  /** Each lab has a loopback address of its own, so that none meets what the core remembers of another. */
  static async open({ simulator = {}, terminal = {} }: LabSettings = {}): Promise<Lab> {
    labs += 1;
    const host = `127.77.${Math.trunc(labs / 250)}.${1 + (labs % 250)}`;
    const device = new SimulatedTerminal({ port: 0, host, model: 'DS-K1T343EFWX', timeScale: 0.01, ...simulator });
    const { port } = await device.start();
    const settings: TerminalSettings = {
      name: 'Lobby',
      protocol: 'http',
      host,
      port,
      certificate: { mode: 'none' },
      timeoutMs: 5000,
      retries: 0,
      queueLimit: 1000,
      ...terminal,
    };
    return new Lab(device, new Terminal(settings));
  }

  /** Another connection to the same terminal, as after a redeploy or of a second config node. */
  connect(settings: Partial<TerminalSettings> = {}): Terminal {
    const connection = new Terminal({ ...this.terminal.settings, ...settings });
    this.connections.push(connection);
    return connection;
  }

  /** Has the terminal capture a face; waits 20 s at most, without a reservation unless told otherwise. */
  capture(options: Partial<CaptureOptions> = {}, terminal = this.terminal): Promise<CaptureOutcome> {
    return captureFace(terminal, {
      dataType: 'url',
      infrared: false,
      deadlineMs: 20_000,
      intervalMs: 1,
      download: false,
      holdMs: 0,
      owner: this.owner,
      signal: new AbortController().signal,
      ...options,
    });
  }

  /** Presents the face and captures it. */
  async captureOf(face: string, options: Partial<CaptureOptions> = {}, terminal = this.terminal): Promise<Capture> {
    this.simulator.present(face);
    const outcome = await this.capture(options, terminal);
    assert.ok(outcome.captured, JSON.stringify(outcome));
    return outcome.capture;
  }

  create(employeeNo: string, ifExists: IfExists = 'error', terminal = this.terminal): Promise<PersonAction> {
    return createPerson(terminal, personOf(employeeNo), ifExists);
  }

  /** Binds without reading back unless told otherwise. */
  bind(
    employeeNo: string,
    face: unknown,
    options: Partial<BindOptions> = {},
    terminal = this.terminal,
  ): Promise<Binding> {
    return bindFace(terminal, {
      employeeNo,
      face,
      faceLibType: 'blackFD',
      FDID: '1',
      verify: false,
      recheck: true,
      ...options,
    });
  }

  /** Does all steps, without repeats unless told otherwise. */
  register(
    employeeNo: string,
    options: Partial<RegistrationOptions> = {},
    terminal = this.terminal,
  ): Promise<Registration> {
    const never = new AbortController().signal;
    const person = personOf(employeeNo);
    return registerPerson(terminal, {
      ...{ person, change: { name: person.name }, ifExists: 'update', face: undefined },
      capture: { dataType: 'url', deadlineMs: 20_000, intervalMs: 1 },
      bind: { faceLibType: 'blackFD', FDID: '1', verify: false, recheck: true },
      ...{ retries: 0, ifFace: 'replace', onFailure: 'keep', signal: never, cancel: never },
      ...options,
    });
  }

  /** Whose face the person has on the terminal. */
  faceOf(employeeNo: string): string | undefined {
    return this.simulator.persons().find((person) => person.employeeNo === employeeNo)?.face;
  }

  /** Every binding the terminal has made, in order: `employeeNo=face`. */
  get bound(): string[] {
    return this.events.flatMap((event) => (event.event === 'face bound' ? [`${event.employeeNo}=${event.face}`] : []));
  }

  /** Waits for the next event of this name. */
  next<Name extends SimulatorEvent['event']>(name: Name): Promise<EventOf<Name>> {
    return new Promise((resolve) => {
      const listener = (event: SimulatorEvent): void => {
        if (event.event !== name) return;
        this.simulator.off('event', listener);
        resolve(event as EventOf<Name>);
      };
      this.simulator.on('event', listener);
    });
  }

  /** Waits until something is true; looked at whenever the terminal tells something. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.simulator.off('event', look);
        resolve();
      };
      this.simulator.on('event', look);
      look();
    });
  }

  /** Whose faces the terminal has captured, in order. */
  get captured(): string[] {
    return this.events.flatMap((event) => (event.event === 'captured' ? [event.face] : []));
  }

  /** How many requests of this kind the terminal has taken. */
  requests(kind: keyof SimulatedTerminal['counters']['requests']): number {
    return this.simulator.counters.requests[kind];
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    this.terminal.enrolment.releaseOwner(this.owner);
    await this.simulator.stop();
  }
}

/** Opens a lab, lends it to `work` and closes it whatever happens. */
export async function withLab(settings: LabSettings, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open(settings);
  try {
    await work(lab);
  } finally {
    await lab.close();
  }
}

/** What create-user sends for a person of whom only the number is given. */
export function personOf(employeeNo: string, given: Partial<PersonInput> = {}): UserInfo {
  return userInfo({ ...NOTHING, employeeNo, fullName: `person ${employeeNo}`, ...given });
}

const NOTHING: PersonInput = {
  employeeNo: '',
  fullName: '',
  userType: '',
  gender: '',
  groupId: '',
  beginTime: '2026-01-01T00:00:00',
  endTime: '',
  timeType: '',
  validEnabled: '',
  doorRight: '1',
  planTemplateNo: '',
  extra: '',
};
