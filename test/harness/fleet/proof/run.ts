import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startPostgres, type Postgres } from '../../../../scripts/postgres/postgres.mjs';
import type { History, Owner, ProvedTerminal, Registered, Trouble } from './history.js';
import type { Variant } from './instance/flow.js';
import { Instance } from './instance/instance.js';
import { INSTANCES, isWhole, terminalName, type Happening, type Schedule } from './schedule.js';
import { Site } from './site/site.js';
import { Line } from './world/line.js';
import { World } from './world/world.js';

const SCHEMA = 'hikvision_fleet';
const LOGIN = { username: 'admin', password: 'proof-Secret-1' };
/** Server keep-alives give a silent connection up after about this. */
const KEEP_ALIVE_MS = 25_000;
/** All terminals are as the list says for the first time. */
const FIRST_MS = 120_000;
/** After the last fault: retries, the look after 90 s, a registration that waits for 65 s. */
const LAST_MS = 240_000;
const LOOK_MS = 250;
/** After so long without anything to do, nothing more will be done. */
const REST_MS = 2000;

export interface RunOptions {
  terminals: number;
  schedule: Schedule;
  variant?: Variant;
  /** A module that changes the program before Node-RED loads it. */
  mutant?: string;
  /** Milliseconds after the last happening in which all has to be done; default 240 s. */
  lastMs?: number;
  log?: (words: string) => void;
  /** A folder that gets the history, all jobs and the logs of the instances. */
  keep?: string;
}

/** Plays a schedule against two Node-REDs, PostgreSQL and simulated terminals, and gives what the watchers wrote down. */
export async function play(options: RunOptions): Promise<History> {
  const run = new Run(options);
  try {
    await run.open();
    return await run.play();
  } finally {
    await run.close();
  }
}

class Run {
  private readonly terminals: ProvedTerminal[];
  private readonly troubles: Trouble[] = [];
  private readonly registered: Registered[] = [];
  private readonly going = new Set<Promise<void>>();
  private readonly instances = new Map<string, Instance>();
  private readonly lines = new Map<string, Line>();
  /** An instance registers one person at a terminal at a time: there is room for one in front. */
  private readonly busy = new Set<string>();
  private postgres!: Postgres;
  private world!: World;
  private site!: Site;

  constructor(private readonly options: RunOptions) {
    const { terminals } = options;
    this.terminals = Array.from({ length: terminals }, (_none, index) => {
      return { name: terminalName(index), isWhole: isWhole(index), isForbidden: index === terminals - 1 };
    });
  }

  async open(): Promise<void> {
    const { terminals, schedule } = this.options;
    this.postgres = await startPostgres({ settings: ['max_connections = 200'] });
    this.world = await World.open({ terminals, ...LOGIN, instances: INSTANCES });
    this.site = new Site(this.postgres.url, SCHEMA);
    const names = this.terminals.map(({ name }) => name);
    await this.site.prepare(names, schedule.persons);
    await this.world.do({ do: 'password', terminal: terminals - 1, password: 'changed-Secret-2' });
    await Promise.all(INSTANCES.map((name) => this.startInstance(name)));
    await this.until('the fleet has its tables', FIRST_MS, () => this.site.isReady(names.length));
    await this.site.watch();
    await this.site.work(names, 'change');
    await this.until('all terminals are as the list says', FIRST_MS, () => Promise.resolve(this.unlike().length === 0));
  }

  async play(): Promise<History> {
    const { schedule, lastMs = LAST_MS, log } = this.options;
    const startedAt = Date.now();
    for (const happening of schedule.happenings) {
      await delay(Math.max(0, startedAt + happening.at - Date.now()));
      log?.(`${((Date.now() - startedAt) / 1000).toFixed(1)} ${JSON.stringify(happening)}`);
      this.track(this.happen(happening));
    }
    await this.settled(lastMs);
    this.assertMutated();
    const history = await this.history();
    if (this.options.keep !== undefined) await this.keep(this.options.keep, history);
    return history;
  }

  /** All that can be known of a run, for whoever asks why it ended so. */
  private async keep(folder: string, history: History): Promise<void> {
    await mkdir(folder, { recursive: true });
    const jobs = await this.site.jobs();
    await writeFile(path.join(folder, 'history.json'), JSON.stringify({ ...history, jobs }, undefined, 1));
    for (const [name, { red }] of this.instances) await writeFile(path.join(folder, `${name}.log`), red.log);
  }

  async close(): Promise<void> {
    const instances = [...this.instances.values()];
    for (const { red } of instances) red.proceed();
    await Promise.all(instances.map(({ red }) => red.kill('SIGKILL').then(() => red.remove())));
    await Promise.all([...this.lines.values()].map((line) => line.close()));
    (this.world as World | undefined)?.close();
    await (this.postgres as Postgres | undefined)?.remove();
  }

  private async startInstance(name: string): Promise<void> {
    const { variant = 'proper', mutant } = this.options;
    const { hostname, port } = new URL(this.postgres.url);
    const line = await Line.open({ to: { host: hostname, port: Number(port) }, givesUpAfter: KEEP_ALIVE_MS });
    this.lines.set(name, line);
    await this.world.do({ do: 'life', instance: name, life: 1 });
    const instance = await Instance.start(
      {
        ...{ instance: name, schema: SCHEMA, variant, ...LOGIN, port: this.world.lines[name] ?? 0 },
        terminals: this.terminals.map((terminal, index) => {
          return { name: terminal.name, host: this.world.hosts[index] ?? '', site: index % 3 === 0 ? 'A' : 'B' };
        }),
        database: { host: '127.0.0.1', port: line.port, database: 'fleet', user: 'postgres', password: 'fleet' },
        whole: this.terminals.flatMap((terminal) => (terminal.isWhole ? [terminal.name] : [])),
      },
      mutant,
    );
    this.instances.set(name, instance);
  }

  private track(work: Promise<void>): void {
    const watched = work.finally(() => this.going.delete(watched));
    this.going.add(watched);
    watched.catch(() => undefined);
  }

  private async happen(happening: Happening): Promise<void> {
    switch (happening.what) {
      case 'kill':
        return this.kill(happening);
      case 'pause':
      case 'cut database':
      case 'cut terminals':
        return this.holdUp(happening);
      case 'stop database':
        return this.during('all', happening.what, async () => {
          await this.postgres.stop(happening.how);
          await delay(happening.for);
          await this.postgres.start();
        });
      case 'end connections':
        return this.during('all', happening.what, () => this.site.terminate());
      case 'change':
        return this.site.change(happening.change, 'change');
      case 'register':
        return this.register(happening);
      case 'send':
        return this.instances
          .get(happening.instance)
          ?.work(terminalName(happening.terminal))
          .catch(() => undefined);
      default:
        return this.disturb(happening);
    }
  }

  private async disturb(happening: Extract<Happening, { terminal: number }>): Promise<void> {
    const { terminal } = happening;
    const name = terminalName(terminal);
    if (happening.what === 'offline') {
      await this.during(name, 'offline', async () => {
        await this.world.do({ do: 'offline', terminal });
        await delay(happening.for);
        await this.world.do({ do: 'online', terminal });
      });
    } else if (happening.what === 'reboot') {
      await this.during(name, 'reboot', () => this.world.do({ do: 'reboot', terminal }));
    } else if (happening.what === 'replace') {
      await this.world.do({ do: 'replace', terminal });
      await this.site.work([name], 'audit');
    } else if (happening.what === 'slow') {
      const { place, for: length } = happening;
      await this.world.do({ do: 'slow', terminal, at: place, seconds: length / 1000 });
    } else if (happening.what === 'page') {
      await this.world.do({ do: 'page', terminal, kind: 'missing', times: happening.times });
    } else if (happening.what === 'edit') {
      // What the terminal refuses was no edit.
      await this.world.do({ do: 'edit', terminal, edit: happening.edit }).catch(() => undefined);
      await this.site.work([name], 'audit');
    }
  }

  private async kill({ instance: name, restartAfter }: Extract<Happening, { what: 'kill' }>): Promise<void> {
    const instance = this.instances.get(name);
    if (!instance) return;
    await this.during(name, 'kill', async () => {
      await instance.kill();
      await this.world.do({ do: 'life', instance: name, life: instance.life + 1 });
      await delay(restartAfter);
      await instance.startAgain();
    });
  }

  private async holdUp(happening: Extract<Happening, { for: number; instance: string }>): Promise<void> {
    const { what, instance: name, for: length } = happening;
    await this.during(name, what, async () => {
      await this.cut(what, name, true);
      await delay(length);
      await this.cut(what, name, false);
    });
  }

  private async cut(what: string, name: string, isDown: boolean): Promise<void> {
    const line = this.lines.get(name);
    const red = this.instances.get(name)?.red;
    if (what === 'pause') {
      if (isDown) red?.pause();
      else red?.proceed();
    } else if (what === 'cut database') {
      if (isDown) line?.swallow();
      else line?.heal();
    } else {
      await this.world.do({ do: 'line', instance: name, isDown });
    }
  }

  /** Notes how long something kept somebody from working. */
  private async during(whom: string, what: string, work: () => Promise<void>): Promise<void> {
    const trouble = { from: Date.now(), to: Infinity, whom, what };
    this.troubles.push(trouble);
    try {
      await work();
    } finally {
      trouble.to = Date.now();
    }
  }

  private async register(happening: Extract<Happening, { what: 'register' }>): Promise<void> {
    const { instance: name, terminal, employeeNo } = happening;
    const instance = this.instances.get(name);
    const place = `${name} ${terminal}`;
    if (!instance || this.busy.has(place)) return;
    this.busy.add(place);
    try {
      await this.world.do({ do: 'register', instance: name, terminal, employeeNo });
      // Whoever registers keeps the terminal until the face is bound.
      await this.during(terminalName(terminal), 'registration', async () => {
        const isDone = await instance.register(terminalName(terminal), employeeNo);
        if (isDone) this.registered.push({ at: Date.now(), terminal: terminalName(terminal), employeeNo });
      });
    } finally {
      await this.world.do({ do: 'register', instance: name, terminal, employeeNo: undefined });
      this.busy.delete(place);
    }
  }

  /** Until nothing goes on and the queue is empty: what is not as the list says then will never be. Or until patience ends. */
  private async settled(lastMs: number): Promise<void> {
    const last = Date.now() + lastMs;
    let quietSince: number | undefined;
    while (Date.now() < last) {
      await delay(LOOK_MS);
      const { leftover } = await this.site.queue();
      const isQuiet = this.going.size === 0 && leftover.every((name) => this.isForbidden(name));
      quietSince = isQuiet ? (quietSince ?? Date.now()) : undefined;
      if (quietSince !== undefined && Date.now() - quietSince >= REST_MS) return;
    }
  }

  /** @throws Error where a mutant changes what nothing calls */
  private assertMutated(): void {
    if (this.options.mutant === undefined) return;
    const isCalled = [...this.instances.values()].some(({ red }) => red.log.includes('mutant: '));
    if (!isCalled) throw new Error(`the mutant replaces what nothing calls: ${this.options.mutant}`);
  }

  private isForbidden(name: string): boolean {
    return this.terminals.some((terminal) => terminal.name === name && terminal.isForbidden);
  }

  /** Terminals that do not show all whom the list wants; for waiting only: the judge looks for himself. */
  private unlike(): string[] {
    const { held } = this.world;
    return this.terminals
      .filter(({ isForbidden }) => !isForbidden)
      .map(({ name }) => name)
      .filter((name) => {
        const wanted = this.site.wanted.findLast(({ terminal }) => terminal === name)?.persons ?? [];
        const is = new Set(held.findLast(({ terminal }) => terminal === name)?.persons.map(asText));
        return !wanted.every((person) => is.has(asText(person)));
      });
  }

  private async history(): Promise<History> {
    await this.world.do({ do: 'settle' });
    const { journal, captures, held } = this.world;
    const lives = new Map<Owner, number>([...this.instances].map(([name, { life }]) => [name, life]));
    return {
      ...{ terminals: this.terminals, troubles: this.troubles, registered: this.registered, lives },
      ...{ journal, captures: captures.toSorted((one, other) => one.at - other.at), held, wanted: this.site.wanted },
      releases: await this.site.releases(),
      ...(await this.site.queue()),
      endedAt: Date.now(),
    };
  }

  private async until(what: string, ms: number, isSo: () => Promise<boolean>): Promise<void> {
    const last = Date.now() + ms;
    while (!(await isSo())) {
      if (Date.now() > last) throw new Error(`not within ${ms / 1000} s: ${what}\n${await this.words()}`);
      await delay(LOOK_MS);
    }
  }

  /** What the fleet and the Node-REDs say of themselves. */
  private async words(): Promise<string> {
    const status = await this.site.status().catch(String);
    const unlike = this.unlike().join();
    return `not as the list says: ${unlike}\n${JSON.stringify(status)}\n${this.printed()}`;
  }

  private printed(): string {
    return [...this.instances.values()].map(({ name, red }) => `== ${name}\n${red.log.slice(-3000)}`).join('\n');
  }
}

function asText({
  employeeNo,
  name,
  ends,
  face,
}: {
  employeeNo: string;
  name: string;
  ends: string;
  face: string;
}): string {
  return [employeeNo, name, ends, face].join();
}
