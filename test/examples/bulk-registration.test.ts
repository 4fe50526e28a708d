import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { line } from '../harness/node-red/node-red-line.js';
import { eventually, System } from '../harness/examples/system.js';

interface Row {
  row: string;
  employeeNo: string;
  name: string;
  terminal: string;
  outcome: string;
  code: string;
  why: string;
}

const TERMINALS = ['Lobby', 'Gate', 'Warehouse'];
/** As many as a firm has, on one line of Node-RED; on the other enough to fill every queue. */
const MANY = line === '5' ? 60 : 500;

describe(`the example bulk-registration in Node-RED ${line}`, function () {
  this.timeout(120_000);
  let system: System;
  let folder: string;

  before(async () => {
    system = await System.start('bulk-registration', (node) => {
      for (const variable of (node.type === 'tab' ? (node['env'] ?? []) : []) as { name: string; value: string }[]) {
        if (variable.name === 'PAUSE') variable.value = '0.001';
        if (variable.name === 'STALLED') variable.value = '1';
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
  async function run(csv: string | Buffer, lines: number, seconds = 15): Promise<Row[]> {
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
      seconds,
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

  it(`puts ${MANY} persons on three terminals, and changes nothing the second time`, async () => {
    const people = Array.from({ length: MANY }, (_, index) => `${String(index).padStart(6, '0')},Person ${index},male`);
    const csv = ['employeeNo,name,gender', ...people, ''].join('\r\n');
    watch();
    const first = await run(csv, 3 * MANY, 90);
    assert.deepEqual(counts(first), { created: 3 * MANY });
    for (const name of TERMINALS) {
      const there = system.terminal(name).persons();
      assert.equal(there.length, MANY);
      assert.ok(there.some((person) => person.employeeNo === '000007' && person.name === 'Person 7'));
    }
    assert.equal(writes(), 3 * MANY);
    watch();
    assert.deepEqual(counts(await run(csv, 3 * MANY, 90)), { unchanged: 3 * MANY });
    assert.equal(writes(), 0);
    const corrected = csv.replace('Person 7,', 'Person Seven,');
    assert.deepEqual(counts(await run(corrected, 3 * MANY, 90)), { unchanged: 3 * MANY - 3, updated: 3 });
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

  it('writes no cell that a spreadsheet would calculate', async () => {
    const names = ['=HYPERLINK(""http://x"")', '+1+1', '-2+3', '@SUM(1)', ' =1', 'plain = text'];
    const csv = names.map((name, index) => `=${index},"${name}",Lobby\n`).join('');
    const rows = await run(`employeeNo,name,terminals\n${csv}7,ok,=cmd\n8,ok,"\t=1"\n`, 8);
    const cells = rows.flatMap((row) => Object.values(row) as string[]);
    assert.deepEqual(cells.filter((cell) => /^\s*[=+\-@]/.test(cell)), []);
    const first = rows.find(({ row }) => row === '2');
    assert.deepEqual([first?.employeeNo, first?.name], ["'=0", `'=HYPERLINK("http://x")`]);
    assert.ok(rows.some(({ name }) => name === 'plain = text'));
    assert.ok(rows.some(({ terminal }) => terminal === "'=cmd"));
  });

  for (const word of ['__proto__', 'constructor', 'toString']) {
    it(`takes ${word} in any column for a text, and can be run again`, async () => {
      const rows = await run(`employeeNo,name,terminals,photo\n${word},${word},Lobby|${word},\n2,Bo,Lobby,${word}\n`, 3);
      assert.deepEqual(counts(rows), { created: 1, failed: 2 });
      assert.equal(system.terminal('Lobby').persons()[0]?.employeeNo, word);
      assert.deepEqual(counts(await run('employeeNo,name,terminals\n3,Chris,Lobby\n', 1)), { created: 1 });
    });
  }

  it('can be run again after an error in its middle', async () => {
    await writeFile(path.join(folder, 'persons.csv'), 'employeeNo,name\n1,Alex\n');
    const warned = system.red.next('ENOENT|failed to write');
    // Where the result is to be written there is nothing any more as soon as the first person is there.
    system.terminal('Lobby').once('event', () => rmSync(folder, { recursive: true, force: true }));
    await system.red.fetch(`inject/${button}`, { method: 'POST' });
    await warned;
    await mkdir(folder, { recursive: true });
    assert.deepEqual(counts(await run('employeeNo,name,terminals\n2,Bo,Lobby\n', 1)), { created: 1 });
  });

  it('can be run again after an import that a deploy has cut off, and counts nothing of that one', async () => {
    system.terminal('Lobby').fault({ kind: 'slow', at: 'person', seconds: 20, times: 1 });
    await writeFile(path.join(folder, 'persons.csv'), 'employeeNo,name,terminals\n1,Alex,Lobby\n2,Bo,Lobby\n');
    await system.red.fetch(`inject/${button}`, { method: 'POST' });
    const { counters } = system.terminal('Lobby');
    await eventually(() => counters.records.some(({ path: to }) => to.includes('UserInfo/Record')), 'the first person is on the way');
    await system.deployWith({ RETRIES: '2' });
    // As long as an import may be silent here.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    system.terminal('Lobby').reset();
    assert.deepEqual(counts(await run('employeeNo,name,terminals\n3,Chris,Lobby\n4,Dana,Lobby\n', 2)), { created: 2 });
  });

  it('gives a person who is on the terminal no more than they had', async () => {
    const earlier = {
      employeeNo: '1', name: 'Old name', userType: 'visitor', gender: 'female', doorRight: '2', groupId: 7,
      Valid: { enable: false, beginTime: '2025-01-01T00:00:00', endTime: '2026-12-31T23:59:59', timeType: 'local' },
      RightPlan: [{ doorNo: 2, planTemplateNo: '3' }],
    };
    await system.putPerson('Lobby', earlier);
    assert.deepEqual(counts(await run('employeeNo,name,terminals\n1,New name,Lobby\n', 1)), { updated: 1 });
    const now = Object.entries(system.terminal('Lobby').persons()[0]?.UserInfo ?? {}).filter(([field]) => field in earlier);
    assert.deepEqual(Object.fromEntries(now), { ...earlier, name: 'New name' });
  });

  it('leaves a person with a face alone where the terminal takes no pictures', async () => {
    await writeFile(path.join(folder, 'photos', 'alex.jpg'), facePicture('Alex'));
    await system.putPerson('Lobby', { employeeNo: '1', name: 'Alex' });
    await system.bindOn('Lobby', '1', 'captured there');
    const csv = 'employeeNo,name,terminals,photo\n1,Alexander,Lobby,alex.jpg\n';
    assert.deepEqual(counts(await run(csv, 1)), { updated: 1 });
    assert.deepEqual(counts(await run(csv, 1)), { unchanged: 1 });
    assert.equal(system.faceOf('Lobby', '1'), 'captured there');
  });

  it('refuses a name that was read in a wrong encoding', async () => {
    const windows1251 = Buffer.concat([Buffer.from('employeeNo,name,terminals\n1,'), Buffer.from([0xc8, 0xe2, 0xe0, 0xed]), Buffer.from(',Lobby\n')]);
    const [row] = await run(windows1251, 1);
    assert.equal(row?.outcome, 'invalid');
    assert.match(row.why, /UTF-8/);
    assert.deepEqual(system.terminal('Lobby').persons(), []);
  });
});
