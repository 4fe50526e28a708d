import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Keys and certificates made for these tests and the bench alone: nothing else trusts or uses them. */
export interface KeyPair {
  key: string;
  cert: string;
}

function pem(name: string): string {
  return readFileSync(path.join(__dirname, 'keys', `${name}.pem`), 'utf8');
}

export const ca = pem('ca');

const key = pem('key');

/** Signed by `ca`, for 127.0.0.1. */
export const signed: KeyPair = { key, cert: pem('signed') };

/** Signed by `ca`, but for another host. */
export const elsewhere: KeyPair = { key, cert: pem('elsewhere') };
