// A process with an instance that takes work: tells what it does, and finishes a job when it is told to.
import { asFailure } from '../../../core/errors/hikvision-error.js';
import { Fleet } from '../../../fleet/core/fleet.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { doors, QUICK } from './instance.js';

export interface WorkOptions {
  settings: FleetSettings;
  /** How many doors it has. */
  terminals: number;
}

export interface WorkTold {
  event: 'state' | 'began' | 'ended';
  /** Milliseconds since 1970. */
  at: number;
  state?: string;
  terminal?: string;
  attempt?: number;
  takenOver?: boolean;
  code?: string;
}

export interface WorkOrder {
  finish: string;
}

if (process.send) run(JSON.parse(process.argv[2] ?? '{}') as WorkOptions);

function run({ settings, terminals }: WorkOptions): void {
  const finishing = new Map<string, () => void>();
  const listed = doors(terminals);
  const fleet = new Fleet({
    settings,
    listed: () => listed,
    serialOf: (terminal) => Promise.resolve(`SN ${terminal}`),
    onState: (state) => tell({ event: 'state', state }),
    tempo: { pauses: QUICK },
  });
  fleet.take({
    timeoutMs: 60_000,
    work: ({ terminal, attempt, takenOver, signal }) =>
      new Promise((resolve, reject) => {
        tell({ event: 'began', terminal, attempt, takenOver });
        signal.addEventListener('abort', () => {
          tell({ event: 'ended', terminal, code: asFailure(signal.reason).code });
          reject(signal.reason as Error);
        });
        finishing.set(terminal, () => {
          tell({ event: 'ended', terminal });
          resolve();
        });
      }),
  });
  process.on('message', ({ finish }: WorkOrder) => finishing.get(finish)?.());
  process.on('disconnect', () => process.exit());
  fleet.start();
}

function tell(told: Omit<WorkTold, 'at'>): void {
  process.send?.({ at: Date.now(), ...told });
}
