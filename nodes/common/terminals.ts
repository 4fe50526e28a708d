import type { NodeMessage } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import type { Directory } from '../../core/isapi/directory/directory.js';
import type { Terminal } from '../../core/isapi/terminal/terminal.js';

interface Entry {
  name: string;
  /** The terminal, or why its settings cannot be used. */
  terminal: Terminal | HikvisionError;
}

/** A terminal-directory as other nodes use it. */
export interface KnownDirectory {
  directory: Directory;
  /** Looks whether its file has changed; settled at once for a table. */
  refresh: () => Promise<void>;
  /** Settled when its file has been read for the first time. */
  ready: Promise<void>;
}

const terminals = new Map<string, Entry>();
const directories = new Map<string, KnownDirectory>();

/** Makes an isapi-config known to the device nodes until the returned function is called. */
export function registerTerminal(id: string, name: string, terminal: Terminal | HikvisionError): () => void {
  return registerIn(terminals, id, { name, terminal });
}

/** Makes the terminals of a terminal-directory known likewise. */
export function registerDirectory(id: string, known: KnownDirectory): () => void {
  return registerIn(directories, id, known);
}

/** All terminals that can be used and, of those in directories, have been. */
export function everyTerminal(): Terminal[] {
  return [
    ...[...terminals.values()].flatMap(({ terminal }) => (terminal instanceof HikvisionError ? [] : [terminal])),
    ...[...directories.values()].flatMap(({ directory }) => directory.openTerminals),
  ];
}

/** The terminal that a node has chosen, if it can be used. */
export function knownTerminal(chosen: string | undefined): Terminal | undefined {
  const terminal = chosen ? terminals.get(chosen)?.terminal : undefined;
  return terminal instanceof HikvisionError ? undefined : terminal;
}

/** The directory of that id. @throws HikvisionError `NOT_CONFIGURED` */
export function directoryFor(id: string | undefined): KnownDirectory {
  const known = id ? directories.get(id) : undefined;
  if (!known) throw HikvisionError.of('noDirectory', { delivery: 'unsent' });
  return known;
}

/** One terminal, or all of a directory, as a node watches them. */
export interface TerminalSource {
  isDirectory: boolean;
  /** Those that there are now; why one cannot be used in place of it. */
  list: () => Map<string, Terminal | HikvisionError>;
  /** Settled when they are known. */
  ready: Promise<void>;
  /** Looks whether the file of a directory has changed. */
  refresh: () => Promise<void>;
  /** Calls back after each change, until the returned function is called. */
  onChange: (listener: () => void) => () => void;
}

/** The terminal of the isapi-config of that id, or all of the terminal-directory. @throws HikvisionError `NOT_CONFIGURED` */
export function sourceFor(id: string | undefined): TerminalSource {
  const entry = id ? terminals.get(id) : undefined;
  if (entry) {
    const { name, terminal } = entry;
    const settled = Promise.resolve();
    return {
      ...{ isDirectory: false, list: () => new Map([[name, terminal]]), ready: settled },
      ...{ refresh: () => settled, onChange: () => () => undefined },
    };
  }
  const known = id ? directories.get(id) : undefined;
  if (!known) throw HikvisionError.of('noSource', { delivery: 'unsent' });
  const { directory, ready, refresh } = known;
  const found = ({ name }: { name: string }): [string, Terminal | HikvisionError][] => {
    const terminal = directory.find(name);
    return terminal ? [[name, terminal]] : [];
  };
  return {
    ...{ isDirectory: true, list: () => new Map(directory.list.flatMap(found)), ready, refresh },
    onChange: (listener) => directory.onChange(listener),
  };
}

/** Settled when the file of every directory has been read for the first time: a message may be there sooner. */
export async function directoriesReady(): Promise<void> {
  for (const { ready } of directories.values()) await ready;
}

/**
 * The terminal of a device node: the one chosen in the node or, where none is, the one that `msg.terminal` names: by the name
 * or id of its isapi-config or, where none has it, by its name in a terminal-directory.
 * @throws HikvisionError `NOT_CONFIGURED`
 */
export function terminalFor(chosen: string | undefined, msg: NodeMessage): Terminal {
  const found = chosen ? terminals.get(chosen)?.terminal : terminalNamed((msg as { terminal?: unknown }).terminal);
  if (!found) throw HikvisionError.of('noTerminal', { delivery: 'unsent' });
  if (found instanceof HikvisionError) throw found;
  return found;
}

function registerIn<T>(known: Map<string, T>, id: string, entry: T): () => void {
  known.set(id, entry);
  return () => {
    if (known.get(id) === entry) known.delete(id);
  };
}

function terminalNamed(wanted: unknown): Terminal | HikvisionError | undefined {
  if (wanted === undefined || wanted === null || wanted === '') return undefined;
  const name = typeof wanted === 'string' ? wanted : '?';
  const byId = terminals.get(name);
  if (byId) return byId.terminal;
  const configs = [...terminals.values()].filter((entry) => entry.name === name);
  if (configs.length === 1) return configs[0]?.terminal;
  const listed = [...directories.values()].filter(({ directory }) => directory.has(name));
  if (configs.length === 0 && listed.length === 1) return listed[0]?.directory.find(name);
  const isAmbiguous = configs.length + listed.length > 0;
  throw HikvisionError.of(isAmbiguous ? 'terminalAmbiguous' : 'terminalUnknown', {
    delivery: 'unsent',
    params: { name: printable(name, 60), known: knownNames() },
  });
}

/** Some of the names that a message can use. */
function knownNames(): string {
  const names = new Set([...terminals.values()].map(({ name }) => name));
  for (const { directory } of directories.values()) for (const { name } of directory.list) names.add(name);
  return printable([...names].sort().join(', ')) || '–';
}
