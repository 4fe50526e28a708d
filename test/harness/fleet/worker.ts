import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { Order, Told, WorkerOptions } from './ownership-worker.js';

const FILE = path.join(__dirname, 'ownership-worker.ts');

/** An instance in a process that can be killed and paused. */
export class Worker {
  readonly told: Told[] = [];
  private static readonly running = new Set<Worker>();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (told: Told) => {
      this.told.push(told);
      for (const look of [...this.waiting]) look();
    });
  }

  /** Settled when it is ready. */
  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = await Worker.begin(options);
    await worker.next(({ state }) => state === 'ready');
    return worker;
  }

  /** Settled when it has told a state. */
  static async begin(options: WorkerOptions): Promise<Worker> {
    const child = fork(FILE, [JSON.stringify(options)], { execArgv: ['--require', 'tsx/cjs'], stdio: 'inherit' });
    const worker = new Worker(child);
    Worker.running.add(worker);
    await worker.next(({ event }) => event === 'state');
    return worker;
  }

  static async killAll(): Promise<void> {
    await Promise.all([...Worker.running].map((worker) => worker.kill()));
  }

  /** The first of what it told, or will tell, that is so; counted from `from`. */
  async next(is: (told: Told) => boolean, from = 0): Promise<Told> {
    for (;;) {
      const found = this.told.slice(from).find(is);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.waiting.delete(look);
          resolve();
        };
        this.waiting.add(look);
      });
    }
  }

  send(order: Order): void {
    this.child.send(order);
  }

  /** Gives an order and waits for what it tells of it. */
  async ask(order: Order, is: (told: Told) => boolean): Promise<Told> {
    const from = this.told.length;
    this.send(order);
    return await this.next(is, from);
  }

  acquire(serial: string): Promise<Told> {
    return this.ask({ do: 'acquire', serial }, ({ event }) => event === 'held' || event === 'refused');
  }

  tryAcquire(serial: string): Promise<Told> {
    const ends = ['held', 'notFree', 'refused'];
    return this.ask({ do: 'tryAcquire', serial }, ({ event }) => ends.includes(event));
  }

  check(serial: string): Promise<Told> {
    return this.ask({ do: 'check', serial }, ({ event }) => event === 'checked');
  }

  lost(): Promise<Told> {
    return this.next(({ event }) => event === 'lost');
  }

  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    Worker.running.delete(this);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
