import { HikvisionError } from '../../../errors/hikvision-error.js';
import { wait } from '../../../http/turns/wait.js';
import { text } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import { namingRight } from '../../operations/missing-right.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { SyncLimits } from '../reading/limits.js';
import { readNamed } from '../reading/persons.js';
import type { SyncOptions } from '../options.js';
import { countFaces } from '../reading/unit.js';

type RemovalOptions = Pick<SyncOptions, 'signal' | 'beforeSending'>;

/** Slow: a batch of 20 wants a time-out of 30 s (DS-K1T323). */
const REMOVAL_MS = 30_000;
/** An asynchronous removal is asked about once a second, two minutes at most. */
const POLL_MS = 1000;
const MOST_POLLS = 120;
const DONE = new Set(['success', 'finished', 'failed']);
/** Until nobody of them is there any more, or their faces have gone. */
const PROOF_DELAYS_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Removes exactly these persons, a batch that the terminal takes, and proves it by reading.
 * @returns those who are still there
 */
export async function removeNamed(
  terminal: Terminal,
  limits: SyncLimits,
  batch: readonly string[],
  writing: RemovalOptions,
): Promise<string[]> {
  const { signal } = writing;
  if (batch.length === 0) return [];
  await sendRemoval(terminal, batch, writing);
  for (const delay of [...PROOF_DELAYS_MS, undefined]) {
    const left = await readNamed(terminal, limits, batch, signal);
    if (left.size === 0) return [];
    if (delay === undefined) return [...left.keys()];
    await wait(delay, signal);
  }
  return [];
}

/** Waits until no more faces than so many are left in the library; gives how many are too many. */
export async function facesTooMany(terminal: Terminal, most: number, signal: AbortSignal): Promise<number> {
  for (const delay of [...PROOF_DELAYS_MS.slice(0, 6), undefined]) {
    const left = ((await countFaces(terminal, signal)) ?? 0) - most;
    if (left <= 0 || delay === undefined) return Math.max(0, left);
    await wait(delay, signal);
  }
  return 0;
}

async function sendRemoval(terminal: Terminal, batch: readonly string[], writing: RemovalOptions): Promise<void> {
  // Without its list, each of these two calls removes everybody.
  const EmployeeNoList = batch.map((employeeNo) => ({ employeeNo }));
  try {
    await remove(terminal, 'UserInfo/Delete', { UserInfoDelCond: { EmployeeNoList } }, writing);
  } catch (error) {
    if (!isNotSupported(error)) throw error;
    await remove(
      terminal,
      'UserInfoDetail/Delete',
      { UserInfoDetail: { mode: 'byEmployeeNo', EmployeeNoList } },
      writing,
    );
    await removed(terminal, writing.signal);
  }
}

async function remove(
  terminal: Terminal,
  verb: string,
  condition: object,
  { signal, beforeSending }: RemovalOptions,
): Promise<void> {
  await terminal
    .call({
      operation: 'remove persons',
      method: 'PUT',
      path: `/ISAPI/AccessControl/${verb}?format=json`,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(condition)),
      policy: 'repeatable',
      timeoutMs: Math.max(REMOVAL_MS, terminal.settings.timeoutMs),
      signal,
      ...(beforeSending ? { beforeSending } : {}),
    })
    .catch(namingRight('right.persons'));
}

/** A 200 to such a removal means "begun". That all went is for reading back to prove. */
async function removed(terminal: Terminal, signal: AbortSignal): Promise<void> {
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    const { document } = await terminal.call({
      operation: 'remove persons',
      method: 'GET',
      path: '/ISAPI/AccessControl/UserInfoDetail/DeleteProcess?format=json',
      policy: 'repeatable',
      signal,
    });
    const status = (text(document?.content ?? {}, 'status') ?? '').toLowerCase();
    if (DONE.has(status)) return;
    await wait(POLL_MS, signal);
  }
  throw HikvisionError.of('noAnswer', {
    retryable: true,
    params: { address: terminal.settings.host, seconds: (MOST_POLLS * POLL_MS) / 1000 },
  });
}
