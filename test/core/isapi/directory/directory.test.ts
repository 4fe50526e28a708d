import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { LIMITS } from '../../../../core/isapi/directory/columns.js';
import { DirectoryFile } from '../../../../core/isapi/directory/directory-file.js';
import { Directory } from '../../../../core/isapi/directory/directory.js';
import type { Table } from '../../../../core/isapi/directory/delimited.js';
import { listingOf, tableOf, type Entry } from '../../../../core/isapi/directory/entries.js';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';

const COMMON = { timeout: '5', retries: '0', queueLimit: '' };

function entriesOf(rows: object[]): Entry[] {
  return listingOf(tableOf(rows), 'Houses', [], COMMON).entries;
}

function opened(directory: Directory, name: string): Terminal {
  const terminal = directory.find(name);
  assert.ok(terminal instanceof Terminal, name);
  return terminal;
}

describe('a directory of terminals', () => {
  it('opens a terminal when it is asked for, once, and says why a bad row cannot be used', () => {
    const directory = new Directory('Houses');
    directory.replace(
      entriesOf([
        { name: 'a', host: '192.0.2.1' },
        { name: 'b', host: '192.0.2.2', port: 'x' },
      ]),
    );
    assert.deepEqual(directory.openTerminals, []);
    const terminal = opened(directory, 'a');
    assert.equal(opened(directory, 'a'), terminal);
    const bad = directory.find('b');
    assert.ok(bad instanceof HikvisionError);
    assert.equal(bad.reason, 'directoryRow');
    assert.equal(directory.find('c'), undefined);
    assert.equal(directory.find('__proto__'), undefined);
    assert.deepEqual(directory.openTerminals, [terminal]);
  });

  it('two entries for one address are one terminal: they wait for each other', () => {
    const directory = new Directory('Houses');
    directory.replace(
      entriesOf([
        { name: 'a', host: '192.0.2.9' },
        { name: 'b', host: '192.0.2.9', protocol: 'http' },
        { name: 'c', host: '192.0.2.8' },
      ]),
    );
    assert.equal(opened(directory, 'a').enrolment, opened(directory, 'b').enrolment);
    assert.notEqual(opened(directory, 'a').enrolment, opened(directory, 'c').enrolment);
  });

  it('closes what another table changes or takes away, and lets the rest go on', async () => {
    const directory = new Directory('Houses');
    const [a, b, c] = [
      { name: 'a', host: '192.0.2.1' },
      { name: 'b', host: '192.0.2.2' },
      { name: 'c', host: '192.0.2.3' },
    ];
    directory.replace(entriesOf([a, b, c]));
    const before = ['a', 'b', 'c'].map((name) => opened(directory, name));
    directory.replace(entriesOf([c, { ...b, host: '192.0.2.4' }]));
    assert.deepEqual(
      before.map(({ closed }) => closed.aborted),
      [true, true, false],
    );
    assert.equal(opened(directory, 'c'), before[2]);
    assert.equal(opened(directory, 'b').settings.host, '192.0.2.4');
    await directory.close();
    assert.ok(before[2]?.closed.aborted);
    assert.equal(directory.find('c'), undefined);
  });

  it('hundreds of terminals that have been used leave no socket and no timer behind', async function () {
    this.timeout(60_000);
    const sockets = new Set<Socket>();
    let [connections, empty] = [0, (): void => undefined];
    // Tells its clients that it closes a socket after two seconds: they close it a second before.
    const server = http.createServer({ keepAliveTimeout: 2000 }, (_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end('{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}');
    });
    server.on('connection', (socket) => {
      connections += 1;
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) empty();
      });
    });
    server.listen(0, '0.0.0.0');
    after(() => server.closeAllConnections());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const rows = Array.from({ length: 300 }, (_each, index) => ({
      name: `t${index}`,
      host: `127.1.${index >> 8}.${index & 255}`,
      port,
      protocol: 'http',
    }));
    const directory = new Directory('Houses');
    const before = timers();
    directory.replace(entriesOf(rows));
    assert.equal(connections, 0);
    const gone = new Promise<void>((resolve) => (empty = resolve));
    const waiting = [...rows];
    const worker = async (): Promise<void> => {
      for (let row = waiting.pop(); row; row = waiting.pop()) {
        const call = { operation: 'look', method: 'GET', path: '/ISAPI/x', policy: 'repeatable' } as const;
        await opened(directory, row.name).call(call);
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    assert.equal(connections, 300);
    await gone;
    assert.equal(directory.openTerminals.length, 300);
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
    await directory.close();
    server.close();
  });
});

/** Timers and sockets that are active in this process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|TCPSocket|TCPWRAP/.test(kind)).length;
}

describe('a file of terminals', () => {
  let folder: string;
  let file: DirectoryFile;
  let seen: (string[] | string)[];
  let told: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-directory-'));
    seen = [];
    told = () => undefined;
  });
  afterEach(async () => {
    file.close();
    await rm(folder, { recursive: true, force: true });
  });

  const at = (name: string): string => path.join(folder, name);

  function watching(name: string): Promise<void> {
    const tell = (what: string[] | string): void => {
      seen.push(what);
      told();
    };
    file = new DirectoryFile(at(name), {
      onTable: ({ rows }: Table) => tell(rows.map(({ cells }) => String(cells.host))),
      onFailure: tell,
    });
    return file.refresh();
  }

  /** What is told next, without anybody asking. */
  async function next(action: () => Promise<unknown>): Promise<unknown> {
    const change = new Promise<void>((resolve) => (told = resolve));
    await action();
    await change;
    return seen.at(-1);
  }

  it('is read, and read again when it is written, replaced, taken away and there again', async () => {
    await writeFile(at('terminals.csv'), 'host\na\n');
    await watching('terminals.csv');
    assert.deepEqual(seen, [['a']]);
    assert.deepEqual(await next(() => writeFile(at('terminals.csv'), 'host\na\nb\n')), ['a', 'b']);
    await writeFile(at('new'), '[{"host": "c"}]');
    assert.deepEqual(await next(() => rename(at('new'), at('terminals.csv'))), ['c']);
    assert.equal(await next(() => unlink(at('terminals.csv'))), 'ENOENT');
    assert.deepEqual(await next(() => writeFile(at('terminals.csv'), 'host\nd\n')), ['d']);
  });

  it('is read again where a link in its folder leads elsewhere', async () => {
    for (const name of ['one', 'two']) {
      await mkdir(at(name));
      await writeFile(at(`${name}/terminals.csv`), `host\n${name}\n`);
    }
    await symlink('one/terminals.csv', at('terminals.csv'));
    await watching('terminals.csv');
    await symlink('two/terminals.csv', at('new'));
    assert.deepEqual(await next(() => rename(at('new'), at('terminals.csv'))), ['two']);
  });

  it('is told once as long as nothing changes', async () => {
    await writeFile(at('terminals.csv'), 'host\na\n');
    await watching('terminals.csv');
    await Promise.all([file.refresh(), file.refresh()]);
    assert.deepEqual(seen, [['a']]);
  });

  it('that is not there, no file, too large or no text is refused by a code, and found later', async () => {
    await watching('later/terminals.csv');
    await file.refresh();
    assert.deepEqual(seen, ['ENOENT']);
    await mkdir(at('later'));
    await mkdir(at('later/terminals.csv'));
    await file.refresh();
    await rm(at('later/terminals.csv'), { recursive: true });
    await writeFile(at('later/terminals.csv'), 'x'.repeat(LIMITS.bytes + 1));
    await file.refresh();
    await writeFile(at('later/terminals.csv'), Buffer.from('686f73740aff', 'hex'));
    await file.refresh();
    await writeFile(at('later/terminals.csv'), Buffer.from('\uFEFFhost\na', 'utf16le'));
    await file.refresh();
    assert.deepEqual(
      seen.filter((each) => each !== 'ENOENT'),
      ['NOT_A_FILE', 'TOO_LARGE', 'ENCODING', ['a']],
    );
  });
});
