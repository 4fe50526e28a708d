import { Progress } from './progress.js';
import { asText, type CursorState, type UnitState } from './unit-state.js';

/** Where the text of a state is kept. */
export interface StatePlace {
  /** @throws the system's own error */
  write(text: string, flush: boolean): Promise<void>;
}

/** What one node has delivered of one terminal, in one file; it has one writer. */
export class CursorFile {
  private readonly live = new Map<string, Progress>();
  private readonly kept: Map<string, UnitState>;
  private unit: string;
  private saved = '';
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private mustFlush = false;

  constructor(
    private readonly place: StatePlace,
    { current, units }: CursorState = { current: '', units: new Map() },
  ) {
    this.unit = current;
    this.kept = new Map(units);
  }

  /** The unit that was there last; '' before the first. */
  get current(): string {
    return this.unit;
  }

  /** How far the events of this unit were delivered, if any ever were. */
  progressOf(unit: string): Progress | undefined {
    const known = this.live.get(unit);
    const state = this.kept.get(unit);
    if (known || !state) return known;
    const progress = new Progress(unit, state.epoch, state);
    this.live.set(unit, progress);
    return progress;
  }

  /** This is now how far the events of its unit were delivered, and that unit is there. */
  use(progress: Progress): Progress {
    this.unit = progress.unit;
    this.live.set(progress.unit, progress);
    // The one that was there last stands last.
    this.kept.delete(progress.unit);
    this.kept.set(progress.unit, progress.state);
    return progress;
  }

  /** Saves what is so now, or a later state. @throws the system's own error */
  save(flush = false): Promise<void> {
    this.mustFlush ||= flush;
    this.next ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        this.writing = this.write();
        return this.writing;
      });
    return this.next;
  }

  private async write(): Promise<void> {
    const units = new Map([...this.kept].map(([unit, state]) => [unit, this.live.get(unit)?.state ?? state]));
    const text = asText({ current: this.unit, units });
    const flush = this.mustFlush;
    this.mustFlush = false;
    if (text === this.saved) return;
    await this.place.write(text, flush);
    this.saved = text;
  }
}
