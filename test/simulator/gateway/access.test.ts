import assert from 'node:assert/strict';

import type { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { call, eventsOf, withGateway } from '../../harness/gateway/raw-client.js';

const GROUP = 'acs/v1/privilege/group';
const APPLY = 'visitor/v1/auth/reapplication';
const RESULT = 'acs/v1/auth/applicationResult';
const DOORS = 'acs/v1/door/doControl';
const PAGE = { pageNo: 1, pageSize: 10 };

interface Result {
  deviceName: string;
  status: string;
  errorCode?: number;
}

async function codeOf(gateway: SimulatedGateway, path: string, body: unknown): Promise<string> {
  return (await call(gateway, path, body)).code;
}

async function resultsFor(gateway: SimulatedGateway, personIds: string): Promise<Result[]> {
  const { code, data } = await call(gateway, RESULT, { personIds });
  assert.equal(code, '0');
  return (data as { list: Result[] }).list;
}

describe('access levels and devices of a simulated gateway', () => {
  it('are listed by the kind of people they are for', () =>
    withGateway({}, async (gateway) => {
      const idsOf = async (type: number): Promise<string[]> => {
        const { data } = await call(gateway, GROUP, { ...PAGE, type });
        return (data as { list: { privilegeGroupId: string }[] }).list.map((level) => level.privilegeGroupId);
      };
      assert.deepEqual([await idsOf(1), await idsOf(2)], [['1', '2'], ['7']]);
      assert.equal(await codeOf(gateway, GROUP, PAGE), '0x00072001');
      assert.equal(await codeOf(gateway, GROUP, { ...PAGE, type: 3 }), '0x00072002');
    }));

  it('are given and taken as often as one likes, to all who are named or to nobody', () =>
    withGateway({}, async (gateway) => {
      const body = { privilegeGroupId: '1', type: 1, list: [{ id: '1' }] };
      for (const code of ['0', '0']) assert.equal(await codeOf(gateway, `${GROUP}/single/addPersons`, body), code);
      assert.deepEqual(gateway.membersOf('1'), ['1']);
      for (const code of ['0', '0']) assert.equal(await codeOf(gateway, `${GROUP}/single/deletePersons`, body), code);
      assert.deepEqual(gateway.membersOf('1'), []);
      const both = { ...body, list: [{ id: '1' }, { id: '99' }] };
      assert.equal(await codeOf(gateway, `${GROUP}/single/addPersons`, both), '128');
      assert.deepEqual(gateway.membersOf('1'), []);
    }));

  it('are refused where level, kind or people are wrong', () =>
    withGateway({}, async (gateway) => {
      const right = { privilegeGroupId: '1', type: 1, list: [{ id: '1' }] };
      for (const [wrong, code] of [
        [{ privilegeGroupId: '9' }, '128'],
        [{ type: 2 }, '128'],
        [{ type: 0 }, '0x00072002'],
        [{ list: [] }, '0x00072002'],
        [{ list: 'x' }, '0x00072003'],
        [{ list: [5] }, '0x00072003'],
        [{ list: [{}] }, '0x00072001'],
      ] as const) {
        assert.equal(await codeOf(gateway, `${GROUP}/single/addPersons`, { ...right, ...wrong }), code);
      }
    }));

  it('reach the devices some seconds after they were applied', async () => {
    let now = Date.now();
    await withGateway({ now: () => now, applySeconds: 3 }, async (gateway) => {
      assert.equal(await codeOf(gateway, RESULT, { personIds: '1' }), '128');
      assert.equal(await codeOf(gateway, APPLY, { personIds: '1', ImmediateDownload: 1 }), '0');
      now += 2_999;
      assert.deepEqual(
        (await resultsFor(gateway, '1')).map(({ deviceName, status }) => [deviceName, status]),
        [
          ['Lobby', 'applying'],
          ['Gate', 'applying'],
        ],
      );
      now += 1;
      const done = await resultsFor(gateway, '1');
      assert.deepEqual(
        done.map(({ status, errorCode }) => [status, errorCode]),
        [
          ['success', 0],
          ['success', 0],
        ],
      );
    });
  });

  it('do not reach a device that was offline or full, until they are applied again', () =>
    withGateway({ applySeconds: 0 }, async (gateway) => {
      gateway.runCommand({ command: 'device', device: 'Gate', state: 'offline' });
      gateway.runCommand({ command: 'device', device: '1', state: 'full' });
      await call(gateway, APPLY, { personIds: ' 1 ,1' });
      const codes = async (): Promise<unknown[]> => (await resultsFor(gateway, '1')).map(({ errorCode }) => errorCode);
      assert.deepEqual(await codes(), [132, 129]);
      gateway.runCommand({ command: 'device', device: 'Gate', state: 'online' });
      gateway.runCommand({ command: 'device', device: 'Lobby', state: 'online' });
      assert.deepEqual(await codes(), [132, 129]);
      await call(gateway, APPLY, { personIds: '1' });
      assert.deepEqual(await codes(), [0, 0]);
      assert.throws(
        () => gateway.runCommand({ command: 'device', device: 'Cellar', state: 'full' }),
        /one of Lobby, Gate/,
      );
    }));

  it('are not applied to somebody who is not there, nor to nobody', () =>
    withGateway({}, async (gateway) => {
      for (const [body, code] of [
        [{ personIds: '1,99' }, '128'],
        [{ personIds: ' , ' }, '0x00072001'],
        [{}, '0x00072001'],
        [{ personIds: 1 }, '0x00072003'],
        [{ personIds: Array.from({ length: 1001 }, (_, i) => i).join(',') }, '0x00072002'],
        [{ personIds: '1', ImmediateDownload: 2 }, '0x00072002'],
      ] as const) {
        assert.equal(await codeOf(gateway, APPLY, body), code, JSON.stringify(body).slice(0, 60));
      }
      assert.equal(await codeOf(gateway, RESULT, { personIds: '1' }), '128');
    }));

  it('open doors, and say of each whether it obeyed', () =>
    withGateway({}, async (gateway) => {
      const events = eventsOf(gateway);
      gateway.runCommand({ command: 'device', device: 'Gate', state: 'offline' });
      const { code, data } = await call(gateway, DOORS, { doorIndexCodes: ['1', '2', '9'], controlType: 2 });
      assert.equal(code, '0');
      assert.deepEqual(
        (data as { controlResultCode: number }[]).map(({ controlResultCode }) => controlResultCode),
        [0, 129, 128],
      );
      assert.deepEqual(
        events.map((event) => event.event === 'door' && [event.door, event.done]),
        [
          ['1', true],
          ['2', false],
          ['9', false],
        ],
      );
      const many = Array.from({ length: 11 }, String);
      assert.equal(await codeOf(gateway, DOORS, { doorIndexCodes: many, controlType: 2 }), '0x00072002');
      assert.equal(await codeOf(gateway, DOORS, { doorIndexCodes: ['1'], controlType: 4 }), '0x00072002');
      assert.equal(await codeOf(gateway, DOORS, { doorIndexCodes: [1], controlType: 2 }), '0x00072003');
    }));

  it('stand beside organisations and a subscription that is taken', () =>
    withGateway({}, async (gateway) => {
      const events = eventsOf(gateway);
      const { data } = await call(gateway, 'resource/v1/org/orgList', PAGE);
      assert.equal((data as { total: number }).total, 2);
      const devices = await call(gateway, 'resource/v1/acsDevice/acsDeviceList', PAGE);
      assert.deepEqual((devices.data as { list: unknown[] }).list[0], { acsDevIndexCode: '1', acsDevName: 'Lobby' });
      const subscribe = 'eventService/v1/eventSubscriptionByEventTypes';
      const body = { eventTypes: [196893], eventDest: 'http://127.0.0.1/x', token: 't', passBack: 0 };
      assert.equal(await codeOf(gateway, subscribe, body), '0');
      assert.equal(await codeOf(gateway, subscribe, { ...body, eventTypes: ['1'] }), '0x00072003');
      assert.deepEqual(events[0]?.event, 'subscribed');
      assert.doesNotMatch(JSON.stringify(events), /"t"|127\.0\.0\.1/);
    }));
});
