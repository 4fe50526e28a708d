import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SyncMemory } from '../../../core/isapi/sync/memory.js';
import { syncTerminal, type SyncOptions, type SyncResult } from '../../../core/isapi/sync/sync.js';
import { readPersons } from '../../../core/isapi/sync/wanted/person-list.js';
import { inNoTime } from '../clock.js';
import { Lab, type LabSettings } from '../proof/lab.js';

/** What a test says of a sync; `persons` as a message brings them. */
export type Asked = Partial<Omit<SyncOptions, 'persons' | 'memory'>> & { folder?: string };

/** A person as lists have them. */
export interface Listed {
  employeeNo: string;
  name?: string;
  [property: string]: unknown;
}

/** A simulated terminal and what is remembered of it. */
export class SyncLab {
  private constructor(
    readonly lab: Lab,
    readonly folder: string,
    readonly memory: SyncMemory,
  ) {}

  /** Runs a test in no time; DS-K1T342MFWX-E1 takes pictures, and all that is waited for comes at once. */
  static run(settings: LabSettings, work: (lab: SyncLab) => Promise<void>): Promise<void> {
    return inNoTime(async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-sync-'));
      const simulator = { model: 'DS-K1T342MFWX-E1' as const, ...settings.simulator };
      const lab = await Lab.open({ ...settings, simulator });
      try {
        await work(new SyncLab(lab, folder, new SyncMemory(folder)));
      } finally {
        await lab.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  async sync(persons: readonly unknown[], asked: Asked = {}, terminal = this.lab.terminal): Promise<SyncResult> {
    const { folder, ...options } = asked;
    return syncTerminal(terminal, {
      persons: await readPersons(persons, { folder, signal: new AbortController().signal }),
      ...{ scope: 'listed', maxRemovals: 20, faces: 'changed', dryRun: false, verify: true, full: false },
      ...{ memory: this.memory, signal: new AbortController().signal },
      ...options,
    });
  }

  /** As `sync`; the terminal holds all of it afterwards. */
  async converge(persons: readonly unknown[], asked: Asked = {}): Promise<SyncResult> {
    const result = await this.sync(persons, asked);
    assert.deepEqual(failuresOf(result), []);
    assert.equal(result.converged, true, JSON.stringify(result));
    return result;
  }

  /** Writes this over what is remembered. */
  async spoil(content: string): Promise<void> {
    const [file = ''] = await readdir(this.folder);
    await writeFile(path.join(this.folder, file), content);
  }

  /** Numbers of everybody on the terminal. */
  get numbers(): string[] {
    return this.lab.simulator.persons().map(({ employeeNo }) => employeeNo);
  }

  person(employeeNo: string): ReturnType<Lab['simulator']['persons']>[number] {
    const found = this.lab.simulator.persons().find((each) => each.employeeNo === employeeNo);
    assert.ok(found, `there is no ${employeeNo}`);
    return found;
  }

  /** What the terminal was told to change since the last call: `event number`. */
  changes(): string[] {
    const { events } = this.lab;
    const changes = events.flatMap((each) =>
      'employeeNo' in each && /^(?:person|face|card)/.test(each.event) ? [`${each.event} ${each.employeeNo}`] : [],
    );
    events.length = 0;
    return changes;
  }
}

/** `number step code` of whoever failed. */
export function failuresOf({ failed }: SyncResult): string[] {
  return failed.map(({ employeeNo, step, failure }) => `${employeeNo} ${step} ${failure.code}`);
}

/** So many persons, `1` and on. */
export function people(count: number, more: (index: number) => object = () => ({})): Listed[] {
  return Array.from({ length: count }, (_none, index) => ({
    ...{ employeeNo: String(index + 1), name: `Person ${index + 1}`, doorRight: '1' },
    ...more(index + 1),
  }));
}
