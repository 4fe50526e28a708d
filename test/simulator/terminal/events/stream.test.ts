import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faceNameOf, SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { send, sign, withTerminal } from '../../../harness/terminal/raw-client.js';
import { STREAM, StreamListener } from '../../../harness/terminal/stream-listener.js';

const MODEL = { model: 'DS-K1T343EFWX' } as const;
const LOGIN = { username: 'admin', password: 'secret-1' };

async function end(terminal: SimulatedTerminal, how: 'cut' | 'rebooted' | 'replaced' | 'stopped'): Promise<void> {
  if (how === 'cut') terminal.events.cutStreams();
  else if (how === 'replaced') terminal.replace();
  else if (how === 'rebooted') await terminal.reboot();
  else await terminal.stop();
}

describe('the stream of a simulated terminal', () => {
  it('asks for the login first', () =>
    withTerminal({ ...MODEL, ...LOGIN }, async (terminal) => {
      assert.equal((await send(terminal, STREAM)).status, 401);
      const listener = await StreamListener.open(terminal, LOGIN);
      terminal.events.record({ major: 5, minor: 21, door: 1 });
      await listener.until(({ events }) => events.length === 1);
      assert.equal(terminal.counters.requests.stream, 1);
    }));

  it('has the headers of a terminal, and no chunks', () =>
    withTerminal(MODEL, async (terminal) => {
      const { headers } = await StreamListener.open(terminal);
      assert.equal(headers['content-type'], 'multipart/mixed; boundary=MIME_boundary');
      assert.equal(headers['mime-version'], '1.0');
      assert.equal(headers.connection, 'close');
      assert.equal(headers['transfer-encoding'], undefined);
      assert.equal(headers['content-length'], undefined);
    }));

  it('sends each event at once, its picture behind it', () =>
    withTerminal(MODEL, async (terminal) => {
      terminal.events.record({ major: 2, minor: 1024 });
      const listener = await StreamListener.open(terminal);
      terminal.events.record({ major: 5, minor: 75, employeeNo: '0042', name: 'Test One', face: 'Anna', door: 1 });
      await listener.until(({ parts }) => parts.length === 2);
      const [event, picture] = listener.parts;
      const document = JSON.parse(event?.text ?? '') as Record<string, unknown>;
      assert.equal(event?.headers['Content-Type'], 'application/json; charset="UTF-8"');
      assert.deepEqual(
        [document['ipAddress'], document['portNo'], document['protocol'], document['eventType']],
        ['127.0.0.1', terminal.address.port, 'HTTP', 'AccessControllerEvent'],
      );
      assert.equal(document['currentEvent'], undefined);
      const { serialNo, frontSerialNo, currentEvent, employeeNoString, picturesNumber } =
        listener.events[0] ?? assert.fail();
      assert.deepEqual(
        [serialNo, frontSerialNo, currentEvent, employeeNoString, picturesNumber],
        [2, 1, true, '0042', 1],
      );
      assert.equal(picture?.headers['Content-Disposition'], 'form-data; name="Picture"; filename="Picture.jpg"');
      assert.equal(picture.headers['Content-ID'], 'pictureImage');
      assert.equal(faceNameOf(picture.body), 'Anna');
    }));

  for (const [replay, expected] of [
    ['nothing', []],
    [2, [4, 5]],
    ['all', [1, 2, 3, 4, 5]],
  ] as const) {
    it(`begins with ${replay} of what is old`, () =>
      withTerminal({ ...MODEL, eventTroubles: { replay } }, async (terminal) => {
        for (let each = 0; each < 5; each += 1) terminal.events.record({ major: 5, minor: 21 });
        const listener = await StreamListener.open(terminal);
        terminal.events.record({ major: 5, minor: 22 });
        await listener.until(({ events }) => events.length === expected.length + 1);
        assert.deepEqual(
          listener.events.map(({ serialNo, currentEvent }) => [serialNo, currentEvent]),
          [...expected.map((serial) => [serial, false]), [6, true]],
        );
      }));
  }

  it('sends a long log to a slow client, then what is new', () =>
    withTerminal({ ...MODEL, eventTroubles: { replay: 'all' } }, async (terminal) => {
      for (let each = 0; each < 3000; each += 1) terminal.events.record({ major: 5, minor: 21 });
      const listener = await StreamListener.open(terminal);
      listener.response.pause();
      terminal.events.record({ major: 5, minor: 22 });
      listener.response.resume();
      await listener.until(({ bytes }) => bytes.includes('"serialNo":3001,'));
      assert.deepEqual(
        listener.events.map(({ serialNo }) => serialNo),
        [...Array(3001).keys()].map((each) => each + 1),
      );
    })).timeout(10_000);

  for (const [heartbeat, type, pattern] of [
    ['videoloss JSON', 'application/json', /"eventType":"videoloss","eventState":"inactive"/],
    ['videoloss XML', 'application/xml', /<eventType>videoloss<\/eventType>\n<eventState>inactive</],
    ['heartBeat JSON', 'application/json', /"activePostCount":0,"eventType":"heartBeat","eventState":"active"/],
    ['heartBeat XML', 'application/xml', /<eventType>heartBeat<\/eventType>\n<eventState>active</],
  ] as const) {
    it(`says by ${heartbeat} that it is there`, () =>
      withTerminal({ ...MODEL, timeScale: 0.001, eventTroubles: { heartbeat } }, async (terminal) => {
        const listener = await StreamListener.open(terminal);
        await listener.until(({ parts }) => parts.length >= 2);
        const [part] = listener.parts;
        assert.equal(part?.headers['Content-Type'], `${type}; charset="UTF-8"`);
        assert.match(part.text, pattern);
      }));
  }

  it('can do without heartbeats', () =>
    withTerminal({ ...MODEL, timeScale: 0.001, eventTroubles: { heartbeat: 'none' } }, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(listener.bytes.length, 0);
    }));

  it('breaks off when it is cut, stopped, rebooted or replaced', () =>
    withTerminal({ ...MODEL, timeScale: 0.001 }, async (terminal) => {
      for (const how of ['cut', 'rebooted', 'replaced', 'stopped'] as const) {
        const listener = await StreamListener.open(terminal);
        assert.deepEqual(terminal.events.streams.counts, { open: 1, taken: 1 });
        const done = end(terminal, how);
        await listener.until(({ over }) => over);
        await done;
      }
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(terminal.events.streams.counts, { open: 0, taken: 0 });
    }));

  it('does not count as a request that is in progress', () =>
    withTerminal(MODEL, async (terminal) => {
      await StreamListener.open(terminal);
      await send(terminal, '/ISAPI/System/time');
      assert.equal(terminal.counters.maxInFlight, 1);
    }));

  it('writes one login for each nonce, however often that is used', () =>
    withTerminal({ ...MODEL, ...LOGIN, eventTroubles: { ownLogins: true } }, async (terminal) => {
      const path = '/ISAPI/System/time';
      const [challenge = ''] = (await send(terminal, path)).challenges;
      for (const nc of ['00000001', '00000002', '00000003']) {
        const Authorization = sign(challenge, { ...LOGIN, path, nc });
        assert.equal((await send(terminal, path, { headers: { Authorization } })).status, 200);
      }
      assert.equal(terminal.events.ring().size, 2);
    }));

  it('writes logins into the log where it is told to (DS-K1T342MWX)', () =>
    withTerminal({ ...MODEL, ...LOGIN, eventTroubles: { ownLogins: true } }, async (terminal) => {
      await StreamListener.open(terminal, LOGIN);
      assert.deepEqual(
        terminal.events.trueLog.map(({ major, minor, details }) => [major, minor, details]),
        [
          [3, 112, { remoteHostAddr: '127.0.0.1', netUser: 'admin' }],
          [4, 1061, { remoteHostAddr: '127.0.0.1', netUser: 'admin' }],
        ],
      );
    }));
});
