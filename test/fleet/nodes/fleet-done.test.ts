import assert from 'node:assert/strict';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { JobFailure, outcomeOf } from '../../../fleet/nodes/common/open-jobs.js';
import fleetDone from '../../../fleet/nodes/fleet-done/fleet-done.js';
import { failureOf } from '../../harness/failure-of.js';
import { deploy, failure, node, send, undeploy, type Message } from '../../harness/node-red/flow.js';

let runs = 0;

/** A job that a flow has been given. */
function given(id: string, { signal = new AbortController().signal } = {}) {
  const run = `run${String((runs += 1))}`;
  const outcome = outcomeOf({ id, run, signal });
  // What comes of it is looked at later.
  outcome.catch(() => undefined);
  return { fleet: { id, attempt: 1, takenOver: false, priority: 'change', run }, outcome };
}

describe('fleet-done', () => {
  const statuses: { fill?: string; text?: string }[] = [];

  before(async () => {
    await deploy(
      [
        { id: 'done', type: 'fleet-done', z: 'tab', wires: [['out']] },
        { id: 'out', type: 'helper', z: 'tab' },
      ],
      {},
      [fleetDone],
    );
    node('done').on('call:status', ({ args: [status] }: { args: [{ fill?: string; text?: string }] }) => {
      statuses.push(status);
    });
  });
  after(() => undeploy());

  async function say(msg: Message): Promise<{ msg: Message; status: string | undefined }> {
    const { at, msg: passed } = await send('done', msg, ['out']);
    assert.equal(at, 'out');
    return { msg: passed, status: statuses.at(-1)?.text?.split('.').at(-1) };
  }

  it('ends a job, and passes its message on as it came', async () => {
    const { fleet, outcome } = given('one');
    const { msg, status } = await say({ fleet, payload: [1], sync: { converged: true } });
    await outcome;
    assert.deepEqual(
      { ...msg, _msgid: undefined },
      { fleet, payload: [1], sync: { converged: true }, _msgid: undefined },
    );
    assert.equal(status, 'finished');
  });

  it('ends a job whose people have to come to the terminal: trying again brings nobody', async () => {
    const { fleet, outcome } = given('two');
    const sync = { converged: false, verified: true, dryRun: false, failed: [], toCapture: ['7'] };
    const { status } = await say({ fleet, sync });
    await outcome;
    assert.equal(status, 'finished');
  });

  for (const { what, msg, code, words } of [
    {
      what: 'an error as a Catch node has it',
      msg: { error: { message: 'It is off.', code: 'UNREACHABLE' } },
      code: 'UNREACHABLE',
      words: 'It is off.',
    },
    { what: 'an error without a code', msg: { error: { message: 'Oh.' } }, code: 'FAILED', words: 'Oh.' },
    { what: 'an error that is text', msg: { error: 'No list' }, code: 'FAILED', words: 'No list' },
    {
      what: 'an error with a code that is none',
      msg: { error: { code: '<b>', message: 7 } },
      code: 'FAILED',
      words: '',
    },
    {
      what: 'a sync that did not get there',
      msg: { sync: { converged: false, dryRun: false, failed: [{}, {}], toCapture: ['7'] } },
      code: 'NOT_CONVERGED',
      words: 'The terminal does not hold yet what the list says: 2 persons failed, 1 still need a capture.',
    },
  ]) {
    it(`fails a job for ${what}`, async () => {
      const { fleet, outcome } = given('failing');
      const { status } = await say({ fleet, ...msg });
      const failed = await outcome.then(
        () => assert.fail('no failure'),
        (error: unknown) => error,
      );
      assert.ok(failed instanceof JobFailure);
      assert.equal(status, 'failed');
      assert.equal(failed.code, code);
      assert.equal(failed.message, words);
    });
  }

  it('takes a dry run that would change something as done', async () => {
    const { fleet, outcome } = given('dry');
    await say({ fleet, sync: { converged: false, dryRun: true } });
    await outcome;
  });

  it('takes the first word of a job; the next is nobody’s, and no error', async () => {
    const { fleet, outcome } = given('twice');
    await say({ fleet });
    const { status } = await say({ fleet, error: { message: 'late' } });
    await outcome;
    assert.equal(status, 'nobody');
  });

  it('does not take a word about an earlier run of a job for this one', async () => {
    const earlier = given('again');
    await say({ fleet: earlier.fleet, error: 'first' });
    const { fleet, outcome } = given('again');
    assert.equal((await say({ fleet: earlier.fleet, error: 'first' })).status, 'nobody');
    await say({ fleet });
    await outcome;
  });

  it('takes a word without a run for whichever is under way', async () => {
    const { outcome } = given('by hand');
    await say({ fleet: { id: 'by hand' } });
    await outcome;
  });

  it('is too late where the terminal is no longer this one’s, before or meanwhile', async () => {
    const lost = new AbortController();
    const { fleet, outcome } = given('lost', { signal: lost.signal });
    const why = HikvisionError.of('cancelled');
    lost.abort(why);
    assert.equal(await failureOf(outcome), why);
    assert.equal((await say({ fleet })).status, 'nobody');
    assert.equal(await failureOf(given('lost', { signal: lost.signal }).outcome), why);
  });

  for (const fleet of [undefined, null, 'id', {}, { id: '' }, { id: 7 }, { id: 'x'.repeat(101) }]) {
    it(`refuses a message whose msg.fleet is ${(JSON.stringify({ fleet }) || '').slice(0, 20)}`, async () => {
      const { code, message } = await failure('done', { fleet }, ['out']);
      assert.equal(code, 'INVALID_INPUT');
      assert.match(message, /msg\.fleet names no job/);
    });
  }
});
