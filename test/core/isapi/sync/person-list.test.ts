import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { pictureOf } from '../../../../core/isapi/sync/wanted/face.js';
import { readPersons, type WantedPerson } from '../../../../core/isapi/sync/wanted/person-list.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';

const NOW = new Date('2026-11-21T12:00:00');
const { signal } = new AbortController();
const read = (list: unknown, folder?: string): Promise<WantedPerson[]> =>
  readPersons(list, { folder, now: NOW, signal });
const ANNA = { employeeNo: '1', name: 'Anna' };

/** `label reason field` of each mistake. */
async function mistakesIn(list: unknown, folder?: string): Promise<string[]> {
  try {
    await read(list, folder);
  } catch (error) {
    assert.ok(error instanceof HikvisionError);
    assert.deepEqual([error.code, error.delivery], ['INVALID_INPUT', 'unsent']);
    return error.items.map(({ label, failure }) => `${label} ${failure.reason} ${String(failure.params['field'])}`);
  }
  return [];
}

describe('a list of persons', () => {
  for (const given of [undefined, null, 'x', {}, { length: 1 }]) {
    it(`is not ${given === undefined ? 'absent' : JSON.stringify(given)}`, () =>
      assert.rejects(read(given), { reason: 'input.personsMissing' }));
  }

  for (const [row, mistake] of [
    ['x', '1 input.personKind person'],
    [null, '1 input.personKind person'],
    [[], '1 input.personKind person'],
    [{ name: 'Anna' }, '1 input.employeeNoMissing employeeNo'],
    [{ employeeNo: 'ä', name: 'Anna' }, '1 (ä) input.employeeNoCharacters employeeNo'],
    [{ employeeNo: '1' }, '1 (1) input.nameMissing fullName'],
    [{ ...ANNA, doorright: '1' }, '1 (1) input.personProperty doorright'],
    [{ employee_no: '1', name: 'Anna' }, '1 input.personProperty employee_no'],
    [{ ...ANNA, doorRight: 'all' }, '1 (1) input.doors doorRight'],
    [{ ...ANNA, endTime: 'tomorrow' }, '1 (1) input.time endTime'],
    [
      { ...ANNA, beginTime: '2027-01-01T00:00:00', endTime: '2026-01-01T00:00:00' },
      '1 (1) input.endBeforeBegin endTime',
    ],
    [{ ...ANNA, cards: '12' }, '1 (1) input.cards cards'],
    [{ ...ANNA, cards: [12] }, '1 (1) input.cards cards'],
    [{ ...ANNA, cards: ['12; 13'] }, '1 (1) input.cards cards'],
    [{ ...ANNA, cards: ['1', '2', '3', '4', '5', '6'] }, '1 (1) input.cardsMany cards'],
    [{ ...ANNA, face: 7 }, '1 (1) input.faceKind face'],
    [{ ...ANNA, face: { file: 'a.jpg' } }, '1 (1) input.faceFolder face'],
    [{ ...ANNA, remove: 'yes' }, '1 (1) input.notAllowed remove'],
  ] as const) {
    it(`with ${JSON.stringify(row)}: ${mistake}`, async () => assert.deepEqual(await mistakesIn([row]), [mistake]));
  }

  it('has nobody twice, and no card at two persons', async () => {
    assert.deepEqual(
      await mistakesIn([
        ANNA,
        { employeeNo: '2', name: 'B', cards: ['ab'] },
        ANNA,
        { employeeNo: '4', name: 'D', cards: ['AB'] },
      ]),
      ['3 (1) input.personTwice employeeNo', '4 (4) input.cardTwice cards'],
    );
  });

  it('names each bad person, up to twenty, and counts the others', async () => {
    const list = Array.from({ length: 30 }, (_none, index) => ({ employeeNo: String(index) }));
    assert.equal((await mistakesIn(list)).length, 20);
    await assert.rejects(read(list), { params: { field: 'persons', count: 30, list: '' } });
  });

  it('takes only pictures inside its folder', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'hikvision-faces-'));
    try {
      const folder = path.join(root, 'faces');
      const fileIn = (file: unknown): Promise<string[]> => mistakesIn([{ ...ANNA, face: { file } }], folder);
      for (const file of ['../x.jpg', '/etc/passwd', '..', '.', '', 7, 'a/../../x.jpg', 'x\0.jpg']) {
        assert.deepEqual(await fileIn(file), ['1 (1) input.faceFile face'], JSON.stringify(file));
      }
      for (const file of ['x.jpg', 'a/../x.jpg', '..x.jpg', path.join(folder, 'x.jpg')]) {
        assert.deepEqual(await fileIn(file), [], file);
      }
      const face = { file: path.join(root, 'link.jpg'), folder: root };
      await assert.rejects(pictureOf(face), { reason: 'pictureUnreadable' });
      await symlink('/etc/hostname', face.file);
      await assert.rejects(pictureOf(face), { reason: 'input.faceFile' });
      const large = path.join(root, 'large.jpg');
      await writeFile(large, Buffer.alloc(201 * 1024));
      await assert.rejects(pictureOf({ file: large, folder: root }), { reason: 'input.pictureLarge' });
      await writeFile(large, facePicture('A'));
      assert.deepEqual(await pictureOf({ file: large, folder: root }), facePicture('A'));
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('takes a picture that went through JSON', async () => {
    const [person] = await read(JSON.parse(JSON.stringify([{ ...ANNA, face: facePicture('A') }])));
    assert.ok(person?.face);
    assert.deepEqual(await pictureOf(person.face), facePicture('A'));
  });

  it('may have somebody whose access has ended', async () => {
    const [person] = await read([{ ...ANNA, endTime: '2020-01-01T00:00:00' }]);
    assert.deepEqual(person?.created.Valid, {
      ...{ enable: true, beginTime: '2000-01-01T00:00:00', endTime: '2020-01-01T00:00:00', timeType: 'local' },
    });
    assert.equal(person.change.beginTime, undefined);
  });

  it('says nothing of what it leaves out, and "no door" by a blank', async () => {
    const [silent] = await read([ANNA]);
    assert.deepEqual([silent?.change.doors, silent?.isWithoutDoors, silent?.created.doorRight], [undefined, true, '']);
    const [blank] = await read([{ ...ANNA, doorRight: '', groupId: null, endTime: '' }]);
    assert.deepEqual([blank?.change.doors, blank?.isWithoutDoors, blank?.change.groupId], [[], false, undefined]);
  });
});
