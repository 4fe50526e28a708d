import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import type { CertificateCheck } from '../../../core/http/certificate.js';
import { Connection } from '../../../core/http/connection.js';
import { seenCertificate } from '../../../core/http/seen-certificate.js';
import { testTerminal } from '../../../core/isapi/operations/connection-test/connection-test.js';
import { terminalSettings } from '../../../core/isapi/terminal/terminal-settings.js';
import { failureOf } from '../../harness/failure-of.js';
import { selfSigned } from '../../harness/http/certificates.js';
import { RawServer, reply } from '../../harness/http/raw-server.js';

describe('a certificate', () => {
  let server: RawServer;

  async function show(shown: ReturnType<typeof selfSigned>): Promise<void> {
    server = await RawServer.start(({ socket }) => socket.write(reply(200, 'ok')), shown);
  }

  function settings(certificate: CertificateCheck) {
    return { protocol: 'https', host: '127.0.0.1', port: server.port, certificate, maxSockets: 1 } as const;
  }

  async function status(certificate: CertificateCheck): Promise<number> {
    const connection = new Connection(settings(certificate));
    try {
      return (await connection.send({ method: 'GET', path: '/', headers: {}, timeoutMs: 5000, maxBytes: 100 })).status;
    } finally {
      connection.close();
    }
  }

  afterEach(() => server.stop());

  it('is shown with its dates and its name', async () => {
    await show(selfSigned());
    const seen = await seenCertificate('127.0.0.1', server.port, 5000);
    assert.deepEqual(
      [seen?.validFrom, seen?.validTo, seen?.subject],
      ['2025-01-01T00:00:00.000Z', '2049-12-31T23:59:59.000Z', 'terminal'],
    );
  });

  for (const dates of [{ notBefore: '25XX01000000Z' }, { notAfter: '49123123595XZ' }, { notBefore: '999999999999Z' }]) {
    describe(`with the date ${JSON.stringify(dates)}`, () => {
      const bad = selfSigned(dates);
      const { fingerprint256 } = new X509Certificate(bad.cert);

      it('is shown, and ends nothing', async () => {
        await show(bad);
        const seen = await seenCertificate('127.0.0.1', server.port, 5000);
        assert.equal(seen?.fingerprint, fingerprint256);
        assert.ok([seen.validFrom, seen.validTo].includes('?'), JSON.stringify(seen));
      });

      it('is refused where it is to be verified, also as a CA of its own, before anything is sent', async () => {
        await show(bad);
        for (const options of [{}, { ca: [bad.cert] }]) {
          const { code, delivery } = await failureOf(status({ mode: 'verify', options }));
          assert.deepEqual([code, delivery], ['CERTIFICATE', 'unsent']);
        }
        assert.equal(server.bytes, 0);
      });

      it('passes where it is pinned, or nothing is checked', async () => {
        await show(bad);
        assert.equal(await status({ mode: 'pin', fingerprint: fingerprint256 }), 200);
        assert.equal(await status({ mode: 'none' }), 200);
      });

      it('is what the connection test says that it is', async () => {
        await show(bad);
        const raw = { protocol: 'https', host: '127.0.0.1', port: server.port, certificate: 'verify', timeout: 5 };
        const { findings, fingerprint } = await testTerminal(terminalSettings(raw));
        const found = findings.find(({ id }) => id === 'certificate');
        assert.deepEqual([found?.state, fingerprint], ['failed', fingerprint256]);
      });
    });
  }

  it('with very long names is shown with their beginning', async () => {
    await show(selfSigned({ names: ['x\u0000\r\n'.repeat(1000), 'y'] }));
    const seen = await seenCertificate('127.0.0.1', server.port, 5000);
    assert.ok(seen?.subject.startsWith('x') && seen.subject.length <= 201, seen?.subject);
  });
});
