/** Comparing a person takes some 20 µs: so many are compared before others have their turn. */
const AT_ONCE = 250;

/** Works through a list of any length without holding up everything else in Node-RED. */
export async function unhurried<T>(
  all: Iterable<T>,
  signal: AbortSignal,
  work: (each: T) => void | Promise<void>,
): Promise<void> {
  let done = 0;
  for (const each of all) {
    // Not awaited where it need not be: most are done at once.
    const pending = work(each);
    if (pending) await pending;
    done += 1;
    if (done % AT_ONCE !== 0) continue;
    await new Promise((resolve) => void setImmediate(resolve));
    signal.throwIfAborted();
  }
}
