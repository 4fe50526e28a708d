import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import type { Hint } from '../../../../../core/isapi/events/stream/alert.js';
import type { StreamLoss } from '../../../../../core/isapi/events/stream/losses.js';
import { joinStream, type StreamListener } from '../../../../../core/isapi/events/stream/shared-stream.js';
import { Terminal, type TerminalSettings } from '../../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../../core/isapi/terminal/terminal-settings.js';
import { withClock, type Clock } from '../../../../harness/clock.js';
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
  /** It says nothing any more but over streams that are open. */
  let isDead: boolean;
  let onStream: (request: RawRequest, number: number) => void;

  beforeEach(async () => {
    [terminals, streams, login, isDead] = [[], [], new StrictLogin(), false];
    onStream = ({ socket }) => socket.write(HEAD);
    const answer: Answer = (request) => {
      const { method, path, headers, socket } = request;
      if (isDead) return;
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

  it('goes on where its first part cannot be read', async () => {
    for (const first of [part('{"a":"b"c"}'), part('{"a":'.repeat(100) + '0' + '}'.repeat(100)), part('<a>&</a>')]) {
      onStream = ({ socket }) => socket.write(HEAD + first + event(1));
      const ear = new Ear();
      const { leave } = joinStream(terminal(), ear);
      await ear.until(2);
      assert.deepEqual([ear.heard[0], ear.serials], ['open', [1]]);
      leave();
    }
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

  describe('pictures', () => {
    const JPEG = Buffer.concat([
      ...[Buffer.from('ffd8ffda0002', 'hex'), Buffer.from('{"a":1}\r\n--b\r\n--'), Buffer.from('ffd9', 'hex')],
    ]);
    const picture = (name = 'Picture', jpeg = JPEG): Buffer =>
      Buffer.concat([
        Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"; filename="Picture.jpg"\r\n`),
        Buffer.from(`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\nContent-ID: pictureImage\r\n\r\n`),
        ...[jpeg, Buffer.from('\r\n')],
      ]);
    let ear: Ear;
    let plain: Ear;

    beforeEach(async () => {
      [ear, plain] = [new Ear(true), new Ear()];
      const gate = terminal();
      joinStream(gate, ear);
      joinStream(gate, plain);
      await ear.until(1);
    });

    const write = (...all: (string | Buffer)[]): unknown =>
      streams[0]?.socket.write(Buffer.concat(all.map((each) => Buffer.from(each))));
    const seen = (): unknown[] =>
      ear.heard
        .slice(1)
        .map((each) => (typeof each === 'object' && 'serial' in each ? [each.serial, each.picture] : each));

    it('belong to the event before; who wants none need not wait, and gets none', async () => {
      write(event(1));
      await plain.until(2);
      assert.equal(ear.heard.length, 1);
      write(picture());
      await ear.until(2);
      assert.deepEqual(seen(), [[1, JPEG]]);
      assert.ok(plain.heard.every((each) => typeof each !== 'object' || !('picture' in each)));
    });

    it('are not waited for once another part comes, nor for more than a second, nor where none is announced', async () => {
      write(
        event(1),
        event(2),
        event(3, { picturesNumber: 0 }),
        event(4),
        part('{"eventType":"heartBeat"}'),
        picture(),
      );
      await ear.until(5);
      assert.deepEqual(
        seen(),
        [1, 2, 3, 4].map((serial) => [serial, undefined]),
      );
      await withClock(async (clock) => {
        write(event(5));
        await clock.rest();
        assert.equal(ear.heard.length, 5);
        clock.pass(1_000);
        assert.deepEqual(seen().at(-1), [5, undefined]);
        write(picture());
        await clock.rest();
        assert.equal(ear.heard.length, 6);
      });
    });

    it('of the warmth and of the hand are none of the face', async () => {
      write(event(1), picture('Thermal'), picture('HandPicture'), picture('VisibleLight'), event(2), picture(''));
      await ear.until(3);
      assert.deepEqual(seen(), [
        [1, JPEG],
        [2, JPEG],
      ]);
    });

    it('that are larger than 2 MiB are left out', async () => {
      const large = Buffer.concat([JPEG.subarray(0, -2), Buffer.alloc(2 * 1024 * 1024, 7), JPEG.subarray(-2)]);
      write(event(1), picture('Picture', large), event(2), picture());
      await ear.until(3);
      assert.deepEqual(seen(), [
        [1, undefined],
        [2, JPEG],
      ]);
    });

    it('are cut with the stream: the event is told', async () => {
      write(event(1), picture().subarray(0, -20));
      await plain.until(2);
      streams[0]?.socket.destroy();
      await ear.until(3);
      assert.deepEqual(seen()[0], [1, undefined]);
    });
  });

  describe('that is silent', () => {
    const BEAT = part('{"eventType":"videoloss","eventState":"inactive","channelID":3,"activePostCount":1}');
    const asked = (): number =>
      server.requests.filter(({ path, headers }) => path === '/ISAPI/System/deviceInfo' && headers.has('authorization'))
        .length;

    /** An open stream over which so many heartbeats came, each this many ms after the one before. */
    async function withBeats(clock: Clock, beats: number, periodMs: number): Promise<Ear> {
      const ear = new Ear();
      joinStream(terminal(), ear);
      await ear.until(1);
      for (let beat = 0; beat < beats; beat += 1) {
        clock.pass(periodMs);
        streams.at(-1)?.socket.write(BEAT);
        await clock.rest();
      }
      return ear;
    }

    it('and used to have heartbeats (every 5 s) is asked after 30 s, and then opened again', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 3, 5_000);
        clock.pass(29_999);
        await clock.rest();
        assert.equal(asked(), 0);
        clock.pass(1);
        await ear.until(2);
        assert.deepEqual([ear.heard, asked()], [['open', 'silent'], 1]);
        await clock.until(ear.until(3));
        assert.deepEqual([ear.heard[2], streams.length], ['open', 2]);
      });
    });

    it('for three periods of its heartbeats (K2702, every 30 s)', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 4, 30_000);
        clock.pass(89_999);
        await clock.rest();
        assert.deepEqual([ear.heard, asked()], [['open'], 0]);
        clock.pass(1);
        await ear.until(2);
        assert.equal(ear.heard[1], 'silent');
      });
    });

    it('is no more so once an event comes', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 3, 5_000);
        clock.pass(29_999);
        streams[0]?.socket.write(event(1));
        await ear.until(2);
        clock.pass(29_999);
        await clock.rest();
        assert.deepEqual([ear.serials, ear.heard.length, asked()], [[1], 2, 0]);
      });
    });

    it('and never had heartbeats is only asked, ever more rarely, and left alone', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 0, 0);
        const askedAt: number[] = [];
        for (let second = 1; second <= 1500; second += 1) {
          clock.pass(1000);
          if (second % 30 === 0) await clock.rest();
          if (asked() > askedAt.length) askedAt.push(second);
        }
        assert.deepEqual([ear.heard, askedAt], [['open'], [60, 180, 420, 720, 1020, 1320]]);
      });
    });

    it('and had one at the connect only is left alone too', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 2, 10);
        clock.pass(60_000);
        await clock.rest();
        assert.deepEqual([ear.heard, asked()], [['open'], 1]);
      });
    });

    it('and does not answer is opened again', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 0, 0);
        isDead = true;
        clock.pass(60_000);
        await clock.until(ear.until(2));
        assert.deepEqual(ear.heard, ['open', 'silent']);
      });
    });

    it('is not blamed while it answers slowly and something comes meanwhile', async () => {
      await withClock(async (clock) => {
        const ear = await withBeats(clock, 3, 5_000);
        isDead = true;
        clock.pass(30_000);
        await clock.rest();
        streams[0]?.socket.write(BEAT);
        await clock.rest();
        clock.pass(29_000);
        await clock.rest();
        assert.deepEqual([ear.heard, asked() > 0], [['open'], true]);
      });
    });
  });

  describe('that cannot be had', () => {
    /** Refuses so many times, then gives one. */
    const refusing = (times: number, answer: Buffer | string | undefined): void => {
      onStream = ({ socket }, number) => {
        if (number > times) socket.write(HEAD);
        else if (answer !== undefined) socket.write(answer);
      };
    };
    const exceeded = '{"statusCode":4,"subStatusCode":"deployExceedMax","errorCode":1073741828}';

    for (const [what, answer] of [
      ['404 (K1T341BM V3.7.80)', reply(404, 'Not Found')],
      ['no headers (K1T341BM V3.7.80)', undefined],
      ['deployExceedMax with 403 (K1T342EFWX V3.3.5)', reply(403, exceeded)],
      [
        'deployExceedMax with 400',
        reply(400, '<ResponseStatus><subStatusCode>deployExceedMax</subStatusCode></ResponseStatus>'),
      ],
      ['deployExceedMax with 200', reply(200, exceeded, { 'Content-Type': 'application/json' })],
      ['403 without a word', reply(403)],
    ] as const) {
      it(`since others have it (${what}) is not pressed, and that is said once`, async () => {
        refusing(6, answer);
        await withClock(async (clock) => {
          const ear = new Ear();
          const times: number[] = [];
          const take = onStream;
          onStream = (request, number) => {
            times.push(performance.now());
            take(request, number);
          };
          joinStream(terminal({ timeoutMs: 1000 }), ear);
          await clock.until(ear.until(2));
          assert.deepEqual(ear.heard, ['slotTaken', 'open']);
          const gaps = times.slice(1).map((at, i) => Math.round((at - (times[i] ?? 0)) / 1000));
          assert.equal(gaps.length, 6);
          gaps.forEach((gap, i) => {
            const full = Math.min(10 * 2 ** i, 300);
            assert.ok(gap >= full / 2 && gap <= full + 2, `${gap} s after ${i + 1} times`);
          });
        });
      });
    }

    it('since others have it is not asked for again by a redeploy before its time', async () => {
      refusing(3, reply(404));
      await withClock(async (clock) => {
        const ear = new Ear();
        const { leave } = joinStream(terminal(), ear);
        await clock.until(ear.until(1));
        leave();
        const next = new Ear();
        const second = joinStream(terminal(), next);
        await next.until(1);
        await clock.rest();
        assert.deepEqual([next.heard, streams.length], [['slotTaken'], 1]);
        await clock.until(next.until(2));
        assert.deepEqual([next.heard, streams.length], [['slotTaken', 'open'], 4]);
        // Once that time is over, nobody knows.
        refusing(5, reply(404));
        streams[3]?.socket.end();
        await clock.until(next.until(4));
        assert.deepEqual(next.heard.slice(2), ['ended', 'slotTaken']);
        second.leave();
        clock.pass(300_000);
        const last = new Ear();
        joinStream(terminal(), last);
        await clock.until(last.until(1));
        assert.deepEqual(last.heard, ['open']);
      });
    });

    for (const [what, answer] of [
      ['notSupport', reply(403, '{"statusCode":4,"subStatusCode":"notSupport"}')],
      ['methodNotAllowed', reply(404, '{"statusCode":4,"subStatusCode":"methodNotAllowed"}')],
      ['405', reply(405)],
    ] as const) {
      it(`since the terminal has none (${what})`, async () => {
        refusing(1, answer);
        await withClock(async (clock) => {
          const ear = new Ear();
          joinStream(terminal(), ear);
          await clock.until(ear.until(2));
          assert.deepEqual(ear.heard, ['refused', 'open']);
        });
      });
    }

    it('for want of a right says so in the words of the terminal', async () => {
      refusing(1, reply(403, '{"statusCode":4,"subStatusCode":"lowPrivilege"}'));
      await withClock(async (clock) => {
        const ear = new Ear();
        joinStream(terminal(), ear);
        await clock.until(ear.until(2));
        const [failure] = ear.heard;
        assert.ok(failure instanceof HikvisionError);
        assert.deepEqual([failure.code, failure.cause.terminal], ['lowPrivilege', 'Gate']);
      });
    });

    it('for a wrong password costs one try, whatever the time; a corrected one is used', async () => {
      await withClock(async (clock) => {
        const ear = new Ear();
        const wrong = terminal({ credentials: { username: 'admin', password: 'wrong' } });
        joinStream(wrong, ear);
        await clock.until(ear.until(1));
        for (let minute = 0; minute < 30; minute += 1) {
          clock.pass(60_000);
          await clock.rest();
        }
        assert.deepEqual([login.rejected, ear.heard.length], [1, 1]);
        assert.equal((ear.heard[0] as HikvisionError).code, 'UNAUTHORIZED');
        const right = new Ear();
        joinStream(terminal(), right);
        await wrong.close();
        await clock.until(right.until(2));
        assert.deepEqual(right.heard.slice(-1), ['open']);
        assert.equal(login.rejected, 1);
      });
    });

    it('is left without a trace, also in a pause', async () => {
      refusing(9, reply(404));
      const ear = new Ear();
      const gate = terminal();
      const { leave } = joinStream(gate, ear);
      await ear.until(1);
      leave();
      await gate.close();
      await server.drained();
    });
  });

  describe('that ends', () => {
    it('is opened again, each time after a longer pause, until one has lasted', async () => {
      await withClock(async (clock) => {
        const ear = new Ear();
        const times: number[] = [];
        onStream = ({ socket }, number) => {
          times.push(performance.now());
          if (number === 4) socket.write(HEAD);
          else socket.end(HEAD);
        };
        joinStream(terminal(), ear);
        await clock.until(ear.until(7));
        assert.deepEqual(ear.heard, ['open', 'ended', 'open', 'ended', 'open', 'ended', 'open']);
        clock.pass(59_000);
        await clock.rest();
        clock.pass(1_000);
        await clock.rest();
        const lostAt = performance.now();
        streams[3]?.socket.end();
        await clock.until(ear.until(9));
        const pauses = [...times.slice(1, 4).map((at, i) => at - (times[i] ?? 0)), (times[4] ?? 0) - lostAt];
        [10, 20, 40, 10].forEach((full, i) => {
          const pauseMs = pauses[i] ?? 0;
          assert.ok(pauseMs >= full * 500 && pauseMs <= full * 1000 + 100, `pause ${i + 1}: ${pauseMs} ms`);
        });
      });
    });

    it('in the middle says what happened', async () => {
      const ear = new Ear();
      joinStream(terminal(), ear);
      await ear.until(1);
      streams[0]?.reset();
      await ear.until(2);
      assert.equal((ear.heard[1] as HikvisionError).code, 'UNREACHABLE');
    });

    it('in something that is no stream says so, and is closed', async () => {
      const ear = new Ear();
      onStream = ({ socket }) => socket.write(HEAD + '--b\r\n\r\n' + 'x'.repeat(20 * 1024 * 1024));
      joinStream(terminal(), ear);
      await ear.until(2);
      assert.equal((ear.heard[1] as HikvisionError).code, 'TOO_LARGE');
      await server.drained();
    });
  });

  it('of 100,000 tiny parts lets others run, and can be left in the middle', async () => {
    onStream = ({ socket }) => socket.write(HEAD + '--b\r\n\r\n{}\r\n'.repeat(100_000) + event(1));
    const ear = new Ear();
    const gate = terminal();
    const { leave } = joinStream(gate, ear);
    await ear.until(1);
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (ear.heard.length < 2) setImmediate(count);
    };
    count();
    await ear.until(2);
    assert.ok(turns >= 1000, `${turns} turns`);
    assert.deepEqual(ear.serials, [1]);
    streams[0]?.socket.write('--b\r\n\r\n{}\r\n'.repeat(100_000) + event(2));
    await new Promise(setImmediate);
    leave();
    await server.drained();
    assert.deepEqual(ear.serials, [1]);
  });
});
