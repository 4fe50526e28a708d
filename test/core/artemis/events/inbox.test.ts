import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  open as openFile,
  readFile,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Inbox } from '../../../../core/artemis/events/inbox/inbox.js';

const ARRIVAL = { receivedAt: 1, recovered: false, at: () => 1 };

function eventOf(id: string): { id: string; type: number; status: number; raw: object & Record<string, unknown> } {
  return { id, type: 196_893, status: 0, raw: { eventId: id } };
}

function idsIn(inbox: Inbox): string[] {
  return inbox.after(0, 100_000).map(({ event }) => event.id);
}

describe('the file of the inbox', () => {
  let folder = '';
  const open = (compactBytes?: number): Promise<Inbox> => Inbox.open(folder, () => undefined, compactBytes);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-inbox-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is written anew when it has grown, without losing what comes meanwhile', async () => {
    const inbox = await open(2_000);
    const wanted: string[] = [];
    const takes: Promise<number>[] = [];
    for (let round = 0; round < 300; round += 1) {
      wanted.push(`e${round}`);
      takes.push(inbox.take([eventOf(`e${round}`)], ARRIVAL));
      // Some of them arrive while others are being written.
      if (round % 7 === 0) await Promise.all(takes);
    }
    await Promise.all(takes);
    const done = inbox.after(0, 290);
    await inbox.out(inbox.after(0, 295));
    await inbox.done(done);
    await inbox.stand({ begunAt: 5 });
    assert.deepEqual(idsIn(inbox), wanted.slice(290));
    await inbox.close();
    const again = await open(2_000);
    assert.deepEqual(idsIn(again), wanted.slice(290));
    assert.deepEqual(
      again.after(0, 10).map(({ wasOut }) => wasOut),
      [true, true, true, true, true, false, false, false, false, false],
    );
    assert.equal(again.standing.begunAt, 5);
    assert.equal(await again.take([eventOf('e3'), eventOf('new')], ARRIVAL), 1);
    await again.close();
    assert.ok((await stat(path.join(folder, 'inbox.jsonl'))).size < 30_000);
    assert.equal((await stat(path.join(folder, 'inbox.jsonl'))).mode & 0o777, 0o600);
  });

  it('has what was taken although the file is written anew at that very moment', async () => {
    const inbox = await open(1);
    await inbox.take([eventOf('a')], ARRIVAL);
    await inbox.close();
    const again = await open();
    assert.deepEqual(idsIn(again), ['a']);
    await again.close();
  });

  it('takes an event once, however often and however fast it comes', async () => {
    const inbox = await open();
    const takes = await Promise.all(
      Array.from({ length: 20 }, () => inbox.take([eventOf('a'), eventOf('b')], ARRIVAL)),
    );
    assert.equal(
      takes.reduce((sum, each) => sum + each, 0),
      2,
    );
    await inbox.close();
    const lines = (await readFile(path.join(folder, 'inbox.jsonl'), 'utf8')).split('\n');
    assert.equal(lines.filter((line) => line.includes('"a"')).length, 1);
  });

  it('takes no more than ten thousand that nobody has dealt with', async () => {
    const inbox = await open();
    const many = Array.from({ length: 10_000 }, (_each, index) => eventOf(`e${index}`));
    await inbox.take(many, ARRIVAL);
    await assert.rejects(inbox.take([eventOf('one more')], ARRIVAL));
    await inbox.done(inbox.after(0, 1));
    assert.equal(await inbox.take([eventOf('one more')], ARRIVAL), 1);
    await inbox.close();
  });

  it('has not taken what could not be written, so that it can come again', async () => {
    const inbox = await open();
    await inbox.close();
    await assert.rejects(inbox.take([eventOf('a')], ARRIVAL));
    assert.deepEqual([idsIn(inbox), inbox.seen.has('a')], [[], false]);
  });

  it('still wants an event that was under way when the file had been written anew and the process was killed', async () => {
    const inbox = await open(1);
    const killed = path.join(folder, 'killed');
    await mkdir(killed);
    await whileAppending(
      async (count) => {
        if (count === 2) await copyFile(path.join(folder, 'inbox.jsonl'), path.join(killed, 'inbox.jsonl'));
      },
      async () => {
        const [, second] = [inbox.take([eventOf('a')], ARRIVAL), inbox.take([eventOf('b')], ARRIVAL)];
        await second;
      },
    );
    await inbox.close();
    const again = await Inbox.open(killed, () => undefined);
    assert.deepEqual(idsIn(again), ['a']);
    // Nobody was told that it has been taken: it comes again.
    assert.equal(await again.take([eventOf('b')], ARRIVAL), 1);
    await again.close();
  });

  it('does not take the repeat of what cannot be written', async () => {
    const inbox = await open();
    await whileAppending(
      (count) => (count === 1 ? Promise.reject(new Error('ENOSPC')) : Promise.resolve()),
      async () => {
        const takes = [inbox.take([eventOf('a')], ARRIVAL), inbox.take([eventOf('a')], ARRIVAL)];
        const ends = (await Promise.allSettled(takes)).map(({ status }) => status);
        assert.deepEqual(ends, ['rejected', 'rejected']);
      },
    );
    assert.equal(await inbox.take([eventOf('a')], ARRIVAL), 1);
    await inbox.close();
  });

  it('is read although somebody has written numbers in it that are none', async () => {
    const entry = { id: 'a', type: 1, status: 0, receivedAt: 1, raw: {} };
    const bad = [{ n: 1e300 }, { n: 1, receivedAt: 1e300 }, { n: 2, status: -1 }, { n: 3.5 }];
    const lines = [{ in: bad.map((each) => ({ ...entry, ...each })) }, { stand: { heardUntil: 1e300, begunAt: 5 } }];
    await appendFile(path.join(folder, 'inbox.jsonl'), lines.map((each) => JSON.stringify(each)).join('\n'));
    const inbox = await open();
    assert.deepEqual([idsIn(inbox), inbox.standing], [[], { begunAt: 5 }]);
    await inbox.close();
  });
});

/** Runs `before`, with the number of the write, before each write to any file. */
async function whileAppending(before: (count: number) => Promise<void>, work: () => Promise<void>): Promise<void> {
  const handle = await openFile(__filename, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const append = Object.getOwnPropertyDescriptor(prototype, 'appendFile')?.value as FileHandle['appendFile'];
  let count = 0;
  prototype.appendFile = async function (...given) {
    count += 1;
    await before(count);
    await append.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.appendFile = append;
  }
}
