import assert from 'node:assert/strict';

import type { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { call, eventsOf, withGateway } from '../../harness/gateway/raw-client.js';

const PERSON = 'resource/v1/person';
const ALEX = { personCode: '100222', personGivenName: 'Alex', personFamilyName: 'Example' };
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]).toString('base64');

async function codeOf(gateway: SimulatedGateway, path: string, body: unknown): Promise<string> {
  return (await call(gateway, path, body)).code;
}

/** The id of a new person. */
async function add(gateway: SimulatedGateway, person: object): Promise<string> {
  const { code, data } = await call(gateway, `${PERSON}/single/add`, person);
  assert.equal(code, '0');
  assert.ok(typeof data === 'string');
  return data;
}

describe('persons of a simulated gateway', () => {
  it('are added, found by id and code, changed and deleted', () =>
    withGateway({}, async (gateway) => {
      const events = eventsOf(gateway);
      const personId = await add(gateway, { ...ALEX, gender: 1, faces: [{ faceData: JPEG }] });
      const byId = await call(gateway, `${PERSON}/personId/personInfo`, { personId });
      const byCode = await call(gateway, `${PERSON}/personCode/personInfo`, { personCode: '100222' });
      assert.deepEqual(byId.data, byCode.data);
      const { personName, gender, orgIndexCode } = byId.data as Record<string, unknown>;
      assert.deepEqual([personName, gender, orgIndexCode], ['Alex Example', 1, '1']);
      const changed = { personId, personCode: '100223', phoneNo: '7' };
      assert.equal(await codeOf(gateway, `${PERSON}/single/update`, changed), '0');
      assert.equal(await codeOf(gateway, `${PERSON}/personCode/personInfo`, { personCode: '100222' }), '128');
      const found = await call(gateway, `${PERSON}/personCode/personInfo`, { personCode: '100223' });
      assert.equal((found.data as { personGivenName: string }).personGivenName, 'Alex');
      assert.equal(await codeOf(gateway, `${PERSON}/single/delete`, { personId }), '0');
      assert.equal(await codeOf(gateway, `${PERSON}/single/delete`, { personId }), '128');
      assert.deepEqual(
        events.map(({ event }) => event).filter((event) => event !== 'refused'),
        ['person created', 'person updated', 'person deleted'],
      );
    }));

  it('have a code of their own each, and an id that no other has had', () =>
    withGateway({}, async (gateway) => {
      const first = await add(gateway, ALEX);
      assert.equal(await codeOf(gateway, `${PERSON}/single/add`, ALEX), '131');
      const other = await add(gateway, { ...ALEX, personCode: '2' });
      const taken = { personId: other, personCode: '100222' };
      assert.equal(await codeOf(gateway, `${PERSON}/single/update`, taken), '131');
      assert.equal(await codeOf(gateway, `${PERSON}/single/update`, { personId: first, personCode: '100222' }), '0');
      await call(gateway, `${PERSON}/single/delete`, { personId: other });
      assert.notEqual(await add(gateway, { ...ALEX, personCode: '3' }), other);
    }));

  it('have the face that was set, not one that was sent with an update', () =>
    withGateway({}, async (gateway) => {
      const faceOf = (id: string): string | undefined =>
        gateway.persons().find(({ personId }) => personId === id)?.face;
      const personId = await add(gateway, ALEX);
      assert.equal(await codeOf(gateway, `${PERSON}/single/update`, { personId, faces: [{ faceData: JPEG }] }), '0');
      assert.equal(faceOf(personId), undefined);
      assert.equal(await codeOf(gateway, `${PERSON}/face/update`, { personId, faceData: JPEG }), '0');
      const face = faceOf(personId);
      assert.match(String(face), /^[0-9a-f]{16}$/);
      const other = Buffer.concat([Buffer.from(JPEG, 'base64'), Buffer.from([7])]).toString('base64');
      await call(gateway, `${PERSON}/face/update`, { personId, faceData: other });
      assert.notEqual(faceOf(personId), face);
    }));

  it('take no picture but a bare base64 JPEG', () =>
    withGateway({}, async (gateway) => {
      const personId = await add(gateway, ALEX);
      const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');
      for (const faceData of [png, `data:image/jpeg;base64,${JPEG}`, 'no', 5, null]) {
        assert.equal(await codeOf(gateway, `${PERSON}/face/update`, { personId, faceData }), '2', String(faceData));
      }
      assert.equal(await codeOf(gateway, `${PERSON}/face/update`, { personId }), '0x00072001');
      const bad = { ...ALEX, personCode: '9', faces: [{ faceData: png }] };
      assert.equal(await codeOf(gateway, `${PERSON}/single/add`, bad), '2');
      assert.equal(gateway.persons().length, 2);
    }));

  const WRONG: [object, string][] = [
    [{ personCode: '1' }, '0x00072001'],
    [{ ...ALEX, personGivenName: 5 }, '0x00072003'],
    [{ ...ALEX, personGivenName: 'x'.repeat(256) }, '0x00072002'],
    [{ ...ALEX, gender: 3 }, '0x00072002'],
    [{ ...ALEX, gender: '1' }, '0x00072003'],
    [{ ...ALEX, orgIndexCode: '99' }, '128'],
    [{ ...ALEX, beginTime: '2026-01-01T00:00:00' }, '0x00072003'],
    [{ ...ALEX, beginTime: '2026-13-01T00:00:00Z' }, '0x00072003'],
    [{ ...ALEX, beginTime: '2026-01-02T00:00:00Z', endTime: '2026-01-02T01:00:00+05:00' }, '0x00072002'],
    [{ ...ALEX, faces: 'x' }, '0x00072003'],
    [{ ...ALEX, faces: ['x'] }, '0x00072003'],
  ];
  for (const [person, code] of WRONG) {
    it(`are not added from ${JSON.stringify(person).slice(0, 120)}: ${code}`, () =>
      withGateway({}, async (gateway) => {
        assert.equal(await codeOf(gateway, `${PERSON}/single/add`, person), code);
        assert.equal(gateway.persons().length, 1);
      }));
  }

  it('are listed page by page; whoever asks for more than 500 is refused', () =>
    withGateway({}, async (gateway) => {
      for (let i = 1; i <= 6; i += 1) await add(gateway, { personCode: String(i), personGivenName: 'P' });
      const { data } = await call(gateway, `${PERSON}/personList`, { pageNo: 2, pageSize: 3 });
      const { total, list } = data as { total: number; list: { personId: string }[] };
      assert.deepEqual([total, list.map(({ personId }) => personId)], [7, ['4', '5', '6']]);
      for (const [page, code] of [
        [{ pageNo: 1, pageSize: 500 }, '0'],
        [{ pageNo: 1, pageSize: 501 }, '0x00072002'],
        [{ pageNo: 0, pageSize: 1 }, '0x00072002'],
        [{ pageNo: '1', pageSize: 1 }, '0x00072003'],
        [{ pageNo: 1 }, '0x00072001'],
      ] as const) {
        assert.equal(await codeOf(gateway, `${PERSON}/personList`, page), code, JSON.stringify(page));
      }
    }));

  it('lose their access levels with their record', () =>
    withGateway({}, async (gateway) => {
      const personId = await add(gateway, ALEX);
      const body = { privilegeGroupId: '1', type: 1, list: [{ id: personId }] };
      assert.equal(await codeOf(gateway, 'acs/v1/privilege/group/single/addPersons', body), '0');
      await call(gateway, 'visitor/v1/auth/reapplication', { personIds: personId });
      await call(gateway, `${PERSON}/single/delete`, { personId });
      assert.deepEqual(gateway.membersOf('1'), []);
      assert.equal(await codeOf(gateway, 'acs/v1/auth/applicationResult', { personIds: personId }), '128');
    }));
});
