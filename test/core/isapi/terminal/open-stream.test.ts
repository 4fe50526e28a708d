import assert from 'node:assert/strict';

import type { ReplyStream } from '../../../../core/http/connection.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { inNoTime } from '../../../harness/clock.js';
import { failureOf } from '../../../harness/failure-of.js';
import { RawServer, reply, type Answer } from '../../../harness/http/raw-server.js';
import { StrictLogin, type StrictLoginSettings } from '../../../harness/terminal/strict-login.js';

const HEAD = 'HTTP/1.1 200 OK\r\n\r\n';
const PATH = '/ISAPI/Event/notification/alertStream';

describe('terminal, openStream', () => {
  let server: RawServer;
  let login: StrictLogin;
  let terminal: Terminal;

  async function start(then: Answer, loginSettings: Partial<StrictLoginSettings> = {}): Promise<void> {
    login = new StrictLogin(loginSettings);
    server = await RawServer.start((request) => {
      const verdict = login.verify(request.method, request.path, request.headers.get('authorization'));
      if (verdict.status === 200) then(request);
      else request.socket.write(reply(401, verdict.body, { 'WWW-Authenticate': verdict.challenges.join(', ') }));
    });
    terminal = new Terminal({
      ...terminalSettings({ name: 'Gate', protocol: 'http', host: '127.0.0.1', port: server.port }),
      ...{ timeoutMs: 1000, credentials: { username: 'admin', password: 'secret' } },
    });
  }

  const open = (signal = new AbortController().signal, path = PATH): Promise<ReplyStream> =>
    terminal.openStream({ operation: 'listen', path, signal });
  const ask = (): Promise<unknown> =>
    terminal.call({ operation: 'try', method: 'GET', path: '/ISAPI/a', policy: 'repeatable' });
  const streamsOrOk: Answer = ({ socket, path }) => socket.write(path === PATH ? HEAD : reply(200, '{}'));

  async function allOf(stream: ReplyStream): Promise<void> {
    for await (const piece of stream) assert.fail(`${piece.length} bytes came`);
  }

  afterEach(async () => {
    await terminal.close();
    await server.stop();
  });

  it('shares nonces with all other calls, which go on beside it', async () => {
    await start(streamsOrOk);
    await ask();
    await Promise.all([open(), ask(), open(), ask(), ask()]);
    await open();
    assert.deepEqual([login.challenges, login.repeated, login.rejected], [1, 0, 0]);
    assert.equal(terminal.requestCount, server.requests.length);
  });

  it('is first to log in, on a terminal whose nonces hold for one path and one use (K2702)', async () => {
    await start(streamsOrOk, { boundToPath: true, usesPerNonce: 1 });
    await open();
    await ask();
    await open();
    assert.equal(login.rejected, 0);
  });

  it('without headers holds up nobody while the login is verified, and is a TIMEOUT in the end', async () => {
    await start(({ socket, path }) => path !== PATH && socket.write(reply(200, '{}')));
    await ask();
    let isOver = false;
    const failure = failureOf(open()).finally(() => (isOver = true));
    await ask();
    await ask();
    assert.equal(isOver, false);
    assert.deepEqual([(await failure).reason, (await failure).cause.operation], ['noAnswer', 'listen']);
  });

  it('gives what the terminal answers instead, in its words and with its name', async () => {
    await start(({ socket }) => socket.write(reply(403, '{"statusCode":4,"subStatusCode":"deployExceedMax"}')));
    const { code, cause } = await failureOf(open());
    assert.deepEqual([code, cause.terminal, cause.operation], ['deployExceedMax', 'Gate', 'listen']);
  });

  it('that is answered by a success without a body is none', async () => {
    await start(({ socket }) => socket.write(reply(206, 'x')));
    const { reason, params, cause } = await failureOf(open());
    assert.deepEqual([reason, params, cause.httpStatus], ['httpStatus', { status: 206 }, 206]);
  });

  it('is not tried with a login that was rejected', async () => {
    await start(streamsOrOk, { password: 'other' });
    assert.equal((await failureOf(open())).code, 'UNAUTHORIZED');
    const { length } = server.requests;
    assert.equal((await failureOf(open())).code, 'UNAUTHORIZED');
    assert.deepEqual([login.rejected, server.requests.length], [1, length]);
  });

  it('ends at once when the terminal is closed, also while something else is still cancelled there', async () => {
    await start(({ socket, path }) => path === PATH && socket.write(HEAD));
    const stream = await open();
    const failure = failureOf(allOf(stream));
    const cancel = { operation: 'cancel', method: 'PUT', path: '/ISAPI/cancel', policy: 'cancelCapture' } as const;
    terminal.cancelOnClose(cancel, new Promise(() => undefined));
    const closed = terminal.close();
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    assert.deepEqual([(await failure).code, (await failure).cause.terminal], ['CANCELLED', 'Gate']);
    await stream.closed;
    assert.equal(isClosed, false);
    await closed;
    await server.drained();
    assert.equal((await failureOf(open())).code, 'CANCELLED');
  });

  it('is given up while it is opened', async () => {
    await start(() => undefined);
    const giving = new AbortController();
    const reason = new Error('enough');
    const opening = open(giving.signal);
    setImmediate(() => giving.abort(reason));
    await assert.rejects(opening, reason);
    await server.drained();
  });

  it('goes to no other place than the terminal', async () => {
    await start(streamsOrOk);
    for (const path of ['//elsewhere/a', '/ISAPI/../a', 'http://elsewhere/']) {
      assert.equal((await failureOf(open(undefined, path))).code, 'INVALID_INPUT');
    }
    assert.equal(server.requests.length, 0);
  });

  it('of a terminal that wants no login needs none', async () => {
    await start(streamsOrOk, { open: true });
    await open();
    await inNoTime(() => ask());
    assert.equal(server.requests.length, 2);
  });
});
