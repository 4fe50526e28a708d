import type { TerminalEvent, TerminalNotice } from '../../../core/isapi/events/options.js';
import type { LogSchedule } from './log-schedule.js';
import type { ScriptedLog } from './scripted-log.js';

/** One event that truly happened, of whatever unit and numbering. */
interface Truth {
  token: string;
  unit: string;
  serial: number;
  /** How often its unit had been reset. */
  generation: number;
  /** The terminal lost it with all others. */
  isErased: boolean;
  /** It happened before anybody began to listen. */
  isExcused: boolean;
  id?: string;
  deliveries: number;
}

/** Compares what a flow got with what happened at the terminals. */
export class LogJudge {
  readonly broken: string[] = [];
  private readonly truths = new Map<string, Truth>();
  private readonly byId = new Map<string, string>();
  private readonly generations = new Map<string, number>();
  private readonly gaps: { unit: string; generation: number; from: number; to: number }[] = [];
  /** Ids that are out in this process. */
  private readonly out = new Set<string>();
  /** The last that came for the first time, of each unit. */
  private readonly lastNew = new Map<string, { generation: number; serial: number }>();
  private tokens = 0;
  private hasConnected = false;

  constructor(private readonly schedule: LogSchedule) {}

  nextToken(): string {
    this.tokens += 1;
    return `T${this.tokens}`;
  }

  happened(log: ScriptedLog, serial: number): void {
    const token = `T${this.tokens}`;
    const unit = log.serialNumber;
    const generation = this.generationOf(unit);
    this.truths.set(token, { token, unit, serial, generation, isErased: false, isExcused: false, deliveries: 0 });
  }

  reset(log: ScriptedLog): void {
    const unit = log.serialNumber;
    const generation = this.generationOf(unit);
    for (const truth of this.truths.values()) {
      if (truth.unit === unit && truth.generation === generation) truth.isErased = true;
    }
    this.generations.set(unit, generation + 1);
  }

  /** Another process: nothing is out in it. */
  restarted(): void {
    this.out.clear();
  }

  delivered(event: TerminalEvent): void {
    const truth = this.truths.get(event.employeeNo ?? '');
    if (!truth) return void this.broken.push(`never happened: ${event.id}`);
    truth.deliveries += 1;
    if (!event.redelivered && truth.deliveries > 1) this.broken.push(`twice: ${event.id} ${truth.token}`);
    if (truth.serial !== event.serial) this.broken.push(`other number: ${event.id} is ${truth.serial}`);
    if (truth.id !== undefined && truth.id !== event.id) this.broken.push(`two ids: ${truth.id} and ${event.id}`);
    const other = this.byId.get(event.id);
    if (other !== undefined && other !== truth.token) this.broken.push(`one id for two: ${event.id}`);
    truth.id = event.id;
    this.byId.set(event.id, truth.token);
    if (truth.deliveries === 1) this.inOrder(truth);
    this.countOut(event.id);
  }

  acknowledged(id: string): void {
    this.out.delete(id);
  }

  noticed(notice: TerminalNotice, log: ScriptedLog): void {
    if (notice.notice === 'unacknowledged') this.out.delete(notice.id);
    if (notice.notice === 'gap') this.gap(notice, log);
    if (notice.notice === 'connected' && !this.hasConnected) {
      this.hasConnected = true;
      if (this.schedule.begin === 'now') this.excuse(log, notice.newest);
    }
  }

  /** Events of the unit that is there that were neither delivered nor named as lost. */
  missing(log: ScriptedLog): string[] {
    const unit = log.serialNumber;
    const kept = new Set(log.entries.map(({ serial }) => serial));
    return [...this.truths.values()].flatMap((truth) => {
      const { generation, serial, deliveries, isErased, isExcused } = truth;
      if (truth.unit !== unit || deliveries > 0 || isErased || isExcused) return [];
      if (kept.has(serial)) return [`missing: ${unit} ${generation} ${serial}`];
      const isNamed = this.gaps.some(
        (gap) => gap.unit === unit && gap.generation === generation && gap.from <= serial && serial <= gap.to,
      );
      return isNamed || serial < this.firstRead(unit, generation) ? [] : [`not named: ${unit} ${serial}`];
    });
  }

  /** What was lost before anything of this numbering was read is not missed. */
  private firstRead(unit: string, generation: number): number {
    const read = [...this.truths.values()].filter(
      (each) => each.unit === unit && each.generation === generation && each.deliveries > 0,
    );
    return Math.min(...read.map(({ serial }) => serial));
  }

  private generationOf(unit: string): number {
    return this.generations.get(unit) ?? 0;
  }

  private inOrder({ unit, generation, serial }: Truth): void {
    const last = this.lastNew.get(unit);
    const isAfter = !last || generation > last.generation || (generation === last.generation && serial > last.serial);
    if (!isAfter) this.broken.push(`out of order: ${unit} ${serial} after ${last.serial}`);
    else this.lastNew.set(unit, { generation, serial });
  }

  private countOut(id: string): void {
    if (this.schedule.acknowledge === 'sent') return;
    this.out.add(id);
    if (this.out.size > this.schedule.inFlight) this.broken.push(`${this.out.size} are out`);
  }

  private gap({ from, to }: { from: number; to: number }, log: ScriptedLog): void {
    const unit = log.serialNumber;
    this.gaps.push({ unit, generation: this.generationOf(unit), from, to });
    const kept = log.entries.find(({ serial }) => from <= serial && serial <= to);
    if (kept) this.broken.push(`called a gap, and is there: ${kept.serial}`);
  }

  /** What happened before is not wanted. */
  private excuse(log: ScriptedLog, newest: number): void {
    for (const truth of this.truths.values()) {
      if (truth.unit === log.serialNumber && truth.serial <= newest) truth.isExcused = true;
    }
  }
}
