import assert from 'node:assert/strict';

import { registerAcks } from '../../../nodes/common/event-acks.js';
import { deploy, failure, node, send, undeploy, type Message } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const KEY = '@facecontroll/node-red-hikvision/event-ack:event-ack.status.';

describe(`event-ack in Node-RED ${line}`, () => {
  let waiting: Set<string>;
  let elsewhere: Set<string>;
  let forget: (() => void)[];

  beforeEach(() => {
    [waiting, elsewhere] = [new Set(['u:0:1', 'u:0:2', 'u:0:3']), new Set(['u:0:1'])];
    forget = [registerAcks('watch', (id) => waiting.delete(id)), registerAcks('other', (id) => elsewhere.delete(id))];
  });
  afterEach(async () => {
    for (const each of forget) each();
    await undeploy();
  });

  async function start(settings: object = {}): Promise<void> {
    await deploy([
      { id: 'ack', type: 'event-ack', z: 'tab', wires: [['out']], ...settings },
      { id: 'out', type: 'helper', z: 'tab' },
    ]);
  }

  /** What is left after this message, and the status that it leaves. */
  async function after(msg: object): Promise<{ left: string[]; other: string[]; status: string }> {
    const seen: string[] = [];
    node('ack').on('call:status', (call: { args: [{ text?: string; fill?: string }] }) => {
      const [{ text = '', fill = '' }] = call.args;
      seen.push(`${fill} ${text.replace(KEY, '')}`);
    });
    const given = { ...msg, keep: 1 } as unknown as Message;
    const { at, msg: out } = await send('ack', given, ['out']);
    assert.equal(at, 'out', JSON.stringify(out.error));
    assert.deepEqual({ ...out, _msgid: 0 }, { ...given, _msgid: 0 });
    return { left: [...waiting], other: [...elsewhere], status: seen.at(-1) ?? '' };
  }

  it('acknowledges msg.event at the node that sent it, and passes the message on', async () => {
    await start();
    const result = await after({ event: { id: 'u:0:1', node: 'watch' }, payload: [] });
    assert.deepEqual(result, { left: ['u:0:2', 'u:0:3'], other: ['u:0:1'], status: 'green acknowledged-1' });
  });

  it('takes the payload’s id where there is no msg.event, at whoever waits for it', async () => {
    await start();
    const result = await after({ payload: { id: 'u:0:1' } });
    assert.deepEqual(result, { left: ['u:0:2', 'u:0:3'], other: [], status: 'green acknowledged-1' });
  });

  it('takes an id as text', async () => {
    await start();
    assert.deepEqual((await after({ event: 'u:0:2' })).left, ['u:0:1', 'u:0:3']);
  });

  it('takes a batch from another property', async () => {
    await start({ event: 'payload', eventType: 'msg' });
    const payload = [{ id: 'u:0:1', serial: 1 }, 'u:0:3', { id: 'u:0:9' }];
    assert.deepEqual(await after({ payload, event: { id: 'u:0:2' } }), {
      ...{ left: ['u:0:2'], other: [], status: 'green acknowledged-2' },
    });
  });

  for (const [title, event] of [
    ['an event that was acknowledged before', { id: 'u:0:0', node: 'watch' }],
    ['an event of a node that is gone', { id: 'u:0:1', node: 'gone' }],
  ] as const) {
    it(`passes on ${title}, with a grey status`, async () => {
      await start();
      const result = await after({ event });
      assert.deepEqual([result.left.length, result.status], [3, 'grey nobody']);
    });
  }

  for (const [title, msg] of [
    ['nothing', { payload: 1 }],
    ['a number', { event: 12 }],
    ['an event without an id', { event: { node: 'watch' } }],
    ['a blank id', { event: ' ' }],
    ['an endless id', { event: 'x'.repeat(301) }],
    ['an empty batch', { event: [] }],
    ['a batch with something else in it', { event: ['u:0:1', null] }],
    ['a batch in a batch', { event: [['u:0:1']] }],
  ] as const) {
    it(`refuses ${title}, and acknowledges nothing`, async () => {
      await start();
      const { code } = await failure('ack', msg, ['out']);
      assert.deepEqual([code, waiting.size], ['INVALID_INPUT', 3]);
    });
  }
});
