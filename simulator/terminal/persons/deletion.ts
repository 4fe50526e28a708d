import type { TerminalClock } from '../behaviour/clock.js';
import { refuse } from '../protocol/replies.js';

/** Simulated seconds that UserInfoDetail/Delete takes. An assumption: only that it is asynchronous is known. */
const DELETION_SECONDS = 1;

/** What UserInfoDetail/Delete began. */
export class Deletion {
  private state: { name: 'done' | 'failed' } | { name: 'running'; stop: () => void } = { name: 'done' };

  constructor(private readonly clock: TerminalClock) {}

  /** `done` before the first one, too. */
  get phase(): 'done' | 'failed' | 'running' {
    return this.state.name;
  }

  /** Calls `work` a little later; without any it fails then. @throws Refusal deviceBusy while another one runs */
  begin(work: (() => void) | undefined): void {
    if (this.phase === 'running') throw refuse(2, 'deviceBusy', 'deviceBusy');
    const stop = this.clock.after(DELETION_SECONDS, () => {
      this.state = { name: work ? 'done' : 'failed' };
      work?.();
    });
    this.state = { name: 'running', stop };
  }

  /** It will not come to its end. */
  abandon(): void {
    if (this.state.name === 'running') this.state.stop();
    this.state = { name: 'done' };
  }
}
