import { createHash } from 'node:crypto';

/** The same few pictures go to a thousand terminals of one process: each is kept once, as long as a terminal has it. */
const kept = new Map<string, WeakRef<Buffer>>();
const gone = new FinalizationRegistry<string>((key) => {
  if (kept.get(key)?.deref() === undefined) kept.delete(key);
});

/**
 * A picture to keep, of its own and not of the request that brought it, and the version that the given bytes have.
 * @param recoded the terminal writes it anew: the same picture in other bytes
 */
export function storedPicture(jpeg: Buffer, recoded: boolean): { jpeg: Buffer; version: string } {
  const version = createHash('sha256').update(jpeg).digest('hex').slice(0, 16);
  const key = recoded ? `${version} recoded` : version;
  const known = kept.get(key)?.deref();
  if (known) return { jpeg: known, version };
  const copy = recoded ? withComment(jpeg, 'stored') : Buffer.from(jpeg);
  kept.set(key, new WeakRef(copy));
  gone.register(copy, key);
  return { jpeg: copy, version };
}

/** The JPEG with a comment behind SOI. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const text = Buffer.from(comment);
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, text, jpeg.subarray(2)]);
}
