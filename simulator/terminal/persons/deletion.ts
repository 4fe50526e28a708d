import type { TerminalClock } from '../behaviour/clock.js';
import { refuse } from '../protocol/replies.js';

/** Simulated seconds that UserInfoDetail/Delete takes. An assumption: only that it is asynchronous is known. */
const DELETION_SECONDS = 1;

/** What UserInfoDetail/Delete began. */
export class Deletion {
  private phase: { name: 'none' } | { name: 'running'; stop: () => void } = { name: 'none' };

  constructor(private readonly clock: TerminalClock) {}

  get running(): boolean {
    return this.phase.name === 'running';
  }

  /** Calls `work` a little later. @throws Refusal deviceBusy while another one runs */
  begin(work: () => void): void {
    if (this.running) throw refuse(2, 'deviceBusy', 'deviceBusy');
    const stop = this.clock.after(DELETION_SECONDS, () => {
      this.phase = { name: 'none' };
      work();
    });
    this.phase = { name: 'running', stop };
  }

  /** It will not come to its end. */
  abandon(): void {
    if (this.phase.name === 'running') this.phase.stop();
    this.phase = { name: 'none' };
  }
}
