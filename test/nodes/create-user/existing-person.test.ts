import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { deploy, failure, send, terminalNode, undeploy, type Message } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const NUMBER_AND_NAME = {
  employeeNo: 'payload.employeeNo',
  employeeNoType: 'msg',
  fullName: 'payload.name',
  fullNameType: 'msg',
};
/** What stands in a dialog that gives much: door 1 always, for ten years. */
const LITERAL = {
  ...{ doorRight: '1', doorRightType: 'str', planTemplateNo: '1', planTemplateNoType: 'str' },
  ...{ beginTime: '', beginTimeType: 'str', endTime: '', endTimeType: 'str', userType: 'normal', userTypeType: 'str' },
  ...{ groupId: '9', groupIdType: 'str', gender: 'unknown', genderType: 'str', timeType: 'local', timeTypeType: 'str' },
};
const FROM_MESSAGE = {
  ...{ doorRight: 'payload.doors', doorRightType: 'msg', planTemplateNo: 'payload.plans', planTemplateNoType: 'msg' },
  ...{ beginTime: 'payload.begin', beginTimeType: 'msg', endTime: 'payload.end', endTimeType: 'msg' },
  ...{ userType: 'payload.kind', userTypeType: 'msg', groupId: 'payload.group', groupIdType: 'msg' },
  ...{ validEnabled: 'payload.enabled', validEnabledType: 'msg' },
};

describe(`create-user and somebody who is there, in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;

  /** `seed` makes the person; `person` is the node that is looked at. */
  async function start(person: object): Promise<void> {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
    await terminal.start();
    const common = { type: 'create-user', z: 'tab', terminal: 'terminal', ...NUMBER_AND_NAME, wires: [['out']] };
    const extra = { extra: 'payload.extra', extraType: 'msg' };
    await deploy([
      terminalNode(terminal),
      { id: 'seed', ...common, ...FROM_MESSAGE, ...extra },
      { id: 'person', ...common, ifExists: 'update', ...person },
      { id: 'out', type: 'helper', z: 'tab' },
    ]);
    const access = {
      ...{ doors: '1,2', plans: '3,4', begin: '2026-01-01T00:00:00', end: '2026-12-31T23:59:59' },
      ...{
        kind: 'visitor',
        group: 3,
        enabled: false,
        extra: { PersonInfoExtends: [{ value: 'A-17' }], gender: 'female' },
      },
    };
    await send('seed', { payload: { employeeNo: '7', name: 'Alex', ...access } }, ['out']);
  }

  const stored = (): Record<string, unknown> => ({ ...terminal.persons()[0]?.UserInfo });

  async function update(payload: object): Promise<Message> {
    const { at, msg } = await send('person', { payload: { employeeNo: '7', name: 'Alex B', ...payload } }, ['out']);
    assert.equal(at, 'out', JSON.stringify(msg.error));
    return msg;
  }

  afterEach(async () => {
    await undeploy();
    await terminal.stop();
  });

  it('leaves all that the person may do as it is where only the name came', async () => {
    await start(LITERAL);
    const before = stored();
    const msg = await update({});
    assert.equal((msg['user'] as { action: string }).action, 'updated');
    assert.deepEqual(stored(), { ...before, name: 'Alex B' });
  });

  it('changes with the message what the message brings, and nothing else', async () => {
    await start(FROM_MESSAGE);
    const before = stored() as { Valid: object };
    await update({ end: '2037-06-30T12:00:00', group: 4 });
    const Valid = { ...before.Valid, endTime: '2037-06-30T12:00:00' };
    assert.deepEqual(stored(), { ...before, name: 'Alex B', groupId: 4, Valid });
  });

  it('keeps the schedules of the doors where the message brings the doors only', async () => {
    await start({ ...LITERAL, doorRight: 'payload.doors', doorRightType: 'msg' });
    await update({ doors: '2' });
    assert.deepEqual(stored()['RightPlan'], [{ doorNo: 2, planTemplateNo: '4' }]);
    assert.equal(stored()['doorRight'], '2');
  });

  it('takes all doors where the message brings a blank text, and none where it brings nothing', async () => {
    await start(FROM_MESSAGE);
    const { doorRight, RightPlan } = stored();
    await update({});
    assert.deepEqual([stored()['doorRight'], stored()['RightPlan']], [doorRight, RightPlan]);
    await update({ doors: '' });
    assert.deepEqual([stored()['doorRight'], stored()['RightPlan']], ['', []]);
  });

  it('lets somebody in again only where the message says so', async () => {
    await start(FROM_MESSAGE);
    const enabled = (): unknown => (stored()['Valid'] as { enable: boolean }).enable;
    await update({ end: '2037-06-30T12:00:00' });
    assert.equal(enabled(), false);
    await update({ enabled: true });
    assert.equal(enabled(), true);
  });

  it('takes what a JSONata expression yields for the message’s own', async () => {
    await start({ ...LITERAL, groupId: 'payload.group + 1', groupIdType: 'jsonata' });
    await update({});
    assert.equal(stored()['groupId'], 3);
    await update({ group: 5 });
    assert.equal(stored()['groupId'], 6);
  });

  it('gives existing persons what stands in the dialog where the box is ticked; other fields stay', async () => {
    await start({ ...LITERAL, alsoExisting: true });
    await update({});
    const { doorRight, RightPlan, groupId, PersonInfoExtends } = stored();
    const plan = [{ doorNo: 1, planTemplateNo: '1' }];
    assert.deepEqual([doorRight, RightPlan, groupId], ['1', plan, 9]);
    assert.deepEqual(PersonInfoExtends, [{ value: 'A-17' }]);
  });

  it('refuses a message without a name, and a name that was read in the wrong encoding', async () => {
    await start(LITERAL);
    const count = terminal.counters.records.length;
    for (const payload of [
      { employeeNo: '8', fullname: 'Anna' },
      { employeeNo: '8', name: '\ufffd\ufffd\ufffd\ufffd' },
    ]) {
      const { code, message } = await failure('person', { payload }, ['out']);
      assert.equal(code, 'INVALID_INPUT');
      assert.match(message, /fullName/);
    }
    assert.equal(terminal.counters.records.length, count);
  });
});
