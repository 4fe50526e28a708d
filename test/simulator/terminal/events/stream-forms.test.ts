import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { faceNameOf, type EventBehaviour, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { withTerminal } from '../../../harness/terminal/raw-client.js';
import { STREAM, StreamListener } from '../../../harness/terminal/stream-listener.js';

const JPEG_END = Buffer.from([0xff, 0xd9]);

/** What a client hears of one event with a picture, followed by one without. */
async function heard(
  eventTroubles: Partial<EventBehaviour>,
  look: (bytes: Buffer, listener: StreamListener) => void,
): Promise<void> {
  await withTerminal({ model: 'DS-K1T343EFWX', eventTroubles }, async (terminal) => {
    const listener = await StreamListener.open(terminal);
    tell(terminal);
    await listener.until(({ bytes }) => bytes.includes('"subEventType":26'));
    look(listener.bytes, listener);
  });
}

function tell(terminal: SimulatedTerminal): void {
  terminal.events.record({ major: 5, minor: 75, employeeNo: '0042', name: 'Test One', face: 'Anna' });
  terminal.events.record({ major: 5, minor: 26, door: 1 });
}

/** The text of the first part up to its body, and the number of delimiters at the beginning of a line. */
function firstHead(bytes: Buffer): string {
  return bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n'));
}

describe('the form of a simulated stream', () => {
  for (const [boundary, parameter, delimiter] of [
    ['MIME_boundary', '; boundary=MIME_boundary', '--MIME_boundary'],
    ['boundary', '; boundary=boundary', '--boundary'],
    ['quoted', '; boundary="MIME_boundary"', '--MIME_boundary'],
    ['angle brackets', '; boundary=<boundary>', '--<boundary>'],
    ['angle brackets in the header only', '; boundary=<boundary>', '--boundary'],
    ['dashes twice', '; boundary=--myboundary', '----myboundary'],
    ['dashes once', '; boundary=--myboundary', '--myboundary'],
    ['absent', '', '--MIME_boundary'],
  ] as const) {
    it(`can have the boundary ${boundary}`, () =>
      heard({ boundary }, (bytes, { headers }) => {
        assert.equal(headers['content-type'], `multipart/mixed${parameter}`);
        const lines = bytes.toString('latin1').split('\r\n');
        assert.equal(lines[0], delimiter);
        assert.equal(lines.filter((line) => line === delimiter).length, 3);
      }));
  }

  it('can end delimiters in LF and headers in CRLF', () =>
    heard({ delimiterEnd: 'LF' }, (bytes) => {
      assert.match(firstHead(bytes), /^--MIME_boundary\nContent-Type: [^\r\n]+\r\nContent-Length: \d+$/);
    }));

  for (const [headerCase, name] of [
    ['lower', 'content-length'],
    ['upper', 'CONTENT-LENGTH'],
  ] as const) {
    it(`can write headers in ${headerCase} case`, () =>
      heard({ headerCase }, (bytes) => assert.match(firstHead(bytes), new RegExp(`\\r\\n${name}: \\d+$`))));
  }

  it('can do without lengths', () =>
    heard({ lengths: 'absent' }, (bytes) => {
      assert.equal(bytes.includes('Content-Length'), false);
      const end = bytes.indexOf(JPEG_END);
      assert.equal(bytes.toString('latin1', end + 2, end + 4 + 15), '\r\n--MIME_boundary');
    }));

  it('can count its wrapper in a length', () =>
    heard({ lengths: 'of the wrapper' }, (bytes) => {
      const begin = bytes.indexOf('\r\n\r\n') + 4;
      const next = bytes.indexOf('\r\n--MIME_boundary', begin);
      const length = Number(/Content-Length: (\d+)/.exec(firstHead(bytes))?.[1]);
      assert.equal(length, next + 2);
    }));

  it('can do without types', () =>
    heard({ types: 'absent' }, (bytes) => {
      assert.equal(bytes.includes('Content-Type'), false);
      assert.match(firstHead(bytes), /^--MIME_boundary\r\nContent-Length: \d+$/);
    }));

  it('can put the document and its picture into another multipart', () =>
    heard({ nested: true }, (_bytes, { parts }) => {
      const [outer, second] = parts;
      assert.equal(outer?.headers['Content-Type'], 'multipart/form-data; boundary=inner_boundary');
      assert.match(
        outer.text,
        /^--inner_boundary\r\nContent-Type: application\/json; [^\r]*\r\nContent-Length: \d+\r\n\r\n\{/,
      );
      assert.equal(outer.text.endsWith('\r\n--inner_boundary--\r\n'), true);
      const picture = outer.body.subarray(
        outer.body.indexOf(Buffer.from([0xff, 0xd8])),
        outer.body.indexOf(JPEG_END) + 2,
      );
      assert.equal(faceNameOf(picture), 'Anna');
      assert.match(second?.text ?? '', /"subEventType":26/);
    }));

  it('can have pictures with braces and delimiters inside, as on DS-K1T344MBFWX-E', () =>
    withTerminal({ model: 'DS-K1T343EFWX', eventModel: 'DS-K1T344MBFWX-E' }, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      tell(terminal);
      await listener.until(({ events }) => events.length === 2);
      const picture = listener.parts[1]?.body ?? assert.fail();
      assert.equal(picture.includes('\r\n--MIME_boundary\r\nContent-Type: application/json\r\n\r\n{'), true);
      assert.equal(faceNameOf(picture), 'Anna');
    }));

  it('has nothing in its pictures that only a length could tell from a delimiter, where it gives none', () =>
    heard({ lengths: 'absent', treacherousPictures: true }, (bytes) => {
      assert.equal(bytes.includes('\r\n--MIME_boundar\r\n{'), true);
      assert.equal(bytes.toString('latin1').split('--MIME_boundary\r\n').length, 4);
    }));

  it('can have careless XML', () =>
    withTerminal(
      { model: 'DS-K1T343EFWX', timeScale: 0.001, eventTroubles: { xml: 'careless', heartbeat: 'videoloss XML' } },
      async (terminal) => {
        const listener = await StreamListener.open(terminal);
        await listener.until(({ parts }) => parts.length > 0);
        assert.match(listener.parts[0]?.text ?? '', /<activePostCount\/>[^]*<channelName>Gate A & B</);
      },
    ));

  it('is heard by curl', () =>
    withTerminal({ model: 'DS-K1T343EFWX', username: 'admin', password: 'secret-1' }, async (terminal) => {
      const { host, port } = terminal.address;
      const url = `http://${host}:${port}${STREAM}`;
      const options = ['-sN', '--digest', '-u', 'admin:secret-1', '-D', '-', '--max-time', '20', url];
      const curl = promisify(execFile)('curl', options, { encoding: 'buffer' }).catch(
        (error: unknown) => error as { stdout?: Buffer; code: unknown },
      );
      const open = async (): Promise<void> => {
        while (terminal.events.streams.counts.open === 0) await new Promise((resolve) => setImmediate(resolve));
      };
      const isThere = await Promise.race([
        curl.then((end) => !('code' in end && end.code === 'ENOENT')),
        open().then(() => true),
      ]);
      if (!isThere) return;
      tell(terminal);
      terminal.events.streams.end();
      const text = (await curl).stdout?.toString('latin1') ?? '';
      assert.match(text, /HTTP\/1\.1 200 OK\r\n[^]*MIME-Version: 1\.0\r\n/);
      assert.doesNotMatch(text, /Transfer-Encoding/i);
    }));
});
