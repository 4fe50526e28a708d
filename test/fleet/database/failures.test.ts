import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';

import type { ClientConfig } from 'pg';

import { clientConfig, openClient } from '../../../fleet/core/database/client.js';
import { databaseFailure, isForGood } from '../../../fleet/core/database/failures.js';
import { failureOf } from '../../harness/failure-of.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

const PASSWORD = 'Geheim/und:lang@1';

describe('what a database refuses', () => {
  const postgres = TestPostgres.forAll();

  function opened(connection: ClientConfig): Promise<unknown> {
    return openClient(postgres.settings({ connection }), 'test');
  }

  const good = (): ClientConfig => ({
    ...{ host: '127.0.0.1', port: postgres.port },
    ...{ user: 'postgres', password: 'fleet', database: 'fleet' },
  });

  it('is reached by its parts too', async () => {
    const { client, destroy } = await openClient(
      postgres.settings({ connection: good(), instance: 'ü'.repeat(60) }),
      'locks',
    );
    const { rows } = await client.query<{ name: string }>('select current_setting($1) as name', ['application_name']);
    assert.match(rows[0]?.name ?? '', /^hikvision-fleet locks /);
    destroy();
  });

  const REFUSED: { of: string; connection: ClientConfig; reason: string; code: string; forGood: boolean }[] = [
    {
      of: 'a wrong password',
      connection: { password: PASSWORD },
      reason: 'databaseRefused',
      code: 'UNAUTHORIZED',
      forGood: true,
    },
    { of: 'no password', connection: { password: '' }, reason: 'databaseRefused', code: 'UNAUTHORIZED', forGood: true },
    {
      of: 'another database',
      connection: { database: 'none' },
      reason: 'databaseMissing',
      code: 'NOT_CONFIGURED',
      forGood: true,
    },
    {
      of: 'TLS where there is none',
      connection: { ssl: true },
      reason: 'databaseTls',
      code: 'CERTIFICATE',
      forGood: true,
    },
    {
      of: 'nobody at the address',
      connection: { port: 1 },
      reason: 'databaseUnreachable',
      code: 'UNREACHABLE',
      forGood: false,
    },
    {
      of: 'an unknown host',
      connection: { host: 'nowhere.invalid' },
      reason: 'databaseUnreachable',
      code: 'UNREACHABLE',
      forGood: false,
    },
  ];
  for (const { of, connection, reason, code, forGood } of REFUSED) {
    it(`is said of ${of}`, async () => {
      const failure = await failureOf(opened({ ...good(), ...connection }));
      assert.deepEqual([failure.reason, failure.code, isForGood(failure)], [reason, code, forGood]);
      assert.ok(!JSON.stringify([failure, failure.message, failure.params, failure.cause]).includes(PASSWORD));
    });
  }

  it('is said of an address that is none, without it', async () => {
    const failure = await failureOf(opened({ connectionString: `postgres://a:${PASSWORD}@:x:y/` }));
    assert.equal(failure.reason, 'databaseUrl');
    assert.ok(!JSON.stringify([failure, failure.params, failure.cause]).includes('Geheim'));
  });

  it('is said of somebody who talks of something else', async () => {
    const server = net.createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const failure = await failureOf(opened({ ...good(), port }));
    assert.ok(['databaseUnreachable', 'databaseFailed'].includes(failure.reason), failure.reason);
    server.close();
  });

  it('is said of too many connections', async () => {
    const client = await postgres.client();
    await client.query(`create role few login password 'x' connection limit 0`);
    const failure = await failureOf(opened({ ...good(), user: 'few', password: 'x' }));
    assert.equal(failure.reason, 'databaseFull');
    assert.equal(isForGood(failure), false);
  });

  const SAID: [code: string, reason: string][] = [
    ['42501', 'databaseRights'],
    ['25006', 'databaseReadOnly'],
    ['53200', 'databaseLocks'],
    ['55P03', 'databaseBusy'],
    ['57014', 'databaseBusy'],
    ['57P01', 'databaseUnreachable'],
    ['57P03', 'databaseUnreachable'],
    ['22012', 'databaseFailed'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'databaseTls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'databaseTls'],
    ['ECONNRESET', 'databaseUnreachable'],
    ['ETIMEDOUT', 'databaseSilent'],
  ];
  for (const [code, reason] of SAID) {
    it(`is said of ${code}`, () => {
      const error = Object.assign(new Error(`at postgres://u:${encodeURIComponent(PASSWORD)}@h/ or ${PASSWORD}`), {
        code,
      });
      const connectionString = `postgres://u:${encodeURIComponent(PASSWORD)}@h/`;
      for (const connection of [{ connectionString }, { host: 'h', password: PASSWORD, connectionString }]) {
        const failure = databaseFailure(error, connection);
        assert.equal(failure.reason, reason);
        assert.ok(!JSON.stringify([failure.params, failure.cause]).includes('Geheim'));
      }
    });
  }

  it('keeps an application’s name within what PostgreSQL keeps, and no half of a character', () => {
    const name = clientConfig(postgres.settings({ instance: 'ю'.repeat(60) }), 'locks').application_name ?? '';
    assert.ok(Buffer.byteLength(name) <= 63 && Buffer.byteLength(name) > 60);
    assert.match(name, /^hikvision-fleet locks ю+$/);
  });
});
