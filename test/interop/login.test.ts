import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import { Connection, type HttpCall, type HttpReply } from '../../core/http/connection.js';
import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { IsapiReply } from '../../core/isapi/protocol/reply.js';
import { Terminal } from '../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../core/isapi/terminal/terminal-settings.js';
import { signed } from '../harness/http/key-pairs.js';
import { apache, isInstalled, lighttpd, LOGIN, tomcat, type ForeignServer } from '../harness/interop/servers.js';

const SERVERS = [
  { installation: apache, paths: ['lasting'], expiring: 'short', echoes: false },
  { installation: lighttpd, paths: ['md5', 'sha256', 'both'], expiring: undefined, echoes: true },
  { installation: tomcat, paths: ['lasting'], expiring: 'short', echoes: false },
];

for (const { installation, paths, expiring, echoes } of SERVERS) {
  describe(`interop with ${installation.name}`, () => {
    let server: ForeignServer | undefined;
    let terminal: Terminal;
    const send = Object.getOwnPropertyDescriptor(Connection.prototype, 'send')?.value as Connection['send'];
    /** Status and Authorization of everything that went over the wire. */
    let wire: { status: number; authorization: string | undefined }[];

    before(async function () {
      this.timeout(60_000);
      if (!isInstalled(installation)) this.skip();
      server = await installation.start();
      Connection.prototype.send = async function spied(this: Connection, call: HttpCall): Promise<HttpReply> {
        let headers: Readonly<Record<string, string>> = {};
        const reply = await send.call(this, {
          ...call,
          headers: () => (headers = typeof call.headers === 'function' ? call.headers() : call.headers),
        });
        wire.push({ status: reply.status, authorization: headers['Authorization'] });
        return reply;
      };
    });

    after(async function () {
      this.timeout(20_000);
      Connection.prototype.send = send;
      await server?.stop();
    });

    afterEach(() => terminal.close());

    function open(protocol: 'http' | 'https', password = LOGIN.password): void {
      wire = [];
      const port = server?.ports[protocol];
      const fingerprint = new X509Certificate(signed.cert).fingerprint256;
      terminal = new Terminal(
        terminalSettings({ protocol, host: '127.0.0.1', port, certificate: 'pin', fingerprint, ...LOGIN, password }),
      );
    }

    function call(method: string, path: string, body?: string): Promise<IsapiReply> {
      return terminal.call({
        operation: 'try',
        method,
        path: `/${path}/echo`,
        contentType: 'text/plain',
        policy: 'repeatable',
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
    }

    const challenges = (): number => wire.filter(({ status }) => status === 401).length;

    for (const protocol of ['http', 'https'] as const) {
      for (const path of paths) {
        describe(`over ${protocol}, ${path}`, () => {
          it('logs in, and GET, PUT and POST with bodies work', async () => {
            open(protocol);
            assert.equal((await call('GET', path)).httpStatus, 200);
            const content = 'тело '.repeat(4000);
            const put = await call('PUT', path, content);
            assert.ok(put.httpStatus < 300);
            assert.equal((echoes ? put : await call('GET', path)).body.toString(), content);
            assert.equal((await call('POST', path, content)).httpStatus, 200);
            await call('PUT', path, 'page');
            assert.equal(challenges(), 1);
          });

          it('a wrong password is signed once', async () => {
            open(protocol, `wrong over ${protocol}, ${path}`);
            const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => call('PUT', path, 'x')));
            for (const outcome of outcomes) {
              assert.ok(outcome.status === 'rejected' && outcome.reason instanceof HikvisionError);
              assert.equal(outcome.reason.code, 'UNAUTHORIZED');
            }
            assert.equal(wire.filter(({ authorization }) => authorization !== undefined).length, 1);
          });

          it('200 in a row cost one challenge, and all pass', async () => {
            open(protocol);
            for (let i = 0; i < 200; i += 1) assert.equal((await call('GET', path)).httpStatus, 200);
            assert.deepEqual([wire.length, challenges()], [201, 1]);
          });

          it('20 at once, cold and then warm, cost one challenge', async () => {
            open(protocol);
            const twenty = (): Promise<IsapiReply[]> =>
              Promise.all(Array.from({ length: 20 }, (_, i) => call(i % 2 ? 'POST' : 'GET', path)));
            await twenty();
            assert.equal(challenges(), 1);
            await twenty();
            assert.deepEqual([wire.length, challenges()], [41, 1]);
          });
        });
      }

      if (expiring !== undefined) {
        it(`a nonce that lives for 2 s is replaced without an error over ${protocol}`, async function () {
          this.timeout(20_000);
          open(protocol);
          const enough = AbortSignal.timeout(15_000);
          // The server alone knows when its nonce is dead: ask until it says so.
          while (challenges() < 2 && !enough.aborted) {
            assert.equal((await call('GET', expiring)).httpStatus, 200);
            await new Promise((resolve) => setTimeout(resolve, 2_100));
          }
          assert.equal(challenges(), 2);
        });
      }
    }

    if (paths.includes('both')) {
      it('takes SHA-256 where MD5 is offered too', async () => {
        open('http');
        await call('GET', 'both');
        assert.match(wire.at(-1)?.authorization ?? '', /algorithm=SHA-256/);
      });
    }
  });
}
