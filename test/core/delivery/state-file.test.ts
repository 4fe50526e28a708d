import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { readStateFile, writeStateFile } from '../../../core/delivery/state-file.js';

describe('the file of a state', () => {
  let folder = '';
  const file = (): string => path.join(folder, 'events', 'gate.json');
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-state-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is none where nothing was written', async () => {
    assert.equal(await readStateFile(file(), 100), undefined);
  });

  it('is read as it was written, by its owner only, and leaves nothing beside it', async () => {
    await writeStateFile(file(), '{"cursor":1}');
    await writeStateFile(file(), '{"cursor":2}', { flush: false, onlyWriter: true });
    assert.deepEqual(await readStateFile(file(), 100), { cursor: 2 });
    assert.deepEqual(await readdir(path.dirname(file())), ['gate.json']);
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file()))).mode & 0o777, 0o700);
  });

  it('is not read where it is too large, broken or no file', async () => {
    await writeStateFile(file(), JSON.stringify('x'.repeat(100)));
    await assert.rejects(readStateFile(file(), 100), /larger than 100 bytes/);
    await writeFile(file(), '{"cursor":');
    await assert.rejects(readStateFile(file(), 100), SyntaxError);
    await assert.rejects(readStateFile(folder, 100), /no file|EISDIR/);
  });

  it('stays as it was where it cannot be written', async function () {
    if (process.getuid?.() === 0) this.skip();
    await writeStateFile(file(), '1');
    await chmod(path.dirname(file()), 0o500);
    await assert.rejects(writeStateFile(file(), '2'), /EACCES/);
    await chmod(path.dirname(file()), 0o700);
    assert.equal(await readFile(file(), 'utf8'), '1');
  });

  it('stays as it was, with nothing beside it, where it cannot be renamed', async () => {
    await mkdir(file(), { recursive: true });
    await assert.rejects(writeStateFile(file(), '2'));
    assert.deepEqual(await readdir(path.dirname(file())), ['gate.json']);
  });
});
