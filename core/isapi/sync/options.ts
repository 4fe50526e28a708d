import type { HikvisionError } from '../../errors/hikvision-error.js';
import type { Memory } from './memory.js';
import type { WantedPerson } from './wanted/person-list.js';

export type SyncStep = 'read' | 'remove' | 'change' | 'create' | 'verify';

export interface SyncProgress {
  step: SyncStep;
  /** Persons. */
  done: number;
  total: number;
}

export interface SyncOptions {
  persons: readonly WantedPerson[];
  /** `listed`: nobody else is touched; `all`: the list is everybody. */
  scope: 'listed' | 'all';
  /** More than so many are not removed: then nothing is. */
  maxRemovals: number;
  /** Which faces are sent: to whom has none, also those whose picture has changed, or each. */
  faces: 'missing' | 'changed' | 'all';
  /** Nothing is written; the result says what would be. */
  dryRun: boolean;
  /** Read back what was written. What was removed is read back always. */
  verify: boolean;
  /** Read the whole terminal, whatever is remembered of it. */
  full: boolean;
  memory: Memory;
  signal: AbortSignal;
  /** Called at the moment of sending what changes something; what it throws ends the sync. */
  beforeSending?: () => void;
  onProgress?: (progress: SyncProgress) => void;
}

/** What could not be done for one person. */
export interface PersonFailure {
  employeeNo: string;
  step: 'person' | 'face' | 'card' | 'remove';
  failure: HikvisionError;
  /** The same list may succeed later. */
  retryable: boolean;
}

/** The contract's `msg.sync`, but for the words. */
export interface SyncResult {
  terminal: string;
  /** Absent where the terminal does not tell its serial number. */
  serial?: string;
  /** `quick`: it counts what it counted before, so only what has changed in the list was read. */
  look: 'quick' | 'full';
  /** Persons who are to be on the terminal. */
  wanted: number;
  /** Persons who were on it. */
  found: number;
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
  /** Persons on the terminal who are in no list, when it was read. */
  foreign: number;
  faces: { sent: number; kept: number; failed: number };
  cards: { added: number; removed: number };
  failed: PersonFailure[];
  /** Those who still need a capture, since this terminal takes no pictures. */
  toCapture: string[];
  /** Nothing has failed, but somebody should know. */
  warnings: HikvisionError[];
  /** Requests that were sent to the terminal meanwhile. */
  requests: number;
  /** The terminal holds what the list says. */
  converged: boolean;
  /** All that was written was read back. */
  verified: boolean;
  dryRun: boolean;
  seconds: number;
}
