import { HikvisionError } from '../../../errors/hikvision-error.js';
import { wait } from '../../../http/turns/wait.js';
import { facesOf } from '../../operations/person/person.js';
import { text, type Tree } from '../../protocol/document.js';
import type { Terminal } from '../../terminal/terminal.js';
import { differingField, keptBytes } from '../difference.js';
import type { Remembered } from '../memory.js';
import { readCardsOf } from '../reading/cards.js';
import { readFacesOf } from '../reading/faces.js';
import type { SyncLimits } from '../reading/limits.js';
import { inBatches, readNamed } from '../reading/persons.js';
import type { PersonFailure, SyncOptions } from '../options.js';
import type { WantedPerson } from '../wanted/person-list.js';
import { isIncomplete } from './patience.js';

/** What has been written of a person. */
interface Expected {
  person: WantedPerson;
  /** Their whole record, where it was sent. */
  record?: Tree;
  hasNewFace?: boolean;
  hasNewCards?: boolean;
}

/** A terminal models a face for a few seconds before the person has it. */
const FACE_DELAYS_MS = [250, 500, 1000, 2000, 3000, 4000];

/** Reads back what has been written. */
export class Proof {
  /** Those of whom the terminal does not tell whether they have a face. */
  readonly facesUnseen = new Set<string>();
  private readonly expected = new Map<string, Expected>();
  private readonly failures: PersonFailure[] = [];

  constructor(
    private readonly terminal: Terminal,
    private readonly limits: SyncLimits,
    private readonly remembered: Remembered,
    private readonly options: SyncOptions,
  ) {}

  /** Notes what the terminal has been sent of a person. */
  expect(person: WantedPerson, what: Omit<Expected, 'person'>): void {
    const { employeeNo } = person;
    this.expected.set(employeeNo, { ...this.expected.get(employeeNo), person, ...what });
  }

  /** Reads all of them; gives those who are not as they were sent. */
  async read(onProgress: (done: number, total: number) => void): Promise<PersonFailure[]> {
    const all = [...this.expected.values()];
    let done = 0;
    for (const batch of inBatches(all, this.limits.named)) {
      await this.orFail(batch, 'person', () => this.judge(batch));
      onProgress((done += batch.length), all.length);
    }
    const carded = all.filter(({ hasNewCards }) => hasNewCards);
    await this.orFail(carded, 'card', () => this.readCards(carded));
    return this.failures;
  }

  /** Where the terminal does not come to the end of showing them, none of them is proven. */
  private async orFail(
    some: readonly Expected[],
    step: PersonFailure['step'],
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (failure) {
      if (!isIncomplete(failure)) throw failure;
      for (const { person } of some) {
        this.failures.push({ employeeNo: person.employeeNo, step, failure, retryable: true });
      }
    }
  }

  private async judge(batch: readonly Expected[]): Promise<void> {
    const shown = await this.shown(batch);
    for (const each of batch) this.judgeRecord(each, shown.get(each.person.employeeNo));
    const sent = batch.filter(({ person, hasNewFace }) => hasNewFace && shown.has(person.employeeNo));
    await this.awaitFaces(await this.faceless(sent, shown));
  }

  private judgeRecord({ person, record }: Expected, shown: Tree | undefined): void {
    const { employeeNo } = person;
    if (!shown) {
      this.failChange(employeeNo, 'employeeNo');
      return;
    }
    if (!record) return;
    const name = text(shown, 'name') ?? '';
    const kept = keptBytes(name, person.change.name);
    // It was written a moment ago: so this is what the terminal keeps of it.
    if (kept !== undefined) this.remembered.nameBytes = Math.max(this.remembered.nameBytes ?? 0, kept);
    const comparing = { nameBytes: this.remembered.nameBytes, isSettled: true };
    const field = differingField(person, shown, record, comparing);
    if (field !== undefined) this.failChange(employeeNo, field);
  }

  /** Until each of them has a face. */
  private async awaitFaces(faceless: readonly Expected[]): Promise<void> {
    let left = faceless;
    for (const delay of FACE_DELAYS_MS) {
      if (left.length === 0) return;
      await wait(delay, this.options.signal);
      left = await this.faceless(left, await this.shown(left));
    }
    for (const { person } of left) {
      const { employeeNo } = person;
      this.remembered.faces.delete(employeeNo);
      const failure = HikvisionError.of('notVerified', {
        ...{ retryable: true, delivery: 'answered' as const, params: { employeeNo } },
      });
      this.failures.push({ employeeNo, step: 'face', failure, retryable: true });
    }
  }

  /** Those of them who have no face yet; of whom nobody can tell is noted. */
  private async faceless(some: readonly Expected[], shown: ReadonlyMap<string, Tree>): Promise<Expected[]> {
    const facesIn = ({ person }: Expected): number | undefined => {
      const stored = shown.get(person.employeeNo);
      return stored ? facesOf(stored) : 0;
    };
    const hidden = some.filter((each) => facesIn(each) === undefined).map(({ person }) => person.employeeNo);
    const { terminal, limits, options, facesUnseen } = this;
    const seen = hidden.length === 0 ? new Set() : await readFacesOf(terminal, limits, hidden, options.signal);
    if (!seen) hidden.forEach((employeeNo) => facesUnseen.add(employeeNo));
    return some.filter((each) => {
      const faces = facesIn(each);
      return faces === undefined ? seen?.has(each.person.employeeNo) === false : faces === 0;
    });
  }

  private async readCards(expected: readonly Expected[]): Promise<void> {
    const numbers = expected.map(({ person }) => person.employeeNo);
    const cards = await readCardsOf(this.terminal, this.limits, numbers, this.options.signal);
    for (const { person } of expected) {
      const { employeeNo, cards: wanted = [] } = person;
      const held = cards.get(employeeNo) ?? new Set();
      if (held.size === wanted.length && wanted.every((card) => held.has(card))) continue;
      const failure = HikvisionError.of('cardNotVerified', {
        ...{ retryable: true, delivery: 'answered' as const, params: { employeeNo } },
      });
      this.failures.push({ employeeNo, step: 'card', failure, retryable: true });
    }
  }

  private shown(some: readonly Expected[]): Promise<Map<string, Tree>> {
    const numbers = some.map(({ person }) => person.employeeNo);
    return readNamed(this.terminal, this.limits, numbers, this.options.signal);
  }

  private failChange(employeeNo: string, field: string): void {
    const failure = HikvisionError.of('personNotChanged', {
      ...{ retryable: true, delivery: 'answered' as const, params: { employeeNo, field } },
    });
    this.failures.push({ employeeNo, step: 'person', failure, retryable: true });
  }
}
