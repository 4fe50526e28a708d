import { createHash } from 'node:crypto';

/** The same few pictures go to a thousand terminals of one process: each is kept once, as long as a terminal has it. */
const kept = new Map<string, WeakRef<Buffer>>();
const gone = new FinalizationRegistry<string>((version) => {
  if (kept.get(version)?.deref() === undefined) kept.delete(version);
});

/** A picture to keep, of its own and not of the request that brought it, and the version that these bytes have. */
export function storedPicture(jpeg: Buffer): { jpeg: Buffer; version: string } {
  const version = createHash('sha256').update(jpeg).digest('hex').slice(0, 16);
  const known = kept.get(version)?.deref();
  if (known) return { jpeg: known, version };
  const copy = Buffer.from(jpeg);
  kept.set(version, new WeakRef(copy));
  gone.register(copy, version);
  return { jpeg: copy, version };
}
