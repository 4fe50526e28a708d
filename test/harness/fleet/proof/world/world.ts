import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';

import type { CaptureSent, HeldThen, JournalEntry } from '../history.js';
import type { Deed, Said, WorldSettings } from './protocol.js';

/** The simulated terminals, seen from outside of their process. */
export class World {
  readonly journal: JournalEntry[] = [];
  readonly captures: CaptureSent[] = [];
  readonly held: HeldThen[] = [];
  private readonly asked = new Map<number, (failure: string | undefined) => void>();
  private last = 0;

  private constructor(
    private readonly child: ChildProcess,
    /** The port of each instance's line; the address says which terminal it leads to. */
    readonly lines: Readonly<Record<string, number>>,
    readonly hosts: readonly string[],
  ) {
    child.on('message', (said: Said) => {
      if (said.says === 'news') {
        this.journal.push(...said.journal);
        this.captures.push(...said.captures);
        this.held.push(...said.held);
      } else if (said.says === 'done') {
        this.asked.get(said.id)?.(said.failure);
        this.asked.delete(said.id);
      }
    });
  }

  static async open(settings: WorldSettings): Promise<World> {
    const child = fork(path.join(__dirname, 'process.ts'), [JSON.stringify(settings)], {
      execArgv: ['--require', 'tsx/cjs'],
    });
    const said = await new Promise<Said>((resolve, reject) => {
      child.once('message', (first: Said) => resolve(first));
      child.once('exit', (code) => reject(new Error(`the terminals have ended: ${code}`)));
    });
    if (said.says !== 'open') throw new Error('the terminals did not open');
    return new World(child, said.lines, said.hosts);
  }

  /** @throws Error with what the terminals say */
  async do(deed: Deed): Promise<void> {
    const id = (this.last += 1);
    if (!this.child.connected) throw new Error(`${deed.do}: the terminals have ended`);
    const failure = await new Promise<string | undefined>((resolve) => {
      this.asked.set(id, resolve);
      this.child.send({ ...deed, id });
    });
    if (failure !== undefined) throw new Error(`${deed.do}: ${failure}`);
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}
