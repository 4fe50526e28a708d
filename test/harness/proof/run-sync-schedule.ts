import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { wait } from '../../../core/http/turns/wait.js';
import { SyncMemory } from '../../../core/isapi/sync/memory.js';
import { syncTerminal, type SyncOptions, type SyncResult } from '../../../core/isapi/sync/sync.js';
import { readPersons } from '../../../core/isapi/sync/wanted/person-list.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import { facePicture, type SimulatorEvent } from '../../../simulator/simulated-terminal.js';
import { Lab } from './lab.js';
import type { ListedPlan, RunPlan, SyncSchedule } from './sync-schedule.js';

/** Milliseconds that a request may take, and the length of a terminal's second. */
const TIMEOUT_MS = 400;
const TIME_SCALE = 0.001;
/** What is slow has happened by then. */
const LATEST_MS = 1000;
/** So many messages more, with no more faults, and the terminal holds what the list says. */
const MOST_RUNS = 8;

/** Plays a schedule against the core and a simulated terminal; gives each broken promise. */
export async function runSyncSchedule(schedule: SyncSchedule): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-sync-proof-'));
  const lab = await Lab.open({
    simulator: { model: schedule.model, timeScale: TIME_SCALE },
    terminal: { timeoutMs: TIMEOUT_MS, retries: schedule.retries },
  });
  try {
    return await new SyncPlay(schedule, lab, folder).play();
  } finally {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class SyncPlay {
  private readonly broken: string[] = [];
  private terminal: Terminal;
  private memory: SyncMemory;
  /** A request of an earlier run may still take effect. */
  private mayBeLate = false;

  constructor(
    private readonly schedule: SyncSchedule,
    private readonly lab: Lab,
    private readonly folder: string,
  ) {
    this.terminal = lab.terminal;
    this.memory = new SyncMemory(folder);
  }

  async play(): Promise<string[]> {
    const { simulator } = this.lab;
    for (const number of this.schedule.byHand) {
      simulator.edit({ person: { employeeNo: String(number), name: `By hand ${number}`, face: `F${number}.9` } });
    }
    for (const run of this.schedule.runs) {
      this.mayBeLate ||= run.faults.some(({ kind }) => kind === 'slow');
      await this.run(run);
    }
    const last = this.schedule.runs.at(-1);
    // What is still on its way arrives: nobody can know of it.
    await wait(LATEST_MS);
    if (last) await this.settle(last);
    this.judgeFaces();
    return this.broken;
  }

  private async run(run: RunPlan): Promise<void> {
    if (run.restarted) this.restart();
    const seen = this.lab.events.length;
    for (const fault of run.faults) this.lab.simulator.fault(fault);
    const [result] = await Promise.all([this.message(run), this.registration(run.registers)]);
    this.lab.simulator.disarm();
    this.judgeRun(run, this.lab.events.slice(seen), result);
  }

  /** Everything has come through: without any fault, the last list is what the terminal holds. */
  private async settle(last: RunPlan): Promise<void> {
    const run: RunPlan = {
      ...last,
      full: true,
      maxRemovals: 100,
      faults: [],
      cancelAfter: undefined,
      registers: undefined,
    };
    let held: string[] = [];
    for (let runs = 1; ; runs += 1) {
      const result = await this.message(run);
      held = result instanceof Error ? [] : cardsOfOthers(result);
      if (!(result instanceof Error) && (result.converged || held.length > 0)) break;
      const isEmpty = run.scope === 'all' && run.persons.every(({ remove }) => remove);
      if (isEmpty && !(result instanceof Error)) break;
      if (runs > MOST_RUNS) {
        this.broken.push(
          `never as the list says: ${result instanceof Error ? result.message : JSON.stringify(result)}`,
        );
        return;
      }
    }
    const persons = run.persons.map((each) =>
      held.includes(String(each.number)) ? { ...each, cards: undefined } : each,
    );
    this.judgeState({ ...run, persons }, 'at the end');
    const events = this.lab.events.length;
    const again = await this.message({ ...run, faces: 'changed' });
    const written = this.lab.events
      .slice(events)
      .filter(isWriting)
      .map(({ event }) => event);
    const isNew = run.faces === 'missing' && written.every((event) => event.startsWith('face'));
    if (written.length > 0 && !isNew) this.broken.push(`the same list again: ${written.join()}`);
    if (again instanceof Error) this.broken.push(`the same list again: ${again.message}`);
  }

  private restart(): void {
    this.terminal = this.lab.connect();
    this.memory = new SyncMemory(this.folder);
  }

  private async message({
    persons,
    scope,
    faces,
    full,
    maxRemovals,
    cancelAfter,
  }: RunPlan): Promise<SyncResult | Error> {
    const cancelling = new AbortController();
    let told = 0;
    const options: SyncOptions = {
      persons: await readPersons(persons.map(asListed), { folder: undefined, signal: cancelling.signal }),
      ...{ scope, faces, full, maxRemovals, dryRun: false, verify: true },
      ...{ memory: this.memory, signal: cancelling.signal },
      onProgress: () => {
        if (told === cancelAfter) cancelling.abort(HikvisionError.of('cancelled'));
        told += 1;
      },
    };
    try {
      return await syncTerminal(this.terminal, options);
    } catch (error) {
      if (!(error instanceof HikvisionError)) this.broken.push(`not one of our errors: ${String(error)}`);
      return error as Error;
    }
  }

  private async registration(number: number | undefined): Promise<void> {
    if (number === undefined) return;
    this.lab.simulator.present(`F${number}.8`);
    await this.lab.register(String(number), { retries: 2 }, this.terminal).catch(() => undefined);
    this.lab.simulator.leave();
  }

  private judgeRun(run: RunPlan, events: SimulatorEvent[], result: SyncResult | Error): void {
    const named = new Set(run.persons.filter(({ remove }) => remove).map(({ number }) => String(number)));
    const kept = new Set(run.persons.filter(({ remove }) => !remove).map(({ number }) => String(number)));
    const byHand = new Set(run.faults.flatMap(({ edit }) => (edit?.edit === 'remove' ? [edit.employeeNo] : [])));
    const gone = events.flatMap((event) => (event.event === 'person deleted' ? [event.employeeNo] : []));
    const removed = new Set(gone.filter((employeeNo) => !byHand.has(employeeNo)));
    for (const employeeNo of removed) {
      const isAllowed = named.has(employeeNo) || (run.scope === 'all' && !kept.has(employeeNo) && kept.size > 0);
      if (!isAllowed) this.broken.push(`${employeeNo} was removed (scope ${run.scope})`);
    }
    if (removed.size > run.mostRemovals) {
      this.broken.push(`${removed.size} were removed, and ${run.mostRemovals} may be`);
    }
    if (
      result instanceof HikvisionError &&
      ['LIST_INCOMPLETE', 'CAPACITY', 'TOO_MANY_REMOVALS'].includes(result.code)
    ) {
      const isOthers = run.registers !== undefined || run.faults.some(({ kind }) => kind === 'edit');
      if (!isOthers && events.some(isWriting)) this.broken.push(`${result.code}, and something was written`);
    }
    const isAlone = run.registers === undefined && !this.mayBeLate && !run.faults.some(({ kind }) => kind === 'edit');
    if (!(result instanceof Error) && result.converged && isAlone) this.judgeState(run, 'converged');
  }

  /** Whether the terminal holds what a list says. */
  private judgeState({ persons, scope, faces }: RunPlan, when: string): void {
    const stored = new Map(this.lab.simulator.persons().map((person) => [person.employeeNo, person]));
    for (const { number, name, doorRight, endTime, face, cards, remove } of persons) {
      const is = stored.get(String(number));
      if (remove) {
        if (is) this.broken.push(`${when}: ${number} is still there`);
        continue;
      }
      const valid = is?.UserInfo['Valid'] as { endTime?: string } | undefined;
      const told = [
        is && name.startsWith(is.name.replace(/\uFFFD+$/, '')),
        is?.doors.join(),
        valid?.endTime?.slice(0, 19),
      ];
      const wanted = [true, doorRight, endTime];
      if (JSON.stringify(told) !== JSON.stringify(wanted)) {
        this.broken.push(`${when}: ${number} is ${JSON.stringify(told)}, wanted ${JSON.stringify(wanted)}`);
      }
      if (cards && is?.cards.slice().sort().join() !== cards.slice().sort().join()) {
        this.broken.push(`${when}: ${number} has the cards ${String(is?.cards)}, wanted ${cards.join()}`);
      }
      const isFace = face === 0 || (faces === 'missing' ? is?.face !== undefined : is?.face === `F${number}.${face}`);
      // Somebody who was registered beside has the face that was captured: only a list that sends each face says otherwise.
      const isCaptured = faces === 'changed' && is?.face === `F${number}.8`;
      if (!isFace && !isCaptured) {
        this.broken.push(`${when}: ${number} has the face ${String(is?.face)}, wanted ${face}`);
      }
    }
    const listed = new Set(persons.filter(({ remove }) => !remove).map(({ number }) => String(number)));
    const strangers = [...stored.keys()].filter((employeeNo) => !listed.has(employeeNo));
    if (scope === 'all' && listed.size > 0 && strangers.length > 0) {
      this.broken.push(`${when}: ${strangers.join()} are there`);
    }
  }

  /** No face was ever bound to anybody else than whose it is. */
  private judgeFaces(): void {
    for (const event of this.lab.events) {
      if (event.event !== 'face bound' || event.face.startsWith(`F${event.employeeNo}.`)) continue;
      this.broken.push(`${event.employeeNo} was given the face ${event.face}`);
    }
  }
}

/** Those who wait for a card that somebody has whom the list does not speak of: nothing else has failed then. */
function cardsOfOthers({ failed }: SyncResult): string[] {
  const isAll = failed.every(({ failure }) => failure.reason === 'cardElsewhere');
  return isAll ? failed.map(({ employeeNo }) => employeeNo) : [];
}

function isWriting({ event }: SimulatorEvent): boolean {
  return /^(?:person|face|card)/.test(event);
}

function asListed({ number, face, remove, ...person }: ListedPlan): object {
  if (remove) return { employeeNo: String(number), remove };
  // Of somebody whose schedules a terminal does not show, only a list that says them can change the doors.
  return {
    employeeNo: String(number),
    planTemplateNo: '1',
    ...person,
    ...(face === 0 ? {} : { face: facePicture(`F${number}.${face}`) }),
  };
}
