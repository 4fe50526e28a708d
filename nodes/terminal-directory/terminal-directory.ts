import path from 'node:path';

import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import type { Problem } from '../../core/isapi/directory/columns.js';
import type { Table } from '../../core/isapi/directory/delimited.js';
import { DirectoryFile } from '../../core/isapi/directory/directory-file.js';
import { Directory } from '../../core/isapi/directory/directory.js';
import { listingOf, tableOf, type NamedLogin } from '../../core/isapi/directory/entries.js';
import { testTerminal } from '../../core/isapi/operations/connection-test/connection-test.js';
import { terminalSettings } from '../../core/isapi/terminal/terminal-settings.js';
import type { TerminalSettings } from '../../core/isapi/terminal/terminal.js';
import { loginFields, LOGINS } from '../../core/settings/directory.js';
import { onConnectionTest, secretFor, type DialogSettings } from '../common/connection-test-endpoint.js';
import { settingsInDialog } from '../common/dialog-settings.js';
import { keepHeldLogins } from '../common/held-logins.js';
import { readSettings } from '../common/settings.js';
import { heedGuards } from '../common/terminal-guard.js';
import { directoryFor, registerDirectory } from '../common/terminals.js';
import { nodeError } from '../common/texts.js';
import { settings as rules } from './settings.js';

const TYPE = 'terminal-directory';
/** Mistakes of a table that are said in one warning. */
const MOST_SAID = 10;

type Credentials = Record<string, string | undefined>;
type Settings = NodeDef & { timeout?: unknown; retries?: unknown; queueLimit?: unknown };

export = (RED: NodeAPI): void => {
  heedGuards(RED);
  keepHeldLogins(RED);

  function TerminalDirectory(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    const name = config.name || TYPE;
    const directory = new Directory(name, (terminal) => this.warn(say('warning.reboot', { name: terminal })));
    const take = (table: Table): void => {
      const { timeout, retries, queueLimit } = config;
      const { entries, problems } = listingOf(table, name, loginsIn(this.credentials), {
        timeout,
        retries,
        queueLimit,
      });
      directory.replace(entries);
      if (problems.length > 0) this.warn(wordsFor(problems));
    };
    const refuse = (file: string, reason: string): void =>
      this.warn(say('warning.file', { file, reason: printable(reason) }));
    const file = begin(this, config, take, refuse);
    const refresh = (): Promise<void> => file?.refresh() ?? Promise.resolve();
    const unregister = registerDirectory(this.id, { directory, refresh, ready: refresh() });
    this.on('close', (_removed: boolean, done: () => void) => {
      unregister();
      file?.close();
      void directory.close().finally(done);
    });
  }

  /** Takes the table of the dialog, or gives the file to be read. */
  function begin(
    node: Node<Credentials>,
    config: Settings,
    take: (table: Table) => void,
    refuse: (file: string, reason: string) => void,
  ): DirectoryFile | undefined {
    try {
      const { source, terminals, file } = readSettings(rules, { ...config, ...node.credentials });
      if (source === 'table') {
        take(tableOf(terminals));
        return undefined;
      }
      const whole = path.resolve(RED.settings.userDir ?? '.', file);
      return new DirectoryFile(whole, { onTable: take, onFailure: (reason) => refuse(whole, reason) });
    } catch (error) {
      node.error(nodeError(RED, asFailure(error)).message);
      return undefined;
    }
  }

  function say(key: string, params: Record<string, string | number> = {}): string {
    return RED._(`${TYPE}.${key}`, params);
  }

  /** What is wrong with the table, in the server's language. */
  function wordsFor(problems: readonly Problem[]): string {
    const lines = problems
      .slice(0, MOST_SAID)
      .map(({ line, column, reason, params = {} }) =>
        printable(say('warning.row', { line, column, problem: say(`problem.${reason}`, params) })),
      );
    const more = problems.length - lines.length;
    return [say('warning.rows'), ...lines, ...(more > 0 ? [say('warning.more', { count: more })] : [])].join('\n');
  }

  RED.nodes.registerType(TYPE, TerminalDirectory, { credentials: credentialTypes() });

  onConnectionTest(RED, TYPE, 'test', (id, dialog, signal) => testTerminal(rowSettings(id, dialog), signal));

  /** The row of the dialog that is tested; with the stored password where a deployed row has that address and user. */
  function rowSettings(id: string, dialog: DialogSettings): TerminalSettings {
    const settings = settingsInDialog(RED, dialog, 'password', terminalSettings);
    const { credentials } = settings;
    if (!credentials) return settings;
    const stored = deployedEntries(id).find((deployed) => isSameUser(deployed, settings));
    const password = secretFor(dialog['password'], stored?.credentials?.password);
    return { ...settings, credentials: { ...credentials, password } };
  }
};

function deployedEntries(id: string): TerminalSettings[] {
  try {
    const { list } = directoryFor(id).directory;
    return list.flatMap(({ terminal }) => (terminal instanceof HikvisionError ? [] : [terminal]));
  } catch {
    return [];
  }
}

function isSameUser(one: TerminalSettings, other: TerminalSettings): boolean {
  const sameAddress = one.protocol === other.protocol && one.host === other.host && one.port === other.port;
  return sameAddress && one.credentials?.username === other.credentials?.username;
}

/** The logins that have a user name; one without a name of its own goes by that. */
function loginsIn(credentials: Credentials | undefined): NamedLogin[] {
  const found: NamedLogin[] = [];
  for (let number = 1; number <= LOGINS; number += 1) {
    const fields = loginFields(number);
    const {
      [fields.name]: name = '',
      [fields.username]: username = '',
      [fields.password]: password = '',
    } = credentials ?? {};
    if (username.trim() !== '') found.push({ name: name.trim() || username, username, password });
  }
  return found;
}

function credentialTypes(): Record<string, { type: 'text' | 'password' }> {
  const types: Record<string, { type: 'text' | 'password' }> = {};
  for (let number = 1; number <= LOGINS; number += 1) {
    const { name, username, password } = loginFields(number);
    Object.assign(types, { [name]: { type: 'text' }, [username]: { type: 'text' }, [password]: { type: 'password' } });
  }
  return types;
}
