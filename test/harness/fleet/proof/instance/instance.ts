import path from 'node:path';

import { NodeRedProcess } from '../../../node-red/node-red-process.js';
import { flowOf, type FlowSettings } from './flow.js';

/** A Node-RED of the fleet: a process of its own that is killed, paused and started again. */
export class Instance {
  /** How often it was started. */
  life = 1;

  private constructor(
    readonly name: string,
    readonly red: NodeRedProcess,
  ) {}

  /** @param mutant a module that changes the program before Node-RED loads it */
  static async start(settings: FlowSettings, mutant?: string): Promise<Instance> {
    const { flow, credentials } = flowOf(settings);
    const preload = mutant === undefined ? {} : { NODE_OPTIONS: `--require ${mutant}` };
    const red = await NodeRedProcess.start({
      ...{ flow, credentials, environment: preload },
      settings: { nodesDir: path.join(__dirname, 'nodes') },
    });
    return new Instance(settings.instance, red);
  }

  kill(): Promise<void> {
    return this.red.kill('SIGKILL');
  }

  async startAgain(): Promise<void> {
    this.life += 1;
    await this.red.resume();
  }

  /** Registers somebody; says whether it was confirmed. A process that dies meanwhile confirms nothing. */
  async register(terminal: string, employeeNo: string): Promise<boolean> {
    try {
      const reply = await this.post('register', { terminal, employeeNo, name: `Guest ${employeeNo}` });
      const said = (await reply.json()) as { outcome?: string };
      return reply.ok && said.outcome === 'registered';
    } catch {
      return false;
    }
  }

  /** By its fleet-out. */
  async work(terminal: string): Promise<void> {
    await this.post('work', { terminal });
  }

  private post(to: string, body: object): Promise<Response> {
    return this.red.fetch(to, {
      ...{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
    });
  }
}
