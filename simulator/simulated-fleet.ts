import { LoopbackNetwork } from './server/loopback-network.js';
import { isModelName, SimulatedTerminal, type ModelName, type SimulatorSettings } from './simulated-terminal.js';

export interface FleetSettings extends Omit<
  SimulatorSettings,
  'port' | 'host' | 'tls' | 'model' | 'serialNumber' | 'macAddress'
> {
  /** How many terminals there are, 1 to 60,000. */
  count: number;
  /** Terminal by terminal, and from the first again. */
  models: readonly ModelName[];
  /** The same at every address; default: any free port. */
  port?: number;
}

const MOST = 60_000;
const IN_A_ROW = 250;
/** Requests that one terminal of many remembers. */
const RECORDS = 200;

/**
 * Many simulated terminals in one process and at one listener: terminal n has the address 127.1.x.y, all have one port. A
 * terminal comes to be when somebody connects to it or asks for it, and each has its own serial number, persons, login and
 * faults. HTTP only, and Linux: see LoopbackNetwork, also for what keeps others on the network out.
 */
export class SimulatedFleet {
  /** Of every terminal, whether it has come to be or not. */
  readonly addresses: readonly string[];
  private readonly terminals = new Map<string, SimulatedTerminal>();
  private readonly indexes: ReadonlyMap<string, number>;
  private readonly network: LoopbackNetwork;
  private listensAt = 0;

  private constructor(private readonly settings: FleetSettings) {
    const { count, models, port = 0, idleSeconds } = settings;
    if (!Number.isInteger(count) || count < 1 || count > MOST) throw new Error(`A fleet has 1 to ${MOST} terminals`);
    if (models.length === 0 || !models.every(isModelName)) {
      throw new Error(`There is no such fleet to simulate: ${JSON.stringify(models)}`);
    }
    this.addresses = Array.from({ length: count }, (_, index) => addressOf(index));
    this.indexes = new Map(this.addresses.map((address, index) => [address, index]));
    this.network = new LoopbackNetwork({ port, ...(idleSeconds !== undefined && { idleSeconds }) }, (address) => {
      if (this.indexes.has(address)) this.terminal(address);
    });
  }

  /** @throws Error for settings that make no sense, or if it cannot listen (EADDRINUSE, EACCES) */
  static async start(settings: FleetSettings): Promise<SimulatedFleet> {
    const fleet = new SimulatedFleet(settings);
    ({ port: fleet.listensAt } = await fleet.network.start());
    return fleet;
  }

  /** The same for all. */
  get port(): number {
    return this.listensAt;
  }

  /** How many have come to be. */
  get size(): number {
    return this.terminals.size;
  }

  /**
   * The terminal at an address. Its stop() takes it off the network, its start() brings it back with all that it knows.
   * @throws Error for an address that is not in `addresses`
   */
  terminal(address: string): SimulatedTerminal {
    const known = this.terminals.get(address);
    if (known) return known;
    const index = this.indexes.get(address);
    const model = index === undefined ? undefined : this.settings.models[index % this.settings.models.length];
    if (index === undefined || model === undefined) {
      throw new Error(`There is no simulated terminal at ${JSON.stringify(address)}`);
    }
    const terminal = new SimulatedTerminal(
      {
        records: RECORDS,
        ...this.settings,
        port: this.listensAt,
        model,
        serialNumber: `${model}-SIMULATED-N${index + 1}`,
        macAddress: macOf(index + 1),
      },
      (listeners) => this.network.at(address, listeners),
    );
    this.terminals.set(address, terminal);
    return terminal;
  }

  /** Closes the listener with every socket and timer at once. */
  async stop(): Promise<void> {
    await Promise.all([...this.terminals.values()].map((terminal) => terminal.stop()));
    await this.network.stop();
  }
}

function addressOf(index: number): string {
  return `127.1.${Math.trunc(index / IN_A_ROW)}.${1 + (index % IN_A_ROW)}`;
}

function macOf(number: number): string {
  const hex = number.toString(16).padStart(4, '0');
  return `02:00:00:01:${hex.slice(0, 2)}:${hex.slice(2)}`;
}
