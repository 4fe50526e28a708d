import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SimulatedTerminal, type ModelName, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import { example, type FlowNode } from '../node-red/embedded-node-red.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';

/** What the simulated terminals of the examples are. */
const MODELS: Record<string, ModelName> = {
  Lobby: 'DS-K1T343EFWX',
  Gate: 'DS-K1T342MFWX-E1',
};
/** Real seconds of a simulated terminal's second. */
const TIME_SCALE = 0.05;
export const API_TOKEN = 'token-of-the-tests';

/** Many have their contexts on disk, where what a flow keeps outlives it. */
const CONTEXT_ON_DISK = {
  contextStorage: { default: { module: 'localfilesystem', config: { flushInterval: 0 } } },
};

/** Whether a text of a context store has a JPEG in it. */
export function holdsPicture(contexts: string): boolean {
  return /\/9j\/|255,\s*216,\s*255|"type":\s*"Buffer"/.test(contexts);
}

/** Settings of tabs that a test changes. */
export interface Durations {
  DEADLINE?: string;
  HOLD?: string;
  WEBHOOK_HOSTS?: string;
  DEVICES?: string;
}

/** A system of the examples in a real Node-RED, with terminals that the test has in its hands. */
export class System {
  private constructor(
    readonly red: NodeRedProcess,
    readonly flow: FlowNode[],
    readonly terminals: Record<string, SimulatedTerminal>,
    /** Where the database and the pictures are. */
    readonly folder: string,
  ) {}

  /** The flow as shipped; only waiting times are shortened, and its terminals are the test's own. */
  static async start(name: string, patch: (node: FlowNode) => void = () => undefined, settings: Partial<SimulatorSettings> = {}): Promise<System> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-system-'));
    const terminals: Record<string, SimulatedTerminal> = {};
    const flow = (await example(`systems/${name}`)).filter(({ type }) => type !== 'terminal-simulator');
    for (const node of flow) {
      if (node.type === 'isapi-config') {
        const terminal = await startTerminal(MODELS[String(node.name)] ?? 'DS-K1T343EFWX', settings);
        terminals[String(node.name)] = terminal;
        Object.assign(node, { port: String(terminal.address.port), timeout: '5', retries: '0' });
      }
      shorten(node);
      patch(node);
    }
    // Node-RED and its flows read them from the environment.
    Object.assign(process.env, {
      API_TOKEN,
      ATTENDANCE_DATABASE: path.join(folder, 'attendance.sqlite'),
      EMPLOYEES_DATABASE: path.join(folder, 'employees.sqlite'),
    });
    return new System(await NodeRedProcess.start({ flow, settings: CONTEXT_ON_DISK }), flow, terminals, folder);
  }

  /** Everything that the context stores hold; pictures in them are Buffers or base64 texts that begin with the bytes of a JPEG. */
  async contexts(): Promise<string> {
    // The store writes as soon as something changes, a tick later.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const folder = path.join(this.red.userDir, 'context');
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json'));
    return (await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
  }

  /** The terminal of that name. */
  terminal(name: string): SimulatedTerminal {
    const found = this.terminals[name];
    if (!found) throw new Error(`no terminal ${name}`);
    return found;
  }

  /** The face that a terminal has under this number. */
  faceOf(terminal: string, employeeNo: string): string | undefined {
    return this.terminal(terminal)
      .persons()
      .find((person) => person.employeeNo === employeeNo)?.face;
  }

  /** What another system has written into a terminal. */
  async putPerson(terminal: string, UserInfo: object): Promise<void> {
    await this.ask(terminal, 'AccessControl/UserInfo/SetUp', 'PUT', 'application/json', JSON.stringify({ UserInfo }));
  }

  /** Another system binds the face that is captured now. */
  async bindOn(terminal: string, FPID: string, face: string): Promise<void> {
    this.terminal(terminal).foreignCapture(face);
    const { address } = this.terminal(terminal);
    const faceURL = `http://127.0.0.1:${address.port}/LOCALS/pic/web_face_enrollpic.jpg`;
    const record = JSON.stringify({ faceLibType: 'blackFD', FDID: '1', FPID, faceURL });
    const part = `--x\r\nContent-Disposition: form-data; name="FaceDataRecord"\r\n\r\n${record}\r\n--x--\r\n`;
    await this.ask(terminal, 'Intelligent/FDLib/FDSetUp', 'PUT', 'multipart/form-data; boundary=x', part);
  }

  private async ask(terminal: string, to: string, method: string, type: string, body: string): Promise<void> {
    const url = `http://127.0.0.1:${this.terminal(terminal).address.port}/ISAPI/${to}?format=json`;
    const reply = await fetch(url, { method, headers: { 'Content-Type': type }, body });
    if (!reply.ok) throw new Error(`${to}: HTTP ${reply.status} ${await reply.text()}`);
  }

  /** Other durations from here on. */
  async deployWith(durations: Durations): Promise<void> {
    for (const node of this.flow) setDurations(node, durations);
    await this.red.deploy(this.flow, 'nodes');
  }

  async remove(): Promise<void> {
    await this.red.remove();
    await Promise.all(Object.values(this.terminals).map((terminal) => terminal.stop()));
    await rm(this.folder, { recursive: true, force: true });
    for (const name of ['API_TOKEN', 'ATTENDANCE_DATABASE', 'EMPLOYEES_DATABASE']) Reflect.deleteProperty(process.env, name);
  }
}

/** Waits until it is so; asks again whenever Node-RED or a terminal may have gone on. */
export async function eventually(isSo: () => boolean | Promise<boolean>, what: string, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function startTerminal(model: ModelName, settings: Partial<SimulatorSettings>): Promise<SimulatedTerminal> {
  const terminal = new SimulatedTerminal({ port: 0, model, timeScale: TIME_SCALE, ...settings });
  await terminal.start();
  return terminal;
}

function shorten(node: FlowNode): void {
  if (node.type === 'capture-face' || node.type === 'register-person') node['interval'] = '0.05';
  setDurations(node, { DEADLINE: '20' });
}

function setDurations(node: FlowNode, durations: Durations): void {
  if (node.type === 'register-person' && durations.DEADLINE !== undefined) node['deadline'] = durations.DEADLINE;
  if (node.type !== 'tab') return;
  for (const variable of (node['env'] ?? []) as { name: keyof Durations; value: string; type: string }[]) {
    const value = durations[variable.name];
    if (value !== undefined) Object.assign(variable, { value, type: /^[\d.]+$/.test(value) ? 'num' : 'str' });
  }
}
