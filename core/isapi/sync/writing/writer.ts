import { HikvisionError } from '../../../errors/hikvision-error.js';
import { backOff, wait } from '../../../http/turns/wait.js';
import { BIND_LINE, bindFace } from '../../operations/face.js';
import { facesOf, MODIFY_LINE, overwritePerson, RECORD_LINE, storePerson } from '../../operations/person/person.js';
import type { Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { RequestLine, Terminal } from '../../terminal/terminal.js';
import { changeOf, type Change } from '../difference.js';
import { hasFace, type Look } from '../look.js';
import type { Remembered } from '../memory.js';
import type { FaceToSend, Plan } from '../plan.js';
import type { SyncLimits } from '../reading/limits.js';
import { PERSONS_LINE } from '../reading/pages.js';
import { inBatches, readNamed } from '../reading/persons.js';
import { countFaces } from '../reading/unit.js';
import type { PersonFailure, SyncOptions, SyncStep } from '../options.js';
import { pictureOf, versionIn } from '../wanted/face.js';
import type { WantedPerson } from '../wanted/person-list.js';
import { CARD_LINE, writeCards, type CardChange } from './cards.js';
import { isBusy, isIncomplete, isModelling, isTheirs, patiently } from './patience.js';
import { Proof } from './proof.js';
import { facesTooMany, removeNamed } from './removal.js';

/** Persons who are read again just before they are changed: somebody else may have changed them since they were compared. */
const CHANGED_AT_ONCE = 20;
/** Pictures that could not be modelled are sent so often again, after everybody else. */
const MODELLING_REPEATS = 2;
/** So many in a row who are refused because the terminal is busy, or does not know the call, stand for all. */
const MOST_IN_VAIN = 3;
const LIBRARY = { faceLibType: 'blackFD', FDID: '1' };

/** Does what a plan says. What fails for one person is noted; the others go on. */
export class Writer {
  readonly counts = { created: 0, updated: 0, removed: 0, facesSent: 0, cardsAdded: 0, cardsRemoved: 0 };
  readonly failed: PersonFailure[] = [];
  readonly toCapture: string[] = [];
  readonly warnings: HikvisionError[] = [];
  strangersRemoved = 0;
  /** Faces that stay although they are not those of the list: this terminal takes none but its own. */
  facesKept = 0;
  /** All that was written was read back, and is there. */
  isProven = true;
  private readonly proof: Proof;
  private readonly modelLater: { employeeNo: string; face: FaceToSend; failure: HikvisionError }[] = [];
  /** Persons who are to be removed. */
  private going: ReadonlySet<string> = new Set();
  /** Cards that went from one person to another. */
  private readonly takenCards = new Set<string>();
  private takesPictures = true;
  /** What the last ones in a row were refused with for everybody's reasons, by step. */
  private readonly inVain = new Map<PersonFailure['step'], HikvisionError[]>();
  private isFull: HikvisionError | undefined;
  private persons: ReadonlyMap<string, WantedPerson>;
  /** Persons who have a face on the terminal, of those who are to get one. */
  private readonly withFace = new Set<string>();

  constructor(
    private readonly terminal: Terminal,
    private readonly limits: SyncLimits,
    private readonly remembered: Remembered,
    private readonly options: SyncOptions,
  ) {
    this.proof = new Proof(terminal, limits, remembered, options);
    this.persons = new Map(options.persons.map((person) => [person.employeeNo, person]));
  }

  /** @param isRemovalFirst there is no room for those who come before those who go have gone */
  async write(plan: Plan, look: Look, isRemovalFirst: boolean): Promise<void> {
    const isLeaverWithFace = (no: string): boolean => (facesOf(look.stored.get(no) ?? {}) ?? 0) > 0;
    const removeStrangers = async (): Promise<void> => {
      this.strangersRemoved = await this.remove(plan.strangers, (no) => look.facesOfOthers.has(no));
    };
    this.going = new Set(plan.strangers);
    for (const no of plan.faces.keys()) if (look.settled.has(no) || hasFace(look, no)) this.withFace.add(no);
    try {
      await this.remove(plan.leavers, isLeaverWithFace);
      await this.change(plan);
      if (isRemovalFirst) await removeStrangers();
      await this.create(plan);
      if (!isRemovalFirst) await removeStrangers();
      await this.modelAgain();
      await this.prove();
    } finally {
      this.terminal.foresee([]);
    }
  }

  /** Removes these persons, batch by batch; gives how many have gone. */
  private async remove(numbers: readonly string[], hasFace: (employeeNo: string) => boolean): Promise<number> {
    const { terminal, limits } = this;
    const { signal } = this.options;
    if (numbers.length === 0) return 0;
    const facesBefore = numbers.some(hasFace) ? await countFaces(terminal, signal) : undefined;
    const gone: string[] = [];
    for (const batch of inBatches(numbers, limits.removed)) {
      try {
        const left = await patiently(() => removeNamed(terminal, limits, batch, this.writing), signal);
        gone.push(...batch.filter((employeeNo) => !left.includes(employeeNo)));
        for (const employeeNo of left) this.fail(employeeNo, 'remove', notRemoved(employeeNo), true);
      } catch (error) {
        if (!isTheirs(error)) throw error;
        this.note('remove', error);
        for (const employeeNo of batch) this.fail(employeeNo, 'remove', error);
      }
      this.tell('remove', gone.length, numbers.length);
    }
    for (const employeeNo of gone) this.remembered.faces.delete(employeeNo);
    this.counts.removed += gone.length;
    if (facesBefore === undefined) return gone.length;
    const count = await facesTooMany(terminal, facesBefore - gone.filter(hasFace).length, signal);
    if (count > 0) {
      this.isProven = false;
      this.warnings.push(HikvisionError.of('facesLeft', { delivery: 'answered', params: { count } }));
    }
    return gone.length;
  }

  /** Those who are there: what they may do first, then cards, then faces. */
  private async change(plan: Plan): Promise<void> {
    const { changes, additions, cards, faces } = plan;
    const isNew = new Set(additions.map(({ employeeNo }) => employeeNo));
    let done = 0;
    for (const batch of inBatches(changes, CHANGED_AT_ONCE)) {
      const numbers = batch.map(({ person }) => person.employeeNo);
      const shown = await this.shown(numbers);
      this.foresee(numbers.map(() => MODIFY_LINE));
      if (shown) for (const { person } of batch) await this.changeRecord(person, shown.get(person.employeeNo), plan);
      this.tell('change', (done += batch.length), changes.length);
    }
    for (const [employeeNo, change] of cards) if (!isNew.has(employeeNo)) await this.giveCards(change);
    for (const [employeeNo, face] of faces) if (!isNew.has(employeeNo)) await this.sendFace(employeeNo, face);
  }

  /** These persons as they are now; undefined where the terminal does not show whether they are there. */
  private async shown(numbers: readonly string[]): Promise<Map<string, Tree> | undefined> {
    try {
      return await readNamed(this.terminal, this.limits, numbers, this.options.signal);
    } catch (error) {
      if (!isIncomplete(error)) throw error;
      for (const employeeNo of numbers) this.fail(employeeNo, 'person', error);
      return undefined;
    }
  }

  private async changeRecord(person: WantedPerson, shown: Tree | undefined, plan: Plan): Promise<void> {
    if (!shown) {
      await this.createAgain(person, plan);
      return;
    }
    await this.forPerson(person.employeeNo, 'person', async () => {
      const change = this.changeNow(person, shown);
      if (!change) return;
      await patiently(() => overwritePerson(this.terminal, change.written, this.writing), this.options.signal);
      this.counts.updated += 1;
      this.proof.expect(person, { record: change.written });
    });
  }

  /** Somebody has been removed since everybody was read: face and cards are gone with them. */
  private async createAgain(person: WantedPerson, { faces, cards }: Plan): Promise<void> {
    const { employeeNo, face } = person;
    this.remembered.faces.delete(employeeNo);
    this.withFace.delete(employeeNo);
    if (!(await this.createRecord(person))) return;
    if (person.cards) cards.set(employeeNo, { employeeNo, add: person.cards, remove: [], held: 0 });
    if (!face) return;
    await this.forPerson(employeeNo, 'face', async () => {
      faces.set(employeeNo, { face, version: await versionIn(face) });
    });
  }

  private changeNow(person: WantedPerson, shown: Tree): Change | undefined {
    return changeOf(person, shown, { nameBytes: this.remembered.nameBytes, isSettled: false });
  }

  private async create({ additions, cards, faces }: Plan): Promise<void> {
    const lines: RequestLine[] = [];
    for (const { employeeNo } of additions) {
      lines.push(RECORD_LINE);
      if (faces.has(employeeNo)) lines.push(BIND_LINE);
      cards.get(employeeNo)?.add.forEach(() => lines.push(CARD_LINE));
    }
    this.foresee(lines);
    for (const [index, person] of additions.entries()) {
      const { employeeNo } = person;
      if (await this.createRecord(person)) {
        const face = faces.get(employeeNo);
        if (face) await this.sendFace(employeeNo, face);
        const change = cards.get(employeeNo);
        if (change) await this.giveCards(change);
      }
      this.tell('create', index + 1, additions.length);
    }
  }

  private async createRecord(person: WantedPerson): Promise<boolean> {
    const { employeeNo, created, change } = person;
    if (this.isFull) {
      this.fail(employeeNo, 'person', this.isFull);
      return false;
    }
    const { signal } = this.options;
    return this.forPerson(employeeNo, 'person', async () => {
      const store = (): ReturnType<typeof storePerson> =>
        storePerson(this.terminal, created, 'update', { change, ...this.writing });
      const { action } = await patiently(store, signal);
      if (action === 'created') this.counts.created += 1;
      else this.counts.updated += 1;
      this.proof.expect(person, action === 'created' ? { record: { ...created } } : {});
    });
  }

  private async giveCards(change: CardChange): Promise<void> {
    const { terminal, limits, persons, counts } = this;
    await this.forPerson(change.employeeNo, 'card', async () => {
      // A card that somebody else has been given meanwhile is no longer this person's to lose.
      const remove = change.remove.filter((card) => !this.takenCards.has(card));
      await writeCards(
        { ...change, remove },
        {
          ...{ terminal, limits, ...this.writing },
          mayTake: (holder, cardNo) => {
            const isLost = this.going.has(holder) || persons.get(holder)?.cards?.includes(cardNo) === false;
            if (isLost) this.takenCards.add(cardNo);
            return isLost;
          },
          onAdded: () => (counts.cardsAdded += 1),
          onRemoved: () => (counts.cardsRemoved += 1),
        },
      );
      const person = persons.get(change.employeeNo);
      if (person) this.proof.expect(person, { hasNewCards: true });
    });
  }

  private async sendFace(employeeNo: string, { face, version }: FaceToSend): Promise<void> {
    const person = this.persons.get(employeeNo);
    if (!person) return;
    if (!this.takesPictures) {
      this.withoutPicture(employeeNo, version);
      return;
    }
    const { terminal } = this;
    const { signal } = this.options;
    try {
      const picture = await pictureOf(face);
      const bind = { ...LIBRARY, employeeNo, face: picture, verify: false, recheck: false, ...this.writing };
      await patiently(() => bindFace(terminal, bind), signal);
      this.inVain.delete('face');
      this.counts.facesSent += 1;
      this.remembered.faces.set(employeeNo, version);
      this.proof.expect(person, { hasNewFace: true });
    } catch (error) {
      if (isModelling(error)) this.modelLater.push({ employeeNo, face: { face, version }, failure: error });
      else if (error instanceof HikvisionError && error.reason === 'picturesNotTaken') {
        this.takesPictures = false;
        this.withoutPicture(employeeNo, version);
      } else if (isTheirs(error)) {
        this.note('face', error);
        this.fail(employeeNo, 'face', error);
      } else throw error;
    }
  }

  /** On a terminal that takes no pictures: whoever was captured there need not be captured again. */
  private withoutPicture(employeeNo: string, version: string): void {
    if (!this.withFace.has(employeeNo)) {
      this.toCapture.push(employeeNo);
      return;
    }
    this.remembered.faces.set(employeeNo, version);
    this.facesKept += 1;
  }

  /** A picture that could not be modelled may be taken a little later. */
  private async modelAgain(): Promise<void> {
    for (let round = 1; round <= MODELLING_REPEATS && this.modelLater.length > 0; round += 1) {
      await wait(backOff(round + 1), this.options.signal);
      for (const { employeeNo, face } of this.modelLater.splice(0)) await this.sendFace(employeeNo, face);
    }
    for (const { employeeNo, failure } of this.modelLater) this.fail(employeeNo, 'face', failure, true);
  }

  private async prove(): Promise<void> {
    if (!this.options.verify) {
      this.isProven = false;
      return;
    }
    const failures = await this.proof.read((done, total) => this.tell('verify', done, total));
    this.failed.push(...failures);
    this.isProven &&= failures.length === 0 && this.facesUnseen.size === 0;
  }

  /** Those of whom the terminal does not tell whether they have the face that was sent. */
  get facesUnseen(): ReadonlySet<string> {
    return this.proof.facesUnseen;
  }

  /** Does something for one person; a failure that is theirs alone is noted. */
  private async forPerson(
    employeeNo: string,
    step: PersonFailure['step'],
    work: () => Promise<void>,
  ): Promise<boolean> {
    const absent = this.absent(step);
    if (absent) {
      this.fail(employeeNo, step, absent);
      return false;
    }
    try {
      await work();
      this.inVain.delete(step);
      return true;
    } catch (error) {
      if (!isTheirs(error)) throw error;
      this.note(step, error);
      if (error.code.toLowerCase() === 'deviceuserfull') this.isFull = error;
      this.fail(employeeNo, step, error);
      return false;
    }
  }

  /** @throws HikvisionError where the terminal is busy without end: it will be for the others, too */
  private note(step: PersonFailure['step'], failure: HikvisionError): void {
    const row = isBusy(failure) || isNotSupported(failure) ? [...(this.inVain.get(step) ?? []), failure] : [];
    this.inVain.set(step, row);
    if (row.length >= MOST_IN_VAIN && row.every(isBusy)) throw failure;
  }

  /** What this terminal says to a step that it does not know; undefined where it may. */
  private absent(step: PersonFailure['step']): HikvisionError | undefined {
    const row = this.inVain.get(step) ?? [];
    return row.length >= MOST_IN_VAIN && row.every(isNotSupported) ? row.at(-1) : undefined;
  }

  private fail(
    employeeNo: string,
    step: PersonFailure['step'],
    failure: HikvisionError,
    retryable = failure.cause.retryable,
  ): void {
    this.failed.push({ employeeNo, step, failure, retryable });
  }

  /** What is written next; something is read after it, be it to change others or for the proof. */
  private foresee(writes: readonly RequestLine[]): void {
    this.terminal.foresee(writes.length > 0 ? [...writes, PERSONS_LINE] : []);
  }

  private get writing(): Pick<SyncOptions, 'signal' | 'beforeSending'> {
    const { signal, beforeSending } = this.options;
    return { signal, ...(beforeSending ? { beforeSending } : {}) };
  }

  private tell(step: SyncStep, done: number, total: number): void {
    this.options.onProgress?.({ step, done, total });
  }
}

function notRemoved(employeeNo: string): HikvisionError {
  return HikvisionError.of('notRemoved', { retryable: true, delivery: 'answered', params: { employeeNo } });
}
