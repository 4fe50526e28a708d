import assert from 'node:assert/strict';

import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { GuardHold } from '../../../core/isapi/terminal/guard.js';
import { openClient } from '../../../fleet/core/database/client.js';
import type { FleetSettings, FleetState } from '../../../fleet/core/options.js';
import { enterFleet } from '../../../fleet/core/ownership/entry.js';
import { lockKeyOf } from '../../../fleet/core/ownership/key.js';
import { Ownership } from '../../../fleet/core/ownership/ownership.js';
import { TIMING, type Timing } from '../../../fleet/core/ownership/timing.js';
import { failureOf } from '../../harness/failure-of.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import { TransactionPooler } from '../../harness/fleet/transaction-pooler.js';

const SERIAL = 'DS-K1T341AMF20240101V030000ENABC123456';
const OTHER = 'DS-K1T342MFWX20240101V031601ENABC654321';
/** Nothing is tried again by time, so that a test sees what was told. */
const NEVER = 600_000;
const forever = new AbortController().signal;

/** An instance, with its states in the order in which they were told. */
interface Instance extends Ownership {
  told: { state: FleetState; failure: HikvisionError | undefined }[];
  becomes(state: FleetState): Promise<HikvisionError | undefined>;
}

describe('ownership', () => {
  const postgres = TestPostgres.forAll();
  const instances = new Set<Ownership>();
  let settings: FleetSettings;

  beforeEach(() => (settings = postgres.settings()));
  afterEach('instances end', async () => {
    await Promise.all([...instances].map((instance) => instance.close()));
    instances.clear();
  });

  function begin(name: string, timing: Partial<Timing> = {}, changes: Partial<FleetSettings> = {}): Instance {
    const told: Instance['told'] = [];
    let heard = (): void => undefined;
    const ownership = new Ownership({
      settings: { ...settings, instance: name, ...changes },
      timing: { retryMs: 50, nameMs: 0, graceMs: 0, ...timing },
      onState: (state, failure) => {
        told.push({ state, failure });
        heard();
      },
    });
    instances.add(ownership);
    ownership.start();
    const becomes = async (state: FleetState): Promise<HikvisionError | undefined> => {
      while (told.at(-1)?.state !== state) await new Promise<void>((resolve) => (heard = resolve));
      return told.at(-1)?.failure;
    };
    return Object.assign(ownership, { told, becomes });
  }

  async function ready(
    name: string,
    timing: Partial<Timing> = {},
    changes: Partial<FleetSettings> = {},
  ): Promise<Instance> {
    const instance = begin(name, timing, changes);
    await instance.becomes('ready');
    return instance;
  }

  async function held(instance: Ownership, serial = SERIAL): Promise<GuardHold> {
    const hold = await instance.tryAcquire(serial);
    assert.ok(hold, 'not free');
    return hold;
  }

  function lossOf({ lost }: GuardHold): Promise<HikvisionError> {
    return new Promise((resolve) => {
      const tell = (): void => resolve(lost.reason as HikvisionError);
      if (lost.aborted) tell();
      else lost.addEventListener('abort', tell);
    });
  }

  async function endConnections(instance: string): Promise<void> {
    const client = await postgres.client();
    const text = 'select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1';
    const { rowCount } = await client.query(text, [`% locks ${instance}`]);
    assert.equal(rowCount, 1);
  }

  async function rows(): Promise<Record<string, unknown>[]> {
    const client = await postgres.client();
    const text = `select serial, instance, released_at is not null as released from ${settings.schema}.ownership order by serial`;
    return (await client.query<Record<string, unknown>>(text)).rows;
  }

  it('is one instance’s at a time, and goes to who waits as soon as it is released', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b', { retryMs: NEVER })]);
    const first = await held(a);
    assert.equal(await b.tryAcquire(SERIAL), undefined);
    const waits = b.acquire(SERIAL, forever);
    first.release();
    const second = await waits;
    assert.deepEqual([second.takenOver, second.quietUntil], [false, 0]);
    assert.equal(await a.tryAcquire(SERIAL), undefined);
    assert.deepEqual(await rows(), [{ serial: SERIAL, instance: 'b', released: false }]);
  });

  it('is each terminal’s own', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b')]);
    await held(a);
    await held(b, OTHER);
  });

  it('stays until the last hold of a process is released, each of them once', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b')]);
    const [first, second] = await Promise.all([held(a), held(a)]);
    first.release();
    first.release();
    assert.throws(() => first.assertHeld(), { code: 'NOT_OWNER' });
    second.assertHeld();
    assert.equal(await b.tryAcquire(SERIAL), undefined);
    second.release();
    const third = await held(a);
    assert.equal(await b.tryAcquire(SERIAL), undefined);
    third.release();
    const last = await b.acquire(SERIAL, forever);
    assert.equal(last.takenOver, false);
  });

  it('is free for others when who asked for it does not wait any more', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b', { retryMs: NEVER })]);
    const stop = new AbortController();
    const reason = new Error('no longer');
    const asked = a.acquire(SERIAL, stop.signal);
    stop.abort(reason);
    await assert.rejects(asked, reason);
    (await b.acquire(SERIAL, forever)).release();
  });

  it('ends for everybody at once when the connection ends, and comes again', async () => {
    const a = await ready('a');
    const [hold, other] = [await held(a), await held(a, OTHER)];
    const lost = Promise.all([lossOf(hold), lossOf(other)]);
    await endConnections('a');
    for (const { code, params } of await lost) {
      assert.equal(code, 'NOT_OWNER');
      assert.ok([SERIAL, OTHER].includes(String(params['serial'])));
    }
    assert.throws(() => hold.assertHeld(), { code: 'NOT_OWNER' });
    hold.release();
    await a.becomes('ready');
    const again = await held(a);
    // What was under way may still be at work in the terminal, and whoever takes it next must not think otherwise.
    assert.deepEqual([again.takenOver, again.quietUntil > Date.now()], [true, true]);
    assert.throws(() => hold.assertHeld(), { code: 'NOT_OWNER' });
    again.assertHeld();
    assert.deepEqual(
      a.told.map(({ state }) => state),
      ['ready', 'lost', 'ready'],
    );
  });

  it('comes back after the server was stopped and started, while who wants a terminal waits', async () => {
    const [a, b] = await Promise.all([
      ready('a', { beatMs: 300, patienceMs: 300 }),
      ready('b', { beatMs: 300, patienceMs: 300 }),
    ]);
    const hold = await held(a);
    await postgres.stop('immediate');
    assert.equal((await lossOf(hold)).code, 'NOT_OWNER');
    await b.becomes('lost');
    const waits = b.acquire(SERIAL, forever);
    await postgres.start();
    // Whoever comes first.
    const next = await waits;
    assert.equal(next.takenOver, true);
    assert.ok(next.quietUntil > Date.now() + 60_000);
  });

  it('tells who wants a terminal why it cannot be had when the database stays away', async () => {
    const a = begin('a', { readyMs: 100 }, { connection: { host: '127.0.0.1', port: 1, password: 'Geheim' } });
    await a.becomes('lost');
    const failure = await failureOf(a.acquire(SERIAL, forever));
    assert.deepEqual([failure.code, failure.reason, failure.delivery], ['NOT_OWNER', 'databaseUnreachable', 'unsent']);
    assert.equal((await failureOf(a.tryAcquire(SERIAL))).code, 'NOT_OWNER');
  });

  it('is refused to a second instance of the same name, until the first one has ended', async () => {
    const first = await ready('same');
    const second = begin('same');
    const failure = await second.becomes('refused');
    assert.equal(failure?.reason, 'instanceTaken');
    assert.equal((await failureOf(second.acquire(SERIAL, forever))).code, 'NOT_OWNER');
    await first.close();
    await second.becomes('ready');
  });

  it('does not mind the same name in another fleet of the same database', async () => {
    await ready('same');
    await ready('same', {}, { schema: postgres.settings().schema });
  });

  it('is given back at once by an instance that ends', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b', { retryMs: NEVER })]);
    await Promise.all([held(a), held(a, OTHER)]).then((holds) => holds.forEach((hold) => hold.release()));
    const hold = await held(a);
    const waits = b.acquire(SERIAL, forever);
    hold.lost.addEventListener('abort', () => hold.release());
    await a.close();
    const next = await waits;
    assert.deepEqual([next.takenOver, next.quietUntil], [false, 0]);
    assert.equal(a.told.at(-1)?.state, 'closed');
    assert.equal((await failureOf(a.acquire(SERIAL, forever))).code, 'NOT_OWNER');
  });

  it('is taken over from an instance that ends while somebody still uses it', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b', { retryMs: NEVER })]);
    const hold = await held(a);
    const waits = b.acquire(SERIAL, forever);
    await a.close();
    assert.throws(() => hold.assertHeld(), { code: 'NOT_OWNER' });
    assert.equal((await waits).takenOver, true);
  });

  describe('after a takeover', () => {
    /** Of an instance that has ended without giving it back. */
    async function abandoned(): Promise<void> {
      const a = await ready('a');
      await held(a);
      await a.close();
    }

    it('keeps quiet for the rest of the time, whoever has it then', async () => {
      await abandoned();
      const [b, c] = await Promise.all([ready('b'), ready('c')]);
      const second = await held(b);
      assert.ok(second.takenOver && second.quietUntil > Date.now() + 65_000, String(second.quietUntil - Date.now()));
      second.release();
      const third = await c.acquire(SERIAL, forever);
      assert.equal(third.takenOver, false);
      // The same moment, by two readings of it.
      assert.ok(Math.abs(third.quietUntil - second.quietUntil) < 5_000);
    });

    it('keeps quiet no longer than it has to', async () => {
      await abandoned();
      const b = await ready('b', { quietMs: 0, beatMs: 1, patienceMs: 20_000 });
      (await held(b)).release();
      const client = await postgres.client();
      await client.query(`update ${settings.schema}.ownership set quiet_until = clock_timestamp() - interval '1 ms'`);
      assert.equal((await b.acquire(SERIAL, forever)).quietUntil, 0);
    });

    it('is still one for the next, where nobody used it', async () => {
      await abandoned();
      const [b, c] = await Promise.all([ready('b'), ready('c')]);
      const stop = new AbortController();
      const asked = b.acquire(SERIAL, stop.signal);
      stop.abort(new Error('no longer'));
      await assert.rejects(asked, /no longer/);
      assert.equal((await c.acquire(SERIAL, forever)).takenOver, true);
    });
  });

  it('is tried again where the database did not get to it in time, and the lock does not stay behind', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b')]);
    (await held(a)).release();
    const client = await postgres.client();
    await client.query('begin');
    // After the release.
    await client.query(`select from ${settings.schema}.ownership where released_at is not null for update`);
    const failure = await failureOf(a.acquire(SERIAL, forever));
    assert.deepEqual([failure.code, failure.reason], ['NOT_OWNER', 'databaseBusy']);
    assert.equal(a.state, 'ready');
    await client.query('rollback');
    await b.acquire(SERIAL, forever);
  });

  it('outlives a beat for which the database had no time', async () => {
    const a = await ready('a', { beatMs: 200, patienceMs: 5_000 });
    const hold = await held(a);
    const client = await postgres.client();
    await client.query('begin');
    await client.query(`select from ${settings.schema}.instance for update`);
    const beatWaits = async (): Promise<boolean> => {
      const text = `select from pg_stat_activity where application_name like '% locks a' and wait_event_type = 'Lock'`;
      return (await client.query(text)).rowCount === 1;
    };
    while (!(await beatWaits()));
    while (await beatWaits());
    await client.query('rollback');
    hold.assertHeld();
    assert.deepEqual(
      a.told.map(({ state }) => state),
      ['ready'],
    );
  });

  it('keeps the lock until the database knows of the release', async () => {
    const [a, b] = await Promise.all([ready('a'), ready('b')]);
    const hold = await held(a);
    const client = await postgres.client();
    await client.query(`begin; select from ${settings.schema}.ownership for update`);
    hold.release();
    assert.equal(await b.tryAcquire(SERIAL), undefined);
    await client.query('rollback');
    assert.equal((await b.acquire(SERIAL, forever)).takenOver, false);
  });

  it('is nobody’s through a pooler that hands connections on', async () => {
    const pooler = await TransactionPooler.before(postgres.url, 2);
    try {
      const url = new URL(postgres.url);
      url.port = String(pooler.port);
      const a = begin('a', {}, { connection: { connectionString: url.href } });
      const failure = await a.becomes('refused');
      assert.equal(failure?.reason, 'databasePooler');
      // Before anything is locked through it.
      assert.deepEqual(
        a.told.map(({ state }) => state),
        ['refused'],
      );
      assert.equal((await failureOf(a.acquire(SERIAL, forever))).code, 'NOT_OWNER');
      await a.close();
    } finally {
      await pooler.close();
    }
  });

  it('calls back what is told on a channel, and once after each connection', async () => {
    const a = begin('a');
    const payloads: string[] = [];
    let heard = (): void => undefined;
    const stop = a.listen('test', (payload) => {
      payloads.push(payload);
      heard();
    });
    const count = async (wanted: number): Promise<void> => {
      while (payloads.length < wanted) await new Promise<void>((resolve) => (heard = resolve));
    };
    await count(1);
    const client = await postgres.client();
    await client.query(`notify ${settings.schema}_test, 'one'`);
    await count(2);
    await endConnections('a');
    await count(3);
    assert.deepEqual(payloads, ['', 'one', '']);
    stop();
  });

  it('asks the server to notice soon that nobody is there any more', async () => {
    const { client, destroy } = await enterFleet(settings, crypto.randomUUID(), TIMING, forever);
    const names = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
    const values: unknown[] = [];
    for (const name of names) {
      const { rows: found } = await client.query<{ value: string }>('select current_setting($1) as value', [name]);
      values.push(found[0]?.value);
    }
    destroy();
    assert.deepEqual(values, ['10', '5', '3', '25000']);
  });

  it('has a key of the serial number, as SQL takes it', async () => {
    const { client, destroy } = await openClient(settings, 'test');
    for (const serial of [SERIAL, OTHER, '']) {
      const { rows: found } = await client.query<{ key: string }>(
        `select ('x' || encode(substr(sha256(convert_to($1, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::text as key`,
        [serial],
      );
      assert.equal(lockKeyOf(serial), found[0]?.key);
    }
    destroy();
  });
});
