import assert from 'node:assert/strict';

import type { Hint } from '../../../../../core/isapi/events/stream/alert.js';
import type { StreamLoss } from '../../../../../core/isapi/events/stream/losses.js';
import { joinStream, type StreamListener } from '../../../../../core/isapi/events/stream/shared-stream.js';
import { Terminal, type TerminalSettings } from '../../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../../core/isapi/terminal/terminal-settings.js';
import { RawServer, reply, type Answer, type RawRequest } from '../../../../harness/http/raw-server.js';
import { StrictLogin } from '../../../../harness/terminal/strict-login.js';

const HEAD =
  'HTTP/1.1 200 OK\r\nMIME-Version: 1.0\r\nConnection: close\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
const STREAM = '/ISAPI/Event/notification/alertStream';

function part(body: string): string {
  return `--b\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}\r\n`;
}

function event(serialNo: number, more: object = {}): string {
  const AccessControllerEvent = { majorEventType: 5, subEventType: 75, serialNo, currentEvent: true, ...more };
  return part(JSON.stringify({ eventType: 'AccessControllerEvent', dateTime: 'then', AccessControllerEvent }));
}

/** Somebody who listens, and can wait for what comes. */
class Ear implements StreamListener {
  readonly heard: ('open' | StreamLoss | Hint)[] = [];
  private waiting: (() => void)[] = [];

  constructor(readonly pictures = false) {}

  readonly onHint = (hint: Hint): void => this.hear(hint);
  readonly onOpen = (): void => this.hear('open');
  readonly onLost = (why: StreamLoss): void => this.hear(why);

  async until(count: number): Promise<Ear['heard']> {
    while (this.heard.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.heard;
  }

  get serials(): unknown[] {
    return this.heard.flatMap((each) => (typeof each === 'object' && 'serial' in each ? [each.serial] : []));
  }

  private hear(what: Ear['heard'][number]): void {
    this.heard.push(what);
    for (const go of this.waiting.splice(0)) go();
  }
}

describe('shared stream', () => {
  let server: RawServer;
  let login: StrictLogin;
  let terminals: Terminal[];
  /** The streams that were asked for and let in. */
  let streams: RawRequest[];
  let onStream: (request: RawRequest, number: number) => void;

  beforeEach(async () => {
    [terminals, streams, login] = [[], [], new StrictLogin()];
    onStream = ({ socket }) => socket.write(HEAD);
    const answer: Answer = (request) => {
      const { method, path, headers, socket } = request;
      const verdict = login.verify(method, path, headers.get('authorization'));
      if (verdict.status !== 200) {
        socket.write(reply(401, verdict.body, { 'WWW-Authenticate': verdict.challenges.join(', ') }));
      } else if (path === STREAM) {
        streams.push(request);
        onStream(request, streams.length);
      } else {
        socket.write(reply(200, '{"DeviceInfo":{"serialNumber":"1"}}'));
      }
    };
    server = await RawServer.start(answer);
  });

  afterEach(async () => {
    await Promise.all(terminals.map((each) => each.close()));
    await server.stop();
  });

  function terminal(more: Partial<TerminalSettings> = {}): Terminal {
    const address = { name: 'Gate', protocol: 'http', host: '127.0.0.1', port: server.port };
    const credentials = { username: 'admin', password: 'secret' };
    const made = new Terminal({ ...terminalSettings(address), credentials, ...more });
    terminals.push(made);
    return made;
  }

  it('tells hints, whatever came in what pieces, and the login is the one of all calls', async () => {
    onStream = ({ socket }) => socket.write(HEAD + event(7) + event(8, { currentEvent: false, netUser: 'admin' }));
    const ear = new Ear();
    const gate = terminal();
    joinStream(gate, ear);
    assert.deepEqual(await ear.until(3), [
      'open',
      { current: true, serial: 7, major: 5, minor: 75, deviceTime: 'then' },
      { current: false, serial: 8, major: 5, minor: 75, deviceTime: 'then', user: 'admin' },
    ]);
    await gate.call({ operation: 'try', method: 'GET', path: '/ISAPI/a', policy: 'repeatable' });
    assert.deepEqual([login.challenges, login.repeated, login.rejected], [1, 0, 0]);
    assert.equal(streams[0]?.headers.get('accept-encoding'), 'identity');
    assert.equal(gate.requestCount, 3);
  });

  it('is one for all who listen, of several connections and nodes', async () => {
    const [first, second, third] = [new Ear(), new Ear(), new Ear()];
    const [one, other] = [terminal(), terminal()];
    joinStream(one, first);
    await first.until(1);
    joinStream(other, second);
    joinStream(one, third);
    await second.until(1);
    streams[0]?.socket.write(event(1));
    for (const ear of [first, second, third]) {
      await ear.until(2);
      assert.deepEqual([ear.heard[0], ear.serials], ['open', [1]]);
    }
    assert.equal(streams.length, 1);
  });

  it('goes on over the next connection when the one that it uses is closed', async () => {
    const [first, second] = [new Ear(), new Ear()];
    const [one, other] = [terminal(), terminal()];
    joinStream(one, first);
    joinStream(other, second);
    await second.until(1);
    await one.close();
    await second.until(2);
    streams[1]?.socket.write(event(5));
    assert.deepEqual((await second.until(3)).slice(0, 2), ['open', 'open']);
    assert.deepEqual([second.serials, first.serials, streams.length], [[5], [], 2]);
  });

  it('ends at once with the last who leaves, or with the terminal', async () => {
    const ear = new Ear();
    const gate = terminal();
    const { leave } = joinStream(gate, ear);
    await ear.until(1);
    leave();
    await new Promise((resolve) => streams[0]?.socket.once('close', resolve));
    joinStream(gate, ear);
    await ear.until(2);
    await gate.close();
    await server.drained();
    assert.deepEqual(ear.heard, ['open', 'open']);
  });

  it('needs no lane of the others: a terminal that gives no headers is asked other things meanwhile', async () => {
    onStream = () => undefined;
    const gate = terminal();
    const ask = (): Promise<unknown> =>
      gate.call({ operation: 'try', method: 'GET', path: '/ISAPI/a', policy: 'repeatable' });
    await ask();
    joinStream(gate, new Ear());
    await Promise.all([ask(), ask(), ask()]);
    assert.equal(streams.length, 1);
  });
});
