import assert from 'node:assert/strict';

import type { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { call, eventsOf, withGateway } from '../../harness/gateway/raw-client.js';

const INVITE = 'visitor/v2/appointment';
const CHECK_IN = 'visitor/v1/registerment';
const CHECK_OUT = 'visitor/v1/visitor/out';
const RECORDS = 'visitor/v1/register/getVistorRegisterRecord';
const INVITATION = {
  receptionistId: '1',
  appointStartTime: '2026-03-01T08:00:00+05:00',
  appointEndTime: '2026-03-01T18:00:00+05:00',
  visitorInfoList: [{ VisitorInfo: { visitorGivenName: 'Kim', visitorFamilyName: 'Guest', gender: 0, phoneNo: '' } }],
};
const VISIT = { visitStartTime: '2026-03-01T09:00:00+05:00', visitEndTime: '2026-03-01T18:00:00+05:00' };
const WINDOW = { visitStartTimeBegin: '2026-03-01T00:00:00+00:00', visitStartTimeEnd: '2026-03-31T23:59:59+00:00' };
const PAGE = { pageNo: 1, pageSize: 10 };

async function codeOf(gateway: SimulatedGateway, path: string, body: unknown): Promise<string> {
  return (await call(gateway, path, body)).code;
}

async function invite(gateway: SimulatedGateway): Promise<{ appointRecordId: string; visitorId: string }> {
  const { code, data } = await call(gateway, INVITE, INVITATION);
  assert.equal(code, '0');
  return data as { appointRecordId: string; visitorId: string };
}

async function recorded(gateway: SimulatedGateway): Promise<{ totalNum: number; list: Record<string, unknown>[] }> {
  const { code, data } = await call(gateway, RECORDS, { ...PAGE, ...WINDOW });
  assert.equal(code, '0');
  return data as { totalNum: number; list: Record<string, unknown>[] };
}

describe('visitors of a simulated gateway', () => {
  it('are invited, given access, checked in, checked out, and lose their access then', () =>
    withGateway({}, async (gateway) => {
      const events = eventsOf(gateway);
      const { appointRecordId, visitorId } = await invite(gateway);
      const access = { privilegeGroupId: '7', type: 2, list: [{ id: visitorId }] };
      assert.equal(await codeOf(gateway, 'acs/v1/privilege/group/single/addPersons', access), '0');
      assert.deepEqual(gateway.membersOf('7'), [visitorId]);
      assert.equal((await recorded(gateway)).totalNum, 0);
      assert.equal(await codeOf(gateway, CHECK_IN, { appointId: appointRecordId, ...VISIT }), '0');
      assert.equal(await codeOf(gateway, CHECK_IN, { appointId: appointRecordId, ...VISIT }), '131');
      const { totalNum, list } = await recorded(gateway);
      assert.deepEqual([totalNum, list[0]?.['visitorId'], list[0]?.['state']], [1, visitorId, 'in']);
      assert.equal(await codeOf(gateway, CHECK_OUT, { appointRecordId }), '0');
      assert.equal(await codeOf(gateway, CHECK_OUT, { appointRecordId }), '0');
      assert.deepEqual(gateway.membersOf('7'), []);
      assert.equal(await codeOf(gateway, CHECK_IN, { appointId: appointRecordId, ...VISIT }), '128');
      assert.deepEqual(
        events.map(({ event }) => event).filter((event) => event !== 'refused'),
        ['visitor invited', 'access assigned', 'visitor checked in', 'visitor checked out', 'access revoked'],
      );
    }));

  it('are checked in without an invitation, and get their ids then', () =>
    withGateway({}, async (gateway) => {
      const { receptionistId, visitorInfoList } = INVITATION;
      const { code, data } = await call(gateway, CHECK_IN, { receptionistId, visitorInfoList, ...VISIT });
      const { appointRecordId } = data as { appointRecordId: string };
      assert.deepEqual([code, gateway.visits()[0]?.state], ['0', 'in']);
      assert.equal(await codeOf(gateway, CHECK_OUT, { appointRecordId }), '0');
    }));

  it('have a face where one was given, which no list shows', () =>
    withGateway({}, async (gateway) => {
      const faceData = Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64');
      const VisitorInfo = { visitorGivenName: 'Kim', faces: [{ faceData }] };
      const body = { ...INVITATION, visitorInfoList: [{ VisitorInfo }] };
      const { data } = await call(gateway, INVITE, body);
      const { appointRecordId } = data as { appointRecordId: string };
      assert.match(String(gateway.visits()[0]?.face), /^[0-9a-f]{16}$/);
      await call(gateway, CHECK_IN, { appointId: appointRecordId, ...VISIT });
      assert.equal('face' in ((await recorded(gateway)).list[0] ?? {}), false);
    }));

  const WRONG: [string, object, string][] = [
    [INVITE, { ...INVITATION, receptionistId: '99' }, '128'],
    [INVITE, { ...INVITATION, receptionistId: '' }, '0x00072001'],
    [INVITE, { ...INVITATION, appointEndTime: INVITATION.appointStartTime }, '0x00072002'],
    [INVITE, { ...INVITATION, appointStartTime: '2026-03-01 08:00' }, '0x00072003'],
    [INVITE, { ...INVITATION, visitorInfoList: [] }, '0x00072002'],
    [INVITE, { ...INVITATION, visitorInfoList: [{}, {}] }, '0x00072002'],
    [INVITE, { ...INVITATION, visitorInfoList: [null] }, '0x00072003'],
    [INVITE, { ...INVITATION, visitorInfoList: [{ VisitorInfo: {} }] }, '0x00072001'],
    [CHECK_IN, { appointId: 'a9', ...VISIT }, '128'],
    [CHECK_IN, { ...VISIT }, '0x00072001'],
    [CHECK_OUT, { appointRecordId: 'a9' }, '128'],
    [CHECK_OUT, {}, '0x00072001'],
    [RECORDS, PAGE, '0x00072001'],
    [RECORDS, { ...PAGE, ...WINDOW, visitStartTimeEnd: '2026-04-02T00:00:00Z' }, '0x00072002'],
    [RECORDS, { ...WINDOW }, '0x00072001'],
  ];
  for (const [path, body, code] of WRONG) {
    it(`are refused with ${code} at ${path}: ${JSON.stringify(body).slice(0, 90)}`, () =>
      withGateway({}, async (gateway) => {
        assert.equal(await codeOf(gateway, path, body), code);
        assert.deepEqual(gateway.visits(), []);
      }));
  }

  it('are not known to a version before 2', async () => {
    for (const [version, code] of [
      ['V1.7.0', '8'],
      ['V2.0.0', '0'],
      ['2.3', '0'],
    ] as const) {
      await withGateway({ version }, async (gateway) => {
        assert.equal(await codeOf(gateway, INVITE, INVITATION), code, version);
        const { data } = await call(gateway, 'common/v1/version');
        assert.equal((data as { softVersion: string }).softVersion, version);
      });
    }
  });
});
