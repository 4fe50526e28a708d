import { setTimeout as delay } from 'node:timers/promises';

import type { TerminalEvent } from '../../../../core/isapi/events/options.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import type { TrueRecord } from '../../../../simulator/terminal/events/access-log.js';
import { EventJudge, type Standing } from './judge.js';
import { WatchLife } from './life.js';
import type { EventSchedule, Happening } from './schedule.js';

/** With no more troubles, everything has been delivered after so long (milliseconds). */
const LONG_MS = 1_200_000;
const LOOK_MS = 5000;
/** Whoever is connected has found by then what there was. */
const SETTLING_MS = 10_000;
/** A kill that nothing came to be killed in. */
const KILLED_AT_LATEST_MS = 3000;
/** Nobody is so quick that two counts have the same second in them. */
const RESTORING_MS = 2100;
/** Longer than any timer of a reader: nobody exchanges a terminal so quickly that its line is not missed. */
const EXCHANGING_MS = 65_000;
/** Majors and minors of what happens, in turns. */
const CODES = [
  ...([[5, 75], [5, 21], [5, 25], [5, 76], [5, 1], [3, 1024], [5, 26], [2, 1031]] as const), // prettier-ignore
];

/** Of addresses that nobody else uses: a terminal that comes back is at the same port. */
const PORT = 8076;

let terminals = 0;

/** Plays the schedule with the real reader against a simulated terminal, and gives everything in which it broke the promise. */
export async function runEventSchedule(schedule: EventSchedule): Promise<string[]> {
  const run = await EventRun.open(schedule);
  try {
    return await run.play();
  } finally {
    await run.close();
  }
}

class EventRun {
  private readonly judge: EventJudge;
  private readonly disk = new Map<string, string>();
  private life: WatchLife | undefined;
  private lives = 0;
  private events = 0;
  private era = 1;
  /** How often the flow got each event. */
  private readonly seen = new Map<string, number>();
  /** What goes on by itself. */
  private readonly going = new Set<Promise<void>>();

  static async open(schedule: EventSchedule): Promise<EventRun> {
    terminals += 1;
    const host = `127.76.${Math.trunc(terminals / 250) % 250}.${1 + (terminals % 250)}`;
    const simulator = new SimulatedTerminal({
      ...{ port: PORT, host, model: 'DS-K1T343EFWX', eventTroubles: schedule.behaviour },
    });
    await simulator.start();
    return new EventRun(simulator, schedule);
  }

  private constructor(
    private readonly simulator: SimulatedTerminal,
    private readonly schedule: EventSchedule,
  ) {
    this.judge = new EventJudge(schedule);
  }

  async play(): Promise<string[]> {
    const { before, happenings } = this.schedule;
    this.write(before);
    await delay(1000);
    this.start();
    const since = Date.now();
    for (const happening of happenings) {
      await delay(Math.max(0, since + happening.at - Date.now()));
      await this.happen(happening);
    }
    await Promise.all(this.going);
    this.simulator.disarm();
    await this.untilDone();
    await this.another();
    return this.judge.verdict(this.log);
  }

  async close(): Promise<void> {
    await this.life?.stop();
    await this.simulator.stop();
  }

  private get log(): TrueRecord[] {
    return this.simulator.events.trueLog;
  }

  private get standing(): Standing {
    const { serialNumber, events } = this.simulator;
    return { serialNumber, era: this.era, ...events.ring() };
  }

  /** Node-RED starts. */
  private start(): void {
    const { host, port } = this.simulator.address;
    const terminal = new Terminal({
      ...{ name: 'Gate', protocol: 'http', host, port, certificate: { mode: 'none' } },
      ...{ timeoutMs: 2000, retries: 0, queueLimit: 100 },
    });
    this.judge.begun();
    this.life = new WatchLife({
      ...{ index: this.lives, schedule: this.schedule, judge: this.judge, terminal, disk: this.disk },
      standing: () => this.standing,
      onEvent: (event, life) => this.work(event, life),
      onKilled: () => this.judge.begun(),
    });
    this.lives += 1;
    this.life.watch.start();
  }

  /** What the flow does with an event. */
  private work(event: TerminalEvent, life: WatchLife): void {
    const { acknowledge, flow } = this.schedule;
    const times = (this.seen.get(event.id) ?? 0) + 1;
    this.seen.set(event.id, times);
    const plan = flow[event.serial % flow.length];
    if (acknowledge === 'sent' || !plan || times < plan.atDelivery) return;
    if (plan.ackMs === 0) life.acknowledge(event.id);
    // A flow outlives a redeploy, and no kill.
    else setTimeout(() => life.end?.how !== 'killed' && this.life?.acknowledge(event.id), plan.ackMs);
  }

  private write(count: number): void {
    for (let done = 0; done < count; done += 1) {
      this.events += 1;
      const tag = `E${this.events}`;
      const [major, minor] = CODES[this.events % CODES.length] ?? [5, 75];
      this.judge.happened(tag);
      this.simulator.events.record({ major, minor, employeeNo: tag, name: 'Anna', door: 1, reader: 1 });
    }
  }

  private async happen(happening: Happening): Promise<void> {
    const { simulator, life } = this;
    switch (happening.what) {
      case 'events': {
        this.write(happening.count);
        return;
      }
      case 'jump': {
        simulator.events.skipNumbers(happening.count);
        return;
      }
      case 'clock': {
        simulator.events.setClock(happening.aheadSeconds, happening.zone);
        return;
      }
      case 'cut': {
        simulator.events.cutStreams();
        return;
      }
      case 'fault': {
        simulator.fault(happening.fault);
        return;
      }
      case 'outage':
        await simulator.stop();
        await delay(happening.seconds * 1000);
        await simulator.start();
        return;
      case 'reboot':
        return simulator.reboot(happening.seconds);
      case 'restore defaults':
      case 'replace':
        return this.countAnew(happening);
      case 'kill': {
        this.kill(happening);
        return;
      }
      case 'stop':
        this.stop(happening.downMs);
        return;
      case 'replay':
        if (!life || life.isOver) return;
        this.judge.replayed(life);
        life.watch.replay(Math.max(1, this.standing.newest - happening.count)).catch(() => undefined);
        return;
    }
  }

  private async countAnew(happening: Happening): Promise<void> {
    const { simulator } = this;
    await delay(RESTORING_MS);
    this.judge.eraEnded(this.era);
    this.era += 1;
    if (happening.what === 'replace') {
      await simulator.stop();
      simulator.replace();
      await delay(EXCHANGING_MS);
      await simulator.start();
    } else {
      simulator.restoreDefaults();
      if (happening.what === 'restore defaults') this.write(happening.count);
    }
    await delay(RESTORING_MS);
  }

  /** Meanwhile everything else goes on. */
  private kill({ steps, downMs }: { steps: number; downMs: number }): void {
    const { life } = this;
    if (!life || life.isOver) return;
    const killing = async (): Promise<void> => {
      life.dieAfter(steps);
      for (let ms = 0; ms < KILLED_AT_LATEST_MS && !life.isOver; ms += 100) await delay(100);
      life.kill();
      await delay(downMs);
      if (this.life === life) this.start();
    };
    this.go(killing());
  }

  private stop(downMs: number): void {
    const { life } = this;
    if (!life || life.isOver) return;
    const stopping = async (): Promise<void> => {
      await life.stop();
      await delay(downMs);
      if (this.life === life) this.start();
    };
    this.go(stopping());
  }

  private go(work: Promise<void>): void {
    const done = work.finally(() => this.going.delete(done));
    this.going.add(done);
  }

  private async untilDone(): Promise<void> {
    const end = Date.now() + LONG_MS;
    const isSettled = (): boolean =>
      Date.now() - this.judge.connectedSince(this.life) > SETTLING_MS && this.judge.isDone(this.log);
    while (Date.now() < end && !isSettled()) await delay(LOOK_MS);
  }

  /** Whatever was delivered was noted: who starts once more gets nothing. */
  private async another(): Promise<void> {
    await this.life?.stop();
    const before = this.judge.count;
    this.start();
    await delay(2 * this.schedule.pollMs);
    await this.life?.stop();
    if (this.judge.count > before) {
      this.judge.broken(`twice: ${this.judge.count - before} came again when all was done`);
    }
  }
}
