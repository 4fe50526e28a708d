import type { ClientConfig } from 'pg';

/** What work is for; what comes first is done first. */
export const PRIORITIES = ['revoke', 'change', 'audit'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What an instance needs to know of its fleet. */
export interface FleetSettings {
  /** As the driver takes it: an address or its parts, user, password, TLS. */
  connection: ClientConfig;
  /** Of the database, for tables of ours; those of the queue lie in `<schema>_work`. */
  schema: string;
  /** This instance's name: unique in the fleet, the same after a restart. */
  instance: string;
  /** Sites of which it takes work; empty: all. */
  sites: readonly string[];
  /** Terminals that it works on at once. */
  parallel: number;
  /** Hours of its own day between which every listed terminal is looked at once a night; absent: no audits. */
  audits?: { from: number; to: number };
}

/** A terminal as this instance can reach it. */
export interface ListedTerminal {
  name: string;
  /** '' for none. */
  site: string;
}

/** Which terminals have work: one by its name, those of a site, or all that are listed. */
export type WorkFor = { terminal: string } | { site: string } | 'all';

/** Work that was taken, with the lock of its terminal. */
export interface TakenJob {
  id: string;
  terminal: string;
  site: string;
  priority: Priority;
  /** 1 the first time. */
  attempt: number;
  /** Whether the owner before did not end cleanly. */
  takenOver: boolean;
  /** Whether the whole terminal is to be read, whatever is known of it: an audit, or something of a former owner may come late. */
  whole: boolean;
  /** Aborted, with `NOT_OWNER`, when the terminal is no longer this instance's, and with `CANCELLED` when it stops. */
  signal: AbortSignal;
}

/** Work that failed for good, until somebody sends it again. */
export interface DeadLetter {
  id: string;
  terminal: string;
  site: string;
  priority: Priority;
  attempts: number;
  /** What the last attempt failed with. */
  error: { code: string; message: string };
  failedAt: Date;
}

/** How the fleet's database is reached; `lost` until it answers again, `refused` where it never will with these settings. */
export type FleetState = 'connecting' | 'ready' | 'lost' | 'refused' | 'closed';
