import type { NodeMessage } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import type { Terminal } from '../../core/isapi/terminal/terminal.js';

interface Entry {
  name: string;
  /** The terminal, or why its settings cannot be used. */
  terminal: Terminal | HikvisionError;
}

const terminals = new Map<string, Entry>();

/** Makes an isapi-config known to the device nodes until the returned function is called. */
export function registerTerminal(id: string, name: string, terminal: Terminal | HikvisionError): () => void {
  const entry = { name, terminal };
  terminals.set(id, entry);
  return () => {
    if (terminals.get(id) === entry) terminals.delete(id);
  };
}

/** All terminals that can be used. */
export function everyTerminal(): Terminal[] {
  return [...terminals.values()].flatMap(({ terminal }) => (terminal instanceof HikvisionError ? [] : [terminal]));
}

/** The terminal that a node has chosen, if it can be used. */
export function knownTerminal(chosen: string | undefined): Terminal | undefined {
  const terminal = chosen ? terminals.get(chosen)?.terminal : undefined;
  return terminal instanceof HikvisionError ? undefined : terminal;
}

/**
 * The terminal of a device node: the one chosen in the node or, where none is, the one that `msg.terminal` names by
 * the name or id of its isapi-config.
 * @throws HikvisionError `NOT_CONFIGURED`
 */
export function terminalFor(chosen: string | undefined, msg: NodeMessage): Terminal {
  const entry = chosen ? terminals.get(chosen) : entryNamed((msg as { terminal?: unknown }).terminal);
  if (!entry) throw HikvisionError.of('noTerminal', { delivery: 'unsent' });
  if (entry.terminal instanceof HikvisionError) throw entry.terminal;
  return entry.terminal;
}

function entryNamed(wanted: unknown): Entry | undefined {
  if (wanted === undefined || wanted === null || wanted === '') return undefined;
  const name = typeof wanted === 'string' ? wanted : '?';
  const byId = terminals.get(name);
  if (byId) return byId;
  const [first, second] = [...terminals.values()].filter((entry) => entry.name === name);
  if (first && !second) return first;
  const known = [...new Set([...terminals.values()].map((entry) => entry.name))].sort().join(', ') || '–';
  throw HikvisionError.of(first ? 'terminalAmbiguous' : 'terminalUnknown', {
    delivery: 'unsent',
    params: { name: printable(name, 60), known: printable(known) },
  });
}
