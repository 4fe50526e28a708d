import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { line } from '../harness/node-red/node-red-line.js';
import { eventually, System } from '../harness/examples/system.js';

interface Row {
  row: string;
  employeeNo: string;
  terminal: string;
  outcome: string;
  code: string;
  why: string;
}

const TERMINALS = ['Lobby', 'Gate', 'Warehouse'];

describe(`the example bulk-registration in Node-RED ${line}`, function () {
  this.timeout(120_000);
  let system: System;
  let folder: string;

  before(async () => {
    system = await System.start('bulk-registration', (node) => {
      for (const variable of (node.type === 'tab' ? (node['env'] ?? []) : []) as { name: string; value: string }[]) {
        if (variable.name === 'PAUSE') variable.value = '0.001';
      }
      // The button of an inject node, as an endpoint of the admin API.
      if (node.name === 'import persons.csv') button = node.id;
    });
    folder = path.join(system.folder, 'import');
  });
  after(() => system.remove());
  beforeEach(async () => {
    Object.values(system.terminals).forEach((terminal) => terminal.reset());
    await rm(folder, { recursive: true, force: true });
    await mkdir(path.join(folder, 'photos'), { recursive: true });
  });
  let button = '';

  /** Presses the button and reads the result file when the last line is there. */
  async function run(csv: string, lines: number): Promise<Row[]> {
    await writeFile(path.join(folder, 'persons.csv'), csv);
    const before = await results();
    assert.equal((await system.red.fetch(`inject/${button}`, { method: 'POST' })).status, 200);
    let rows: Row[] = [];
    await eventually(
      async () => {
        const file = (await results()).find((name) => !before.includes(name));
        rows = file === undefined ? [] : parse(await readFile(path.join(folder, file), 'utf8'));
        return rows.length === lines;
      },
      `${lines} lines of results`,
      90,
    );
    return rows;
  }

  async function results(): Promise<string[]> {
    return (await readdir(folder)).filter((name) => name.startsWith('persons-result-'));
  }

  function parse(text: string): Row[] {
    const [header = '', ...lines] = text.trimEnd().split('\n');
    const columns = header.split(',');
    return lines.map((each) => {
      const cells = [...each.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"'));
      return Object.fromEntries(columns.map((column, index) => [column, cells[index]])) as unknown as Row;
    });
  }

  function counts(rows: Row[]): Record<string, number> {
    const found: Record<string, number> = {};
    for (const { outcome } of rows) found[outcome] = (found[outcome] ?? 0) + 1;
    return found;
  }

  /** Requests that changed a terminal. */
  function writes(): number {
    return TERMINALS.reduce((sum, name) => sum + (changed.get(name) ?? 0), 0);
  }

  const changed = new Map<string, number>();
  function watch(): void {
    for (const name of TERMINALS) {
      changed.set(name, 0);
      system.terminal(name).removeAllListeners('event');
      system.terminal(name).on('event', ({ event }) => {
        if (/^person|^face/.test(event)) changed.set(name, (changed.get(name) ?? 0) + 1);
      });
    }
  }

  it('puts 500 persons on three terminals, and changes nothing the second time', async () => {
    const people = Array.from({ length: 500 }, (_, index) => `${String(index).padStart(6, '0')},Person ${index},male`);
    const csv = ['employeeNo,name,gender', ...people, ''].join('\r\n');
    watch();
    const first = await run(csv, 1500);
    assert.deepEqual(counts(first), { created: 1500 });
    for (const name of TERMINALS) {
      const there = system.terminal(name).persons();
      assert.equal(there.length, 500);
      assert.ok(there.some((person) => person.employeeNo === '000007' && person.name === 'Person 7'));
    }
    assert.equal(writes(), 1500);
    watch();
    assert.deepEqual(counts(await run(csv, 1500)), { unchanged: 1500 });
    assert.equal(writes(), 0);
    const corrected = csv.replace('Person 7,', 'Person Seven,');
    assert.deepEqual(counts(await run(corrected, 1500)), { unchanged: 1497, updated: 3 });
    assert.equal(writes(), 3);
  });

  it('understands semicolons, the mark of spreadsheets, quotes, and terminals of a row', async () => {
    const csv = '\uFEFFemployeeNo;name;terminals\r\n0001;"Иванов; Иван ""Ваня""";Lobby|Gate\r\n0002;Bo;Warehouse\r\n';
    const rows = await run(csv, 3);
    assert.deepEqual(counts(rows), { created: 3 });
    assert.equal(system.terminal('Gate').persons()[0]?.name, 'Иванов; Иван "Ваня"');
    assert.deepEqual(
      TERMINALS.map((name) => system.terminal(name).persons().map(({ employeeNo }) => employeeNo)),
      [['0001'], ['0001'], ['0002']],
    );
  });

  it('names what is wrong with a row or a terminal, does the rest, and mends it at the next run', async () => {
    system.terminal('Gate').fault({ kind: 'reset', at: 'person', times: 20 });
    const csv = 'employeeNo,name,terminals\n1,Alex,Lobby|Gate\n1,Again,Lobby\n,Nobody,Lobby\n2,,Lobby\n3,Chris,Nowhere\n';
    const rows = await run(csv, 6);
    const short = rows.map(({ row, terminal, outcome, code }) => [row, terminal, outcome, code].join(' ').trim());
    assert.deepEqual(short.sort(), [
      '2 Gate failed UNREACHABLE',
      '2 Lobby created',
      '3 Lobby invalid',
      '4 Lobby invalid',
      '5 Lobby invalid',
      '6 Nowhere failed NOT_CONFIGURED',
    ]);
    assert.ok(rows.filter(({ outcome }) => outcome !== 'created').every(({ why }) => why.length > 5));
    system.terminal('Gate').reset();
    const again = await run('employeeNo,name,terminals\n1,Alex,Lobby|Gate\n', 2);
    assert.deepEqual(counts(again), { unchanged: 1, created: 1 });
  });

  it('keeps what the file leaves blank', async () => {
    const begin = '2025-01-01T00:00:00';
    await run(`employeeNo,name,terminals,gender,beginTime\n1,Alex,Lobby,female,${begin}\n`, 1);
    const [before] = system.terminal('Lobby').persons();
    assert.deepEqual(counts(await run('employeeNo,name,terminals\n1,Sasha,Lobby\n', 1)), { updated: 1 });
    const [after] = system.terminal('Lobby').persons();
    assert.equal(after?.name, 'Sasha');
    assert.deepEqual(after.UserInfo['Valid'], before?.UserInfo['Valid']);
    assert.equal(after.UserInfo['gender'], 'female');
  });

  it('sends photos where a terminal takes them, once, and says where it takes none', async () => {
    await writeFile(path.join(folder, 'photos', 'alex.jpg'), facePicture('Alex'));
    await writeFile(path.join(folder, 'secret.jpg'), facePicture('not in photos'));
    const csv = 'employeeNo,name,terminals,photo\n1,Alex,Lobby|Gate,alex.jpg\n2,Bo,Gate,../secret.jpg\n';
    const rows = await run(csv, 3);
    const short = rows.map(({ row, terminal, outcome }) => `${row} ${terminal} ${outcome}`).sort();
    assert.deepEqual(short, ['2 Gate created', '2 Lobby face missing', '3 Gate failed']);
    assert.equal(system.faceOf('Gate', '1'), 'Alex');
    watch();
    const again = await run(csv, 3);
    assert.ok(again.some(({ row, terminal, outcome }) => row === '2' && terminal === 'Gate' && outcome === 'unchanged'));
    assert.equal(changed.get('Gate'), 0);
  });
});
