import { createHash } from 'node:crypto';

/**
 * The number of a terminal's advisory lock: of its serial number, since two instances may name or address it differently.
 * @returns a signed number of eight bytes, as text for SQL
 */
export function lockKeyOf(serial: string): string {
  return createHash('sha256').update(serial).digest().readBigInt64BE().toString();
}
