import assert from 'node:assert/strict';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { Fleet, Taking } from '../../../fleet/core/fleet.js';
import type { FleetState, TakenJob } from '../../../fleet/core/options.js';
import { registerFleet, type KnownFleet } from '../../../fleet/nodes/common/fleets.js';
import fleetDone from '../../../fleet/nodes/fleet-done/fleet-done.js';
import fleetIn from '../../../fleet/nodes/fleet-in/fleet-in.js';
import fleetOut from '../../../fleet/nodes/fleet-out/fleet-out.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { arrivalAt, deploy, failure, node, send, stop, undeploy } from '../../harness/node-red/flow.js';

/** A fleet that says what it is told to, and gives the jobs that it is told to. */
class ScriptedFleet implements KnownFleet {
  readonly fleet = this as unknown as Fleet;
  state: FleetState = 'connecting';
  sent = { terminals: 1, added: 1 };
  readonly asked: unknown[] = [];
  isStopped = false;
  private taking: Taking | undefined;
  private readonly listeners = new Set<() => void>();

  onState(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  enter(state: FleetState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  send(...asked: unknown[]): Promise<object> {
    this.asked.push(asked);
    return Promise.resolve(this.sent);
  }

  take(taking: Taking): () => Promise<void> {
    this.taking = taking;
    return () => {
      this.isStopped = true;
      return Promise.resolve();
    };
  }

  give(id: string, signal = new AbortController().signal): Promise<void> {
    const job: TakenJob = {
      ...{ id, terminal: 'Lobby', site: 'North', priority: 'change', attempt: 2, takenOver: true, whole: true, signal },
    };
    return this.taking?.work(job) ?? assert.fail('nobody takes');
  }
}

describe('the nodes of a fleet', () => {
  let fleet: ScriptedFleet;
  let forget: (removed: boolean) => void;
  const shown: Record<string, string[]> = {};

  beforeEach(async () => {
    fleet = new ScriptedFleet();
    const leave = registerFleet('config', fleet);
    forget = () => leave(true);
    await deploy(
      [
        { id: 'in', type: 'fleet-in', z: 'tab', fleet: 'config', take: 'work', timeout: '900', wires: [['job']] },
        { id: 'job', type: 'helper', z: 'tab' },
        { id: 'done', type: 'fleet-done', z: 'tab', wires: [['ended']] },
        { id: 'ended', type: 'helper', z: 'tab' },
        {
          ...{
            id: 'out',
            type: 'fleet-out',
            z: 'tab',
            fleet: 'config',
            target: 'site',
            value: 'site',
            valueType: 'msg',
          },
          ...{ priority: 'change', priorityType: 'str', wires: [['sent']] },
        },
        { id: 'sent', type: 'helper', z: 'tab' },
        { id: 'nowhere', type: 'fleet-out', z: 'tab', fleet: 'gone', target: 'all', wires: [['sent']] },
      ],
      {},
      [fleetIn, fleetOut, fleetDone],
    );
    for (const id of ['in', 'out']) {
      const all: string[] = (shown[id] = []);
      node(id).on('call:status', ({ args: [{ text = '' }] }: { args: [{ text?: string }] }) => {
        all.push(text.split('status.').at(-1) ?? '');
      });
    }
  });
  afterEach(async () => {
    await undeploy();
    forget(true);
  });

  /** Node-RED tells of a status a little later. */
  async function hasShown(id: string, wanted: string[]): Promise<void> {
    await eventually(() => Promise.resolve((shown[id] ?? []).length >= wanted.length));
    assert.deepEqual(shown[id], wanted);
  }

  it('say in words how the fleet is, and how many jobs are under way', async () => {
    fleet.enter('ready');
    const arrival = arrivalAt(['job']);
    const done = fleet.give('one');
    const { msg } = await arrival;
    assert.deepEqual(
      { terminal: msg['terminal'], site: msg['site'], topic: msg.topic, full: msg['full'] },
      { terminal: 'Lobby', site: 'North', topic: 'Lobby', full: true },
    );
    const { run, ...told } = msg['fleet'] as Record<string, unknown>;
    assert.deepEqual(told, { id: 'one', attempt: 2, takenOver: true, priority: 'change' });
    assert.match(String(run), /^[0-9a-f]{16}$/);
    fleet.enter('lost');
    fleet.enter('refused');
    fleet.enter('ready');
    await send('done', msg, ['ended']);
    await done;
    await hasShown('in', ['connecting', 'waiting', 'working-1', 'lost', 'refused', 'working-1', 'waiting']);
    await hasShown('out', ['connecting', '', 'lost', 'refused', '']);
  });

  it('send work, and tell what came of it', async () => {
    fleet.enter('ready');
    const { msg } = await send('out', { site: 'North', fleet: { id: 'a letter' } }, ['sent']);
    assert.deepEqual(fleet.asked, [[{ site: 'North' }, 'change']]);
    assert.deepEqual([msg['sent'], msg['fleet']], [{ terminals: 1, added: 1 }, { id: 'a letter' }]);
    fleet.sent = { terminals: 3, added: 0 };
    await send('out', { site: 'North' }, ['sent']);
    await hasShown('out', ['connecting', '', 'sent-1', 'merged']);
    assert.equal((await failure('out', {}, ['sent'])).code, 'INVALID_INPUT');
    assert.equal((await failure('nowhere', {}, ['sent'])).code, 'NOT_CONFIGURED');
  });

  it('tell a Catch node of a job that nobody spoke of in time, with the job itself', async () => {
    fleet.enter('ready');
    const late = new AbortController();
    const done = fleet.give('two', late.signal).catch((error: unknown) => error);
    const caught = arrivalAt(['caught']);
    const why = HikvisionError.of('fleetJobTimeout', { params: { terminal: 'Lobby', seconds: 900 } });
    late.abort(why);
    assert.equal(await done, why);
    const { msg } = await caught;
    assert.equal(msg.error?.code, 'TIMEOUT');
    assert.equal((msg['fleet'] as { id: string }).id, 'two');
    await hasShown('in', ['connecting', 'waiting', 'working-1', 'late']);
  });

  it('say nothing where a job is handed back', async () => {
    fleet.enter('ready');
    const stopping = new AbortController();
    const done = fleet.give('three', stopping.signal).catch((error: unknown) => error);
    const why = HikvisionError.of('cancelled');
    stopping.abort(why);
    assert.equal(await done, why);
    await hasShown('in', ['connecting', 'waiting', 'working-1', 'waiting']);
    await stop();
    assert.ok(fleet.isStopped);
  });
});
