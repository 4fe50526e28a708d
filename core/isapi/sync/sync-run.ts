import { HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { isOfToday, lookAtAll, lookQuickly, mayLookQuickly, settledAs, type Look } from './look.js';
import { asText, UNSETTLED, type Remembered, type Settled } from './memory.js';
import { assertAllowed, isNothing, mustRemoveFirst, planOf, type Known, type Plan } from './plan.js';
import { forgetLimits, syncLimits, type SyncLimits } from './reading/limits.js';
import { countPersons, type Count } from './reading/persons.js';
import { noteSerial, serialOf } from './reading/unit.js';
import type { PersonFailure, SyncOptions, SyncProgress, SyncResult } from './options.js';
import { unhurried } from './unhurried.js';
import { Writer } from './writing/writer.js';

/** One list on its way to one terminal. */
export class SyncRun {
  private readonly startedAt = performance.now();
  private readonly sentBefore: number;
  private readonly warnings: HikvisionError[] = [];
  private serial = '';
  /** What the file of what is remembered holds. */
  private saved: string | undefined;
  /** What a power cut would leave of that file says nothing that this run can make untrue. */
  private isCautious = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: SyncOptions,
    /** Under the right to which unit, and how many requests were sent before it was asked for. */
    private readonly held?: { serial: string; sentBefore: number },
  ) {
    this.sentBefore = held?.sentBefore ?? terminal.requestCount;
  }

  async run(): Promise<SyncResult> {
    const { terminal, options, held } = this;
    const { signal } = options;
    if (held) noteSerial(terminal, held.serial);
    const remembered = await options.memory.load(terminal);
    let limits = await syncLimits(terminal, signal, this.toldOthers(remembered));
    this.saved = remembered && asText(remembered);
    this.isCautious = remembered === undefined;
    this.serial = await serialOf(terminal, false, signal);
    const count = await countPersons(terminal, signal);
    let known = this.knownOf(remembered, limits);
    let look = await this.look(limits, known, count);
    let plan = await planOf(look, known, options);
    // Nothing is written to another terminal than the one that was meant.
    if (!isNothing(plan) && (await this.isAnother())) {
      forgetLimits(terminal);
      limits = await syncLimits(terminal, signal);
      known = this.knownOf(remembered, limits);
      look = await this.look(limits, known, await countPersons(terminal, signal));
      plan = await planOf(look, known, options);
    }
    assertAllowed(plan, look, known, options);
    this.warn(known, look, plan, remembered);
    if (options.dryRun) return this.result(look, plan, undefined);
    const writer = new Writer(terminal, limits, known.remembered, options);
    try {
      // Of this, the process may never come to tell how it has ended.
      for (const employeeNo of [...plan.faces.keys(), ...plan.leavers, ...plan.strangers]) {
        known.remembered.faces.delete(employeeNo);
      }
      if (remembered && !isNothing(plan)) this.isCautious = await this.remember(known.remembered, undefined);
      await writer.write(plan, look, mustRemoveFirst(plan, look, known));
      const settled = await this.settled(look, plan, writer, count, limits);
      await this.remember(known.remembered, settled);
    } catch (error) {
      // What was sent stays sent; what the terminal holds now has to be read anew.
      await this.remember(known.remembered, undefined);
      throw error;
    }
    return this.result(look, plan, writer);
  }

  /** What the unit said to those who share it: whoever has it next need not ask again that day. */
  private toldOthers(remembered: Remembered | undefined): SyncLimits | undefined {
    const settled = remembered?.settled;
    const isOfThisUnit = this.held !== undefined && remembered?.serial === this.held.serial;
    return settled && isOfThisUnit && isOfToday(settled, Date.now()) ? settled.limits : undefined;
  }

  /** What is remembered of this terminal; of another one that hangs at its address, nothing is. */
  private knownOf(remembered: Remembered | undefined, { capacity }: SyncLimits): Known {
    const isReplaced = remembered !== undefined && remembered.serial !== this.serial;
    const fresh: Remembered = { serial: this.serial, faces: new Map() };
    return {
      remembered: remembered && !isReplaced ? { ...remembered, faces: new Map(remembered.faces) } : fresh,
      isReplaced,
      capacity,
    };
  }

  private async look(limits: SyncLimits, { remembered }: Known, count: Count | undefined): Promise<Look> {
    const { terminal, options } = this;
    const onPage = (done: number, total: number): void => this.tell({ step: 'read', done, total });
    const looking = { terminal, limits, options, count, onPage };
    const quick = mayLookQuickly(looking, remembered, Date.now())
      ? await lookQuickly(looking, remembered.settled)
      : undefined;
    return quick ?? lookAtAll(looking);
  }

  /** Whether another terminal hangs there than the one whose serial number was known. */
  private async isAnother(): Promise<boolean> {
    const serial = await serialOf(this.terminal, true, this.options.signal);
    const isAnother = serial !== this.serial;
    if (isAnother && this.held) throw HikvisionError.of('otherUnit', { retryable: true, delivery: 'unsent' });
    this.serial = serial;
    return isAnother;
  }

  private warn({ isReplaced }: Known, { found, others }: Look, plan: Plan, before: Remembered | undefined): void {
    const { persons, scope } = this.options;
    if (isReplaced) {
      const params = { serial: this.serial || '?', before: printable(before?.serial ?? '', 80) || '?' };
      this.warnings.push(HikvisionError.of('terminalReplaced', { delivery: 'unsent', params }));
    }
    if (scope === 'all' && others.length > 0 && persons.every(({ remove }) => remove)) {
      this.warnings.push(HikvisionError.of('emptyList', { delivery: 'unsent', params: { found } }));
    }
    const count = plan.additions.filter(({ isWithoutDoors }) => isWithoutDoors).length;
    if (count > 0) this.warnings.push(HikvisionError.of('noDoor', { delivery: 'unsent', params: { count } }));
  }

  /** What the next run may build upon; undefined where it has to read everything again. */
  private async settled(
    look: Look,
    plan: Plan,
    writer: Writer,
    before: Count | undefined,
    limits: SyncLimits,
  ): Promise<Settled | undefined> {
    const { terminal, options } = this;
    if (!before || !options.verify) return undefined;
    const count = isNothing(plan) ? before : await countPersons(terminal, options.signal);
    const { created, removed } = writer.counts;
    const foreign = look.foreign - writer.strangersRemoved;
    // Who is to go is known by number only where everybody is read.
    if (options.scope === 'all' && foreign > 0) return undefined;
    // Somebody else was at work here meanwhile.
    if (count?.persons !== look.found + created - removed) return undefined;
    const failed = [...plan.failed, ...writer.failed].map(({ employeeNo }) => employeeNo);
    const open = new Set([...failed, ...writer.toCapture, ...plan.facesUnseen, ...writer.facesUnseen]);
    const persons = new Map<string, string>();
    await unhurried(options.persons, options.signal, (person) => {
      persons.set(person.employeeNo, open.has(person.employeeNo) ? UNSETTLED : settledAs(person));
    });
    return {
      scope: options.scope,
      persons,
      foreign,
      found: count.persons,
      count: count.all,
      readAt: look.readAt,
      ...(this.held ? { limits } : {}),
    };
  }

  /** False where it could not be written. */
  private async remember(now: Remembered, settled: Settled | undefined): Promise<boolean> {
    const { terminal, options } = this;
    const next: Remembered = { ...now };
    delete next.settled;
    if (settled) next.settled = settled;
    const text = asText(next);
    if (text === this.saved) return true;
    try {
      await options.memory.save(terminal, next.serial, text, !this.isCautious);
      this.saved = text;
      return true;
    } catch (error) {
      // What still stands there is no longer true.
      await options.memory.forget(terminal).catch(() => undefined);
      const detail = printable((error as NodeJS.ErrnoException).code ?? String(error), 80);
      const warning = HikvisionError.of('notSaved', { delivery: 'unsent', params: { detail } });
      if (!this.warnings.some(({ reason }) => reason === 'notSaved')) this.warnings.push(warning);
      return false;
    }
  }

  private tell(progress: SyncProgress): void {
    this.options.onProgress?.(progress);
  }

  private result(look: Look, plan: Plan, writer: Writer | undefined): SyncResult {
    const { options, serial } = this;
    const failed: PersonFailure[] = [...plan.failed, ...(writer?.failed ?? [])];
    const toCapture = writer?.toCapture ?? [];
    const done = writer?.counts ?? plannedCounts(plan);
    const left = options.scope === 'all' ? look.foreign - (writer?.strangersRemoved ?? plan.strangers.length) : 0;
    const verified = writer !== undefined && options.verify && writer.isProven && plan.facesUnseen.size === 0;
    const facesFailed = failed.filter(({ step }) => step === 'face').length + toCapture.length;
    const isAsSaid = failed.length === 0 && toCapture.length === 0 && left <= 0;
    return {
      terminal: this.terminal.name,
      ...(serial === '' ? {} : { serial }),
      look: look.kind,
      wanted: options.persons.filter(({ remove }) => !remove).length,
      found: look.found,
      created: done.created,
      updated: done.updated,
      unchanged: plan.unchanged,
      removed: done.removed,
      foreign: look.foreign,
      faces: { sent: done.facesSent, kept: plan.facesKept + (writer?.facesKept ?? 0), failed: facesFailed },
      cards: { added: done.cardsAdded, removed: done.cardsRemoved },
      failed,
      toCapture,
      warnings: [...this.warnings, ...(writer?.warnings ?? [])],
      requests: this.terminal.requestCount - this.sentBefore,
      converged: writer ? verified && isAsSaid : isNothing(plan) && isAsSaid,
      verified,
      dryRun: options.dryRun,
      seconds: Math.round((performance.now() - this.startedAt) / 100) / 10,
    };
  }
}

/** What a dry run would have done. */
function plannedCounts({ leavers, strangers, changes, additions, faces, cards }: Plan): Writer['counts'] {
  const cardChanges = [...cards.values()];
  return {
    created: additions.length,
    updated: changes.length,
    removed: leavers.length + strangers.length,
    facesSent: faces.size,
    cardsAdded: cardChanges.reduce((sum, { add }) => sum + add.length, 0),
    cardsRemoved: cardChanges.reduce((sum, { remove }) => sum + remove.length, 0),
  };
}
