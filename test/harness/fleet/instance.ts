import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { Fleet, type FleetOptions } from '../../../fleet/core/fleet.js';
import type { FleetSettings, FleetState, ListedTerminal, TakenJob } from '../../../fleet/core/options.js';
import type { Pauses } from '../../../fleet/core/taking/pauses.js';

/** So that nothing is waited for in earnest: what has to be noticed in time is noticed all the same. */
export const QUICK: Partial<Pauses> = { poll: 100, hurry: 300, lock: 300, back: 100, grace: 300, list: 300 };

export interface InstanceOptions extends Pick<FleetOptions, 'serialOf' | 'wordsOf'> {
  settings: FleetSettings;
  terminals: ListedTerminal[];
  tempo: FleetOptions['tempo'];
}

/** A job in the test's hand. */
export interface HeldJob {
  job: TakenJob;
  finish: () => void;
  fail: (error: Error) => void;
}

/** A Fleet whose terminals are names only: the serial number of `door 1` is `SN door 1`. */
export class Instance {
  readonly fleet: Fleet;
  readonly states: FleetState[] = [];
  readonly problems: HikvisionError[] = [];
  /** What it lists; a test may replace it. */
  terminals: readonly ListedTerminal[];
  private static readonly running = new Set<Instance>();
  private readonly jobs: HeldJob[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(options: Partial<InstanceOptions> & Pick<InstanceOptions, 'settings'>) {
    const { settings, terminals = doors(1), serialOf = serialFor, tempo = {}, wordsOf } = options;
    this.terminals = terminals;
    this.fleet = new Fleet({
      ...{ settings, serialOf, tempo: { ...tempo, pauses: { ...QUICK, ...tempo.pauses } } },
      ...(wordsOf && { wordsOf }),
      listed: () => this.terminals,
      onState: (state) => {
        this.states.push(state);
        this.look();
      },
      onProblem: (problem) => this.problems.push(problem),
    });
    Instance.running.add(this);
  }

  /** Settled when it is ready. */
  static async start(options: Partial<InstanceOptions> & Pick<InstanceOptions, 'settings'>): Promise<Instance> {
    const instance = Instance.begin(options);
    await instance.isIn('ready');
    return instance;
  }

  static begin(options: Partial<InstanceOptions> & Pick<InstanceOptions, 'settings'>): Instance {
    const instance = Instance.make(options);
    instance.fleet.start();
    return instance;
  }

  static make(options: Partial<InstanceOptions> & Pick<InstanceOptions, 'settings'>): Instance {
    return new Instance(options);
  }

  static async closeAll(): Promise<void> {
    await Promise.all([...Instance.running].map((instance) => instance.close()));
  }

  async isIn(state: FleetState): Promise<void> {
    while (this.fleet.state !== state) await this.something();
  }

  /** Takes work: each job is in the test's hand, and rejects as fleet-in does when it is told to end. */
  take(timeoutMs = 60_000): () => Promise<void> {
    return this.fleet.take({
      timeoutMs,
      work: (job) =>
        new Promise((resolve, reject) => {
          job.signal.addEventListener('abort', () => reject(job.signal.reason as Error));
          this.jobs.push({ job, finish: resolve, fail: reject });
          this.look();
        }),
    });
  }

  /** The next job that comes, or has come. */
  async next(): Promise<HeldJob> {
    for (;;) {
      const held = this.jobs.shift();
      if (held) return held;
      await this.something();
    }
  }

  /** Jobs that have come and that nobody has asked for. */
  get pending(): number {
    return this.jobs.length;
  }

  async close(): Promise<void> {
    Instance.running.delete(this);
    await this.fleet.close();
  }

  private something(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private look(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** `door 1` and so on. */
export function doors(count: number, site = ''): ListedTerminal[] {
  return Array.from({ length: count }, (_, index) => ({ name: `door ${index + 1}`, site }));
}

function serialFor(terminal: string): Promise<string> {
  return Promise.resolve(`SN ${terminal}`);
}
