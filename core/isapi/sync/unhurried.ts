/** Milliseconds of work in one go, before others have their turn. Whoever carries a picture takes longer than who does not. */
const SLICE_MS = 8;

/** Works through a list of any length without holding up everything else in Node-RED. */
export async function unhurried<T>(
  all: Iterable<T>,
  signal: AbortSignal,
  work: (each: T) => void | Promise<void>,
): Promise<void> {
  let since = performance.now();
  for (const each of all) {
    // Not awaited where it need not be: most are done at once.
    const pending = work(each);
    if (pending) await pending;
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => void setImmediate(resolve));
    since = performance.now();
    signal.throwIfAborted();
  }
}
