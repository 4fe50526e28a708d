import type { TerminalClock } from '../../behaviour/clock.js';
import type { StreamBehaviour } from '../behaviour.js';

/** The places for those who listen. A place may stay taken when its client has gone. */
export class Slots {
  private used = 0;
  /** What gives each held place back, and how to keep it from that. */
  private readonly held = new Map<symbol, () => void>();

  constructor(
    private readonly behaviour: StreamBehaviour,
    private readonly clock: TerminalClock,
  ) {}

  /** How many are taken. */
  get taken(): number {
    return this.used + this.held.size;
  }

  get isFull(): boolean {
    return this.taken >= this.behaviour.streams;
  }

  take(): void {
    this.used += 1;
  }

  /** The client of a place has gone. */
  leave(): void {
    this.used -= 1;
    this.hold();
  }

  /** One place is taken for nothing, for a while. */
  hold(place = Symbol('place')): void {
    const { slotHold } = this.behaviour;
    if (slotHold === 0) return;
    const stop = this.clock.after(slotHold, () => this.held.delete(place));
    this.held.set(place, stop);
  }

  /** Somebody tried in vain. */
  tried(): void {
    if (!this.behaviour.triesProlong) return;
    for (const [place, stop] of this.held) {
      stop();
      this.hold(place);
    }
  }

  /** No place is taken, as after a restart. */
  free(): void {
    for (const stop of this.held.values()) stop();
    this.held.clear();
    this.used = 0;
  }
}
