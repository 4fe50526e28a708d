/** Milliseconds of such work in one turn of the event loop, by all lists together, before others have their turn. */
const SLICE_MS = 8;

/** When this turn's work began; undefined where none has. */
let turnSince: number | undefined;

/** Works through a list of any length without holding up everything else in Node-RED, however many lists there are. */
export async function unhurried<T>(
  all: Iterable<T>,
  signal: AbortSignal,
  work: (each: T) => void | Promise<void>,
): Promise<void> {
  for (const each of all) {
    while (isTurnOver()) {
      await new Promise((resolve) => void setImmediate(resolve));
      signal.throwIfAborted();
    }
    // Not awaited where it need not be: most are done at once.
    const pending = work(each);
    if (pending) await pending;
  }
}

function isTurnOver(): boolean {
  const now = performance.now();
  if (turnSince === undefined) {
    turnSince = now;
    setImmediate(() => (turnSince = undefined));
  }
  return now - turnSince >= SLICE_MS;
}
