import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';
import { underGuard, type FakeGuard } from '../../../harness/fake-guard.js';
import { people, SyncLab } from '../../../harness/sync/sync-lab.js';

function guarded(work: (lab: SyncLab, guard: FakeGuard) => Promise<void>): Promise<void> {
  return SyncLab.run({}, (lab) => underGuard((guard) => work(lab, guard)));
}

const LISTED = people(4, (index) => ({ cards: [`10${index}`], face: facePicture(`face ${index}`) }));
const CHANGED = LISTED.map((person) => ({ ...person, name: `New ${person.employeeNo}` }));

/** What changes something, one kind after the other: what the terminal holds before, what it is to hold, and what tells of it. */
const WRITES = [
  { what: 'a new person', before: [], wanted: people(4), event: 'person created' },
  { what: 'a changed person', before: people(4), wanted: people(4, () => ({ name: 'New' })), event: 'person updated' },
  { what: 'a card', before: people(4), wanted: people(4, (n) => ({ cards: [`10${n}`] })), event: 'card added' },
  {
    what: 'a card that goes',
    before: people(4, (n) => ({ cards: [`10${n}`] })),
    wanted: people(4, () => ({ cards: [] })),
    event: 'card deleted',
  },
  { what: 'a face', before: people(4), wanted: people(4, (n) => ({ face: facePicture(`${n}`) })), event: 'face bound' },
] as const;

describe('terminal-sync where several Node-REDs share a terminal', () => {
  it('holds the right to this unit for the whole run, and gives it back once', () =>
    guarded(async (lab, guard) => {
      const seen: number[] = [];
      lab.lab.simulator.on('event', () => seen.push(...guard.releases));
      const result = await lab.converge(LISTED);
      assert.equal(result.converged, true);
      assert.ok(seen.length > 0 && seen.every((releases) => releases === 0));
      assert.deepEqual([guard.last.serial, guard.releases], [lab.lab.simulator.serialNumber, [1]]);
    }));

  it('asks the terminal nothing more than it would by itself', async () => {
    const requests: number[][] = [];
    const twice = async (lab: SyncLab): Promise<void> => {
      const first = await lab.converge(LISTED);
      const second = await lab.converge(LISTED);
      requests.push([first.requests, second.requests]);
    };
    await SyncLab.run({}, twice);
    await guarded(twice);
    assert.deepEqual(requests[1], requests[0]);
  });

  it('waits for the right, and sends nothing until then', () =>
    guarded(async (lab, guard) => {
      let given = (): void => undefined;
      const asked = new Promise<void>((resolve) => {
        guard.give = () => {
          resolve();
          return new Promise((give) => (given = give));
        };
      });
      const syncing = lab.converge(LISTED);
      await asked;
      assert.deepEqual(lab.changes(), []);
      given();
      await syncing;
    }));

  for (const { what, before, wanted, event } of WRITES) {
    for (const isHeard of [true, false]) {
      it(`ends with NOT_OWNER when the right is lost at ${what}${isHeard ? '' : ', unheard of'}, and writes no more`, () =>
        guarded(async (lab, guard) => {
          await lab.converge(before);
          lab.changes();
          let isFirst = true;
          lab.lab.simulator.on('event', (each) => {
            if (each.event !== event || !isFirst) return;
            isFirst = false;
            if (isHeard) guard.last.lose();
            else guard.last.isLostUnheard = true;
          });
          const failure = await failureOf(lab.sync(wanted));
          assert.deepEqual([failure.code, failure.cause.retryable], ['NOT_OWNER', true]);
          assert.deepEqual([failure.cause.terminal, failure.reason], ['Lobby', 'ownershipLost']);
          assert.equal(lab.changes().length, 1);
          assert.deepEqual(guard.releases, [1, 1]);
          await lab.converge(wanted);
        }));
    }
  }

  it('ends when the right is lost while it reads, also where nothing is to be written', () =>
    guarded(async (lab, guard) => {
      await lab.converge(LISTED);
      const syncing = lab.sync(LISTED, { full: true, onProgress: () => guard.last.lose() });
      assert.equal((await failureOf(syncing)).code, 'NOT_OWNER');
      assert.deepEqual(guard.releases, [1, 1]);
    }));

  it('removes nobody any more when the right is lost before', () =>
    guarded(async (lab, guard) => {
      await lab.converge(people(4));
      lab.changes();
      guard.give = (hold) => void (hold.isLostUnheard = true);
      const failure = await failureOf(lab.sync(people(4, () => ({ remove: true }))));
      assert.deepEqual([failure.code, lab.changes()], ['NOT_OWNER', []]);
    }));

  it('ends with NOT_OWNER where another unit hangs there now, and goes on under its own right the next time', () =>
    guarded(async (lab, guard) => {
      await lab.converge(LISTED);
      lab.lab.simulator.replace('ANOTHER-1');
      lab.changes();
      const failure = await failureOf(lab.sync(CHANGED));
      assert.deepEqual([failure.code, failure.reason, failure.cause.retryable], ['NOT_OWNER', 'otherUnit', true]);
      assert.deepEqual(lab.changes(), []);
      const result = await lab.converge(CHANGED);
      assert.deepEqual(
        result.warnings.map(({ code }) => code),
        ['TERMINAL_REPLACED'],
      );
      assert.deepEqual([guard.last.serial, guard.releases], ['ANOTHER-1', [1, 1, 1]]);
    }));

  it('says why where nobody knows who may, and gives nothing back that it did not get', () =>
    guarded(async (lab, guard) => {
      guard.give = () => {
        throw HikvisionError.of('ownershipUnknown', { retryable: true, delivery: 'unsent' });
      };
      const failure = await failureOf(lab.sync(LISTED));
      assert.deepEqual([failure.reason, guard.holds.length, lab.changes()], ['ownershipUnknown', 0, []]);
    }));
});
