import type { EditRequest } from '../../../../../simulator/simulated-terminal.js';
import type { CaptureSent, HeldThen, JournalEntry } from '../history.js';

export interface WorldSettings {
  terminals: number;
  username: string;
  password: string;
  /** Instances that reach the terminals, each over a line of its own. */
  instances: readonly string[];
}

/** What is done to the terminals; by their places, from 0. */
export type Deed =
  | { do: 'life'; instance: string; life: number }
  | { do: 'line'; instance: string; isDown: boolean }
  | { do: 'offline' | 'online' | 'reboot' | 'replace'; terminal: number }
  | { do: 'edit'; terminal: number; edit: EditRequest }
  | { do: 'slow'; terminal: number; at: 'capture' | 'face' | 'person' | 'search'; seconds: number }
  | { do: 'page'; terminal: number; kind: 'skipped' | 'missing'; times: number }
  | { do: 'password'; terminal: number; password: string }
  /** Whom an instance registers at a terminal: they stand in front when it captures. Nobody: it has ended. */
  | { do: 'register'; instance: string; terminal: number; employeeNo: string | undefined }
  | { do: 'settle' };

export type Asked = Deed & { id: number };

export type Said =
  | { says: 'open'; lines: Record<string, number>; hosts: readonly string[] }
  | { says: 'done'; id: number; failure?: string }
  | { says: 'news'; journal: JournalEntry[]; captures: CaptureSent[]; held: HeldThen[] };
