import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms` milliseconds; rejects at once with the signal's reason when it is aborted. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) {
    signal?.throwIfAborted();
    return;
  }
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;

/** Milliseconds before repeat number `attempt` (from 1): doubling from 0.5 s to 8 s, between half and all of it at random. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  return Math.round(full * (0.5 + random() / 2));
}

/** The promise's outcome, or the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Runs `work` with a signal that is aborted, for the same reason, as soon as one of these is. AbortSignal.any() leaks
 * about 300 bytes a call on each source (Node.js 24), and the signals of terminals and nodes live long.
 */
export async function withAnyOf<T>(
  sources: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const any = new AbortController();
  const links = sources.map((source) => {
    const abort = (): void => any.abort(source.reason);
    if (source.aborted) abort();
    else source.addEventListener('abort', abort);
    return () => source.removeEventListener('abort', abort);
  });
  try {
    return await work(any.signal);
  } finally {
    for (const unlink of links) unlink();
  }
}

/** Calls back when a signal is aborted. It listens to a shared signal once for all: listeners that come and go leak there. */
export class AbortWatch {
  private readonly shared = new Map<AbortSignal, Set<() => void>>();

  /** @param signals the shared ones that live as long as this */
  constructor(signals: readonly AbortSignal[]) {
    for (const signal of signals) this.share(signal);
  }

  /** Many calls in a row will have this signal, until the returned function is called. */
  share(signal: AbortSignal): () => void {
    const callbacks = new Set<() => void>();
    const abort = (): void => [...callbacks].forEach((callback) => callback());
    this.shared.set(signal, callbacks);
    signal.addEventListener('abort', abort, { once: true });
    return () => {
      this.shared.delete(signal);
      signal.removeEventListener('abort', abort);
    };
  }

  watch(signal: AbortSignal, callback: () => void): void {
    const callbacks = this.shared.get(signal);
    if (callbacks) callbacks.add(callback);
    else signal.addEventListener('abort', callback);
  }

  unwatch(signal: AbortSignal, callback: () => void): void {
    const callbacks = this.shared.get(signal);
    if (callbacks) callbacks.delete(callback);
    else signal.removeEventListener('abort', callback);
  }
}
