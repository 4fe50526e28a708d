import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { readStateFile, writeStateFile } from '../../core/delivery/state-file.js';

const BYTES = 24;
const MOST_FILE_BYTES = 1024;

/**
 * The secret in the path of a node: made once, and kept in a file that only this user may read, so that no export of a flow
 * holds it.
 * @throws the system's own error
 */
export async function ownSecret(folder: string): Promise<string> {
  const file = path.join(folder, 'secret.json');
  const kept = await readStateFile(file, MOST_FILE_BYTES).catch(unlessNoJson);
  if (typeof kept === 'string' && /^[\w-]{32}$/.test(kept)) return kept;
  const secret = randomBytes(BYTES).toString('base64url');
  await writeStateFile(file, JSON.stringify(secret));
  return secret;
}

function unlessNoJson(error: unknown): undefined {
  if (error instanceof SyntaxError) return undefined;
  throw error;
}
