import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Held, HeldAccount, HeldLogin, HeldLogins } from './held-logins.js';

/** Of a file that we have written; a larger one is somebody else's. */
const MOST_BYTES = 64 * 1024;
/** Four hexadecimal digits. */
const MARK = /^[0-9a-f]{4}$/;
const SALT = /^[0-9a-f]{64}$/;

/**
 * Held logins in a folder, one small file a terminal, by its address.
 *
 * No file tells a password. Of user name and password there is an HMAC-SHA256 with a random salt, cut to 16 bits: enough to
 * see that a login is the one that was rejected (another one is held without need once in 65,536 times, and Test connection
 * tries it), too little to find the password with, since of any list of passwords each 65,536th has the same mark. The salt
 * is one for the folder: with a salt for each file, a password that a hundred terminals have rejected would have left a
 * hundred times 16 bits behind.
 *
 * What is written outlives the process, however that ends. It does not wait for the disk: after a power cut a login may be
 * tried once more.
 */
export class HeldLoginsFolder implements HeldLogins {
  private salt: string | undefined;
  private isSaltWritten = false;
  private hasFailed = false;

  /** @param onFailure called once, with the system's own error, when something cannot be written */
  constructor(
    private readonly folder: string,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  mark(text: string): string {
    return createHmac('sha256', this.usedSalt()).update(text).digest('hex').slice(0, 4);
  }

  load(address: string): Held | undefined {
    const text = readSmall(this.fileOf(address));
    return text === undefined ? undefined : heldIn(text);
  }

  save(address: string, held: Held): void {
    this.orReport(() => {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const salt = this.usedSalt();
      if (!this.isSaltWritten) replaceFile(this.saltFile, salt);
      this.isSaltWritten = true;
      replaceFile(this.fileOf(address), JSON.stringify(held));
    });
  }

  forget(address: string): void {
    this.orReport(() => rmSync(this.fileOf(address), { force: true }));
  }

  private get saltFile(): string {
    return path.join(this.folder, 'salt');
  }

  private usedSalt(): string {
    if (this.salt !== undefined) return this.salt;
    const found = readSmall(this.saltFile) ?? '';
    this.isSaltWritten = SALT.test(found);
    return (this.salt = this.isSaltWritten ? found : randomBytes(32).toString('hex'));
  }

  private fileOf(address: string): string {
    return path.join(this.folder, `${createHash('sha256').update(address).digest('hex').slice(0, 24)}.json`);
  }

  private orReport(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!this.hasFailed) this.onFailure(error);
      this.hasFailed = true;
    }
  }
}

/** What a file holds, '' where it is too large; undefined where there is no file that can be read. */
function readSmall(file: string): string | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) return undefined;
    return found.size > MOST_BYTES ? '' : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Written beside the old one and renamed: a kill leaves either of them whole. Nobody else ever writes it. */
function replaceFile(file: string, text: string): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}

/** What of a file is as we write it. Somebody may have edited it. */
function heldIn(text: string): Held {
  const { accounts, logins } = parsed(text);
  return { accounts: listIn(accounts).flatMap(accountIn), logins: listIn(logins).flatMap(loginIn) };
}

function accountIn({ user, at, triesLeft, lockedUntil }: Record<string, unknown>): HeldAccount[] {
  if (!isMark(user) || !isTime(at)) return [];
  if (isTime(lockedUntil)) return [{ user, at, lockedUntil }];
  return lockedUntil === undefined && isCount(triesLeft) ? [{ user, at, triesLeft }] : [];
}

function loginIn({ login, at, triesLeft, lockedUntil }: Record<string, unknown>): HeldLogin[] {
  if (!isMark(login) || !isTime(at)) return [];
  if (lockedUntil === null || isTime(lockedUntil)) return [{ login, at, lockedUntil }];
  if (lockedUntil !== undefined) return [];
  if (triesLeft === undefined) return [{ login, at }];
  return isCount(triesLeft) ? [{ login, at, triesLeft }] : [];
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function listIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMark(value: unknown): value is string {
  return typeof value === 'string' && MARK.test(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number';
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
