import { wait, withAnyOf } from '../../../http/turns/wait.js';
import { captureCapabilities } from '../../terminal/capabilities.js';
import type { CaptureLease } from '../../terminal/capture-lease.js';
import type { WaitReason } from '../../terminal/enrolment.js';
import type { TerminalGuard } from '../../terminal/guard.js';
import { takeHold } from '../../terminal/guarding/guard-in-force.js';
import { askSerial } from '../../terminal/guarding/serial-number.js';
import type { SharedHold } from '../../terminal/guarding/shared-hold.js';
import type { Terminal } from '../../terminal/terminal.js';
import { cancelCaptureCall } from './capture-call.js';

export interface GuardedWaiting {
  /** Gives up waiting; its reason is thrown. */
  signal: AbortSignal;
  onWait?: ((reason: WaitReason, position: number) => void) | undefined;
}

/**
 * Puts a lease under the guard in force, and waits until nothing of a former owner can be at work any more.
 * @returns the hold; when it is lost, whoever captures has to stop
 * @throws HikvisionError `NOT_OWNER`; the lease is the caller's to end
 */
export async function guardLease(
  guard: TerminalGuard,
  terminal: Terminal,
  lease: CaptureLease,
  { signal, onWait }: GuardedWaiting,
): Promise<SharedHold> {
  onWait?.('elsewhere', 1);
  // Asked each time: the unit may have been exchanged, and the right is to the unit and not to its address.
  const serial = await askSerial(terminal, signal);
  for (let isCancelled = false; ;) {
    const hold = await takeHold(guard, serial, signal, () => terminal.enrolment.quietMs);
    const isQuiet = hold.quietUntil > Date.now();
    if (!isQuiet && (isCancelled || !hold.takenOver)) {
      lease.guard(hold);
      return hold;
    }
    onWait?.('settling', 1);
    await settle(terminal, hold, signal);
    isCancelled = true;
  }
}

/** Waits out the quiet time; what is no capture goes on meanwhile, whoever does it, so the terminal is given back for it. */
async function settle(terminal: Terminal, hold: SharedHold, signal: AbortSignal): Promise<void> {
  const letGo = hold.use();
  try {
    if (hold.takenOver) {
      await withAnyOf([signal, hold.lost], (either) => cancelLeftover(terminal, hold, either));
    }
  } finally {
    letGo();
  }
  await wait(hold.quietUntil - Date.now(), signal);
}

/** A capture of the former owner may still wait for a face. Where that cannot be ended, it ends by itself in the quiet time. */
async function cancelLeftover(terminal: Terminal, hold: SharedHold, signal: AbortSignal): Promise<void> {
  try {
    const capabilities = await captureCapabilities(terminal, signal);
    if (!capabilities?.cancel) return;
    const call = cancelCaptureCall(capabilities.binary ? 'binary' : 'url');
    await terminal.call({ ...call, signal, beforeSending: () => hold.assertHeld() });
  } catch {
    signal.throwIfAborted();
  }
}
