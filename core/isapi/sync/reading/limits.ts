import { child, find, isTree, number, text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';

/** How much a terminal takes and gives at once, by its own word. */
export interface SyncLimits {
  /** Persons on a page of a search. */
  page: number;
  /** Numbers that one search may name. */
  named: number;
  /** Persons that one call may remove: a batch of 50 did not answer in 5 s, batches of 20 did (DS-K1T323 V4.23.41). */
  removed: number;
  /** Persons that it can store; undefined where it does not say. */
  capacity: number | undefined;
}

const USUAL = { page: 30, named: 30, removed: 20 };
/** More than any terminal was seen to give. */
const MOST = 100;

const known = new WeakMap<Terminal, SyncLimits>();
/** Terminals where something failed: what others were told may be why. */
const doubted = new WeakSet<Terminal>();

/**
 * What `GET …/UserInfo/capabilities` says, asked once for each connection to a terminal.
 * @param told what the same unit said to somebody else
 */
export async function syncLimits(terminal: Terminal, signal: AbortSignal, told?: SyncLimits): Promise<SyncLimits> {
  const heard = known.get(terminal) ?? (doubted.has(terminal) ? undefined : told);
  const limits = heard ?? limitsIn(await ask(terminal, signal));
  known.set(terminal, limits);
  doubted.delete(terminal);
  return limits;
}

/** They may be another terminal's, which hung there before. */
export function forgetLimits(terminal: Terminal): void {
  known.delete(terminal);
}

/** Something failed at the terminal: it is asked itself the next time, whatever others were told. */
export function doubtLimits(terminal: Terminal): void {
  known.delete(terminal);
  doubted.add(terminal);
}

/** Limits that somebody has noted, where they are such as a terminal gives. */
export function limitsFrom(noted: unknown): SyncLimits | undefined {
  if (!isTree(noted)) return undefined;
  const { page, named, removed, capacity } = noted;
  const isSize = (size: unknown, most: number): size is number =>
    typeof size === 'number' && Number.isSafeInteger(size) && size > 0 && size <= most;
  if (!isSize(page, MOST) || !isSize(named, MOST) || !isSize(removed, USUAL.removed)) return undefined;
  if (capacity !== undefined && !isSize(capacity, Number.MAX_SAFE_INTEGER)) return undefined;
  return { page, named, removed, capacity };
}

async function ask(terminal: Terminal, signal: AbortSignal): Promise<Tree> {
  try {
    const { document } = await terminal.call({
      operation: 'read limits of persons',
      method: 'GET',
      path: '/ISAPI/AccessControl/UserInfo/capabilities?format=json',
      policy: 'repeatable',
      signal,
    });
    return document?.content ?? {};
  } catch (error) {
    if (isNotSupported(error)) return {};
    throw error;
  }
}

function limitsIn(told: Tree): SyncLimits {
  const search = treeIn(told, 'UserInfoSearchCond');
  const removal = treeIn(told, 'UserInfoDelCond');
  return {
    page: within(sizeOf(search, 'maxResults'), USUAL.page, MOST),
    named: within(sizeOf(search, 'EmployeeNoList'), USUAL.named, MOST),
    removed: within(sizeOf(removal, 'EmployeeNoList'), USUAL.removed, USUAL.removed),
    capacity: sizeOf(told, 'maxRecordNum'),
  };
}

function treeIn(tree: Tree, name: string): Tree {
  const found = find(tree, name);
  return isTree(found) ? found : {};
}

/** A plain number, `maxSize`, or the attribute `@max`. */
function sizeOf(tree: Tree, name: string): number | undefined {
  const found = child(tree, name);
  const size = isTree(found) ? (number(found, 'maxSize') ?? number(found, '@max')) : Number(text(tree, name));
  return size !== undefined && Number.isSafeInteger(size) && size > 0 ? size : undefined;
}

function within(told: number | undefined, usual: number, most: number): number {
  return Math.min(told ?? usual, most);
}
