/** Node-RED waits 15 s for a node to close and then says that it did not. */
const CLOSE_MS = 9000;

/** Settled when the work is, well or not, but never later than a node that is closed may take. */
export async function withinClose(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
