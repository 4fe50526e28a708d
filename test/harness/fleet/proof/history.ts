/** What happened in a run, as those who watched it wrote it down; times in milliseconds since 1970. */
export interface History {
  terminals: readonly ProvedTerminal[];
  /** What happened in the terminals, in order. */
  journal: readonly JournalEntry[];
  /** Captures that were sent, by whom, in order. */
  captures: readonly CaptureSent[];
  /** Clean ends of ownership, as the database saw them. */
  releases: readonly Release[];
  /** What each terminal is to hold, from when; in order. */
  wanted: readonly WantedThen[];
  /** What each terminal held whenever that changed, in order. */
  held: readonly HeldThen[];
  /** When something kept an instance, or everybody, from working. */
  troubles: readonly Trouble[];
  /** Persons whose registration was confirmed. */
  registered: readonly Registered[];
  /** How often each instance was started. */
  lives: ReadonlyMap<string, number>;
  /** Terminals of which work is left in the queue at the end. */
  leftover: readonly string[];
  /** Terminals that have a dead letter at the end. */
  dead: readonly string[];
  /** When all that went on had ended. */
  endedAt: number;
}

export interface ProvedTerminal {
  name: string;
  /** Whether the list is everybody; else nobody who is not in the list is touched. */
  isWhole: boolean;
  /** The fleet does not know its password. */
  isForbidden: boolean;
}

/** One life of an instance, from its start to its end: north#2. */
export type Owner = string;

export type JournalEntry = { at: number; terminal: string; serial: string } & (
  | { what: 'bound'; employeeNo: string; face: string; byHand: boolean }
  | { what: 'deleted'; employeeNo: string; byHand: boolean }
  | { what: 'made by hand'; employeeNo: string }
  | { what: 'replaced' }
  | { what: 'login rejected'; owner: Owner }
);

export interface CaptureSent {
  at: number;
  /** When its answer came back; undefined: never. */
  answeredAt: number | undefined;
  terminal: string;
  serial: string;
  owner: Owner;
}

export interface Release {
  at: number;
  serial: string;
  instance: string;
}

/** A person as the list wants them, or a terminal shows them. */
export interface PersonThen {
  employeeNo: string;
  name: string;
  ends: string;
  face: string;
}

export interface WantedThen {
  /** Before the transaction, and after it. */
  since: number;
  at: number;
  terminal: string;
  persons: readonly PersonThen[];
}

export interface HeldThen {
  at: number;
  terminal: string;
  persons: readonly PersonThen[];
}

export interface Trouble {
  from: number;
  to: number;
  /** Whom it kept from working: an instance, a terminal, or `all`. */
  whom: string;
  what: string;
}

export interface Registered {
  at: number;
  terminal: string;
  employeeNo: string;
}
