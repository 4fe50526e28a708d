import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { WorkOptions, WorkOrder, WorkTold } from './work-process.js';

/** An instance that takes work, in a process that can be killed and paused. */
export class WorkerProcess {
  readonly told: WorkTold[] = [];
  private static readonly running = new Set<WorkerProcess>();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    WorkerProcess.running.add(this);
    child.on('message', (told: WorkTold) => {
      this.told.push(told);
      for (const look of this.waiting) look();
      this.waiting.clear();
    });
  }

  /** Settled when it is ready. */
  static async start(options: WorkOptions): Promise<WorkerProcess> {
    const file = path.join(__dirname, 'work-process.ts');
    const child = fork(file, [JSON.stringify(options)], { execArgv: ['--require', 'tsx/cjs'], stdio: 'inherit' });
    const worker = new WorkerProcess(child);
    await worker.next(({ state }) => state === 'ready');
    return worker;
  }

  static async killAll(): Promise<void> {
    await Promise.all([...WorkerProcess.running].map((worker) => worker.kill()));
  }

  /** The first of what it told, or will tell, that is so. */
  async next(is: (told: WorkTold) => boolean): Promise<WorkTold> {
    for (;;) {
      const found = this.told.find(is);
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  began(terminal: string): Promise<WorkTold> {
    return this.next((told) => told.event === 'began' && told.terminal === terminal);
  }

  finish(terminal: string): void {
    this.child.send({ finish: terminal } satisfies WorkOrder);
  }

  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    WorkerProcess.running.delete(this);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
