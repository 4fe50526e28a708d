import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { wait } from '../../../core/http/turns/wait.js';
import { EventMemory } from '../../../core/isapi/events/cursor/event-memory.js';
import { EVENT_KINDS, type TerminalEvent, type TerminalNotice } from '../../../core/isapi/events/options.js';
import { EventWatch } from '../../../core/isapi/events/watch.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import { LogJudge } from './log-judge.js';
import type { LogSchedule, Step } from './log-schedule.js';
import { ScriptedLog } from './scripted-log.js';
import { FilesInMemory, ScriptedStreams } from './watch-lab.js';

/** With no more troubles, everything has been delivered after so long (milliseconds), however slow the flow is. */
const LONG_MS = 7_200_000;
/** It is looked so often (milliseconds), and once more after the last. */
const LOOK_MS = 30_000;
const ACK_TIMEOUT_MS = 2000;
/** What a terminal says that wants each code named. */
const CODES = { major: { '@opt': '0,5' }, minor: { '@opt': '75,76,0x15,0x19' } };

/** Plays a schedule, and gives each broken promise. */
export async function runLogSchedule(schedule: LogSchedule): Promise<string[]> {
  const play = new LogPlay(schedule);
  await play.run();
  return play.judge.broken;
}

/** One process: what it does after its death does not reach the world. */
class Process {
  isDead = false;
  /** It dies when it has done so many things more. */
  dieAfter = Infinity;

  /** It does something with the world; for the dead nothing comes of it. */
  async does<T>(what: () => Promise<T>): Promise<T> {
    this.count();
    if (this.hasDied()) return never();
    const done = await what();
    this.count();
    return this.hasDied() ? never() : done;
  }

  private hasDied(): boolean {
    return this.isDead;
  }

  count(): void {
    this.dieAfter -= 1;
    if (this.dieAfter < 0) this.isDead = true;
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

class LogPlay {
  readonly judge: LogJudge;
  private readonly units = [new ScriptedLog(), new ScriptedLog()];
  private log: ScriptedLog;
  private readonly files = new FilesInMemory();
  private readonly streams = new ScriptedStreams();
  private process = new Process();
  private watch: EventWatch;
  private cuts = 0;

  constructor(private readonly schedule: LogSchedule) {
    this.judge = new LogJudge(schedule);
    for (const [index, unit] of this.units.entries()) {
      unit.serialNumber = `DS-${index}`;
      unit.quirks = { ...schedule.quirks, ...(schedule.quirks.named === 'minor' ? { capabilities: CODES } : {}) };
      unit.capacity = schedule.capacity;
    }
    this.log = this.unit(0);
    this.watch = this.begin();
  }

  async run(): Promise<void> {
    this.happen(this.schedule.before, 0, false);
    this.watch.start();
    for (const step of this.schedule.steps) {
      await this.play(step);
      await this.reviveIfDead();
    }
    // Another unit is not there without the line having been cut.
    this.cuts = Math.min(this.cuts, 1);
    this.process.dieAfter = Infinity;
    // The last kill may have come after the last look.
    await this.reviveIfDead();
    for (let passed = 0; passed < LONG_MS && this.judge.missing(this.log).length > 0; passed += LOOK_MS) {
      await wait(LOOK_MS);
    }
    await wait(LOOK_MS);
    await this.watch.stop();
    this.judge.broken.push(...this.judge.missing(this.log));
  }

  private unit(index: number): ScriptedLog {
    const unit = this.units[index];
    if (!unit) throw new Error('there is no such unit');
    return unit;
  }

  private async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'happen':
        this.happen(step.count, step.late, step.announced);
        return;
      case 'skip':
        this.log.skip(step.count);
        return;
      case 'pass':
        return wait(step.ms);
      case 'reset':
        // Nobody is so quick that two logs have the same second in them.
        await wait(2000);
        this.judge.reset(this.log);
        this.log.reset();
        this.happen(step.count, 0, false);
        return wait(2000);
      case 'swap':
        await wait(2000);
        this.log = this.unit(1 - this.units.indexOf(this.log));
        this.cuts += 1;
        return wait(2000);
      case 'cut':
        this.cuts += step.calls;
        return;
      case 'emptyPages':
        this.log.quirks = { ...this.log.quirks, emptyPages: step.count };
        return;
      case 'restart':
        await this.watch.stop();
        this.process.isDead = true;
        return;
      case 'kill':
        this.process.dieAfter = step.after;
        return;
    }
  }

  private async reviveIfDead(): Promise<void> {
    if (!this.process.isDead) return;
    this.streams.listeners.clear();
    await wait(1000);
    this.process = new Process();
    this.judge.restarted();
    this.watch = this.begin();
    this.watch.start();
  }

  private happen(count: number, late: number, announced: boolean): void {
    for (let done = 0; done < count; done += 1) {
      // No ring is so small that it loses what has not yet appeared.
      const isLate = late > 0 && done % 3 === 1 && this.schedule.capacity === Infinity;
      const serial = this.log.happens({
        ...(isLate ? { seenFrom: Date.now() + late } : {}),
        minor: [75, 76, 21, 25][done % 4] ?? 75,
        employeeNoString: this.judge.nextToken(),
      });
      this.judge.happened(this.log, serial);
      if (announced && !this.process.isDead) {
        this.streams.tell((listener) => listener.onHint({ serial, major: 5, minor: 75, current: true }));
      }
    }
  }

  private begin(): EventWatch {
    const { process, schedule } = this;
    const files = {
      read: (file: string) => process.does(() => this.files.read(file)),
      write: (file: string, text: string) => process.does(() => this.files.write(file, text)),
    };
    const watch = new EventWatch({
      ...{ terminal: this.line(process), reader: 'node1', memory: new EventMemory('/events', files) },
      ...{ streams: this.streams, route: schedule.route, pollMs: 5000, kinds: new Set(EVENT_KINDS), pictures: false },
      ...{ begin: schedule.begin, acknowledge: schedule.acknowledge, inFlight: schedule.inFlight },
      ...{ ackTimeoutMs: ACK_TIMEOUT_MS, ownLogins: false },
      onEvent: (event) => {
        if (!process.isDead) this.received(event, process, watch);
      },
      onNotice: (notice: TerminalNotice) => {
        if (!process.isDead) this.judge.noticed(notice, this.log);
      },
      onState: () => undefined,
      onFailure: (failure) => {
        if (['unexpected', 'logSerials', 'logRefused', 'logUnreadable'].includes(failure.reason)) {
          this.judge.broken.push(`failure: ${failure.reason} ${JSON.stringify(failure.params)}`);
        }
      },
    });
    return watch;
  }

  /** What the flow does with an event. */
  private received(event: TerminalEvent, process: Process, watch: EventWatch): void {
    this.judge.delivered(event);
    process.count();
    const { acknowledge, ackMs, lost } = this.schedule;
    if (acknowledge === 'sent' || event.serial % lost === 0) return;
    const acknowledged = (): void => {
      if (!process.isDead && watch.acknowledge(event.id)) this.judge.acknowledged(event.id);
    };
    if (ackMs === 0) acknowledged();
    else setTimeout(acknowledged, ackMs);
  }

  /** The line of one process to whatever terminal is there. */
  private line(process: Process): Terminal {
    const terminals = new Map(this.units.map((unit) => [unit, unit.terminal()]));
    const call: Terminal['call'] = (asked) =>
      process.does(async () => {
        await wait(20, asked.signal);
        if (this.cuts > 0) {
          this.cuts -= 1;
          const params = { address: 'gate', reason: 'cut' };
          throw HikvisionError.of('connectionLost', { params, retryable: true });
        }
        const terminal = terminals.get(this.log);
        if (!terminal) throw new Error('there is no such unit');
        return terminal.call(asked);
      });
    return Object.assign(this.unit(0).terminal(), { call });
  }
}
