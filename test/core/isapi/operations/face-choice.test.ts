import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { captureFace, type Capture } from '../../../../core/isapi/operations/capture/capture.js';
import { assertBindable, bindFace, bufferOf, captureIdOf } from '../../../../core/isapi/operations/face.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';
import { withScript } from '../../../harness/proof/scripted-terminal.js';

const LIBRARY = { employeeNo: '1', faceLibType: 'blackFD', FDID: '1', verify: false, recheck: false };
const ANNA = facePicture('Anna');
const OK = { body: '{"statusCode":1,"subStatusCode":"ok"}' };

let terminals = 0;

/** A terminal that nothing is ever sent to, at an address of its own. */
async function withTerminal(
  work: (terminal: Terminal) => void | Promise<void>,
  { host = `127.79.0.${(terminals += 1)}`, port = 80 } = {},
): Promise<void> {
  const terminal = new Terminal({
    ...{ name: 'Lobby', protocol: 'http', host, port, certificate: { mode: 'none' } },
    ...{ timeoutMs: 1000, retries: 0, queueLimit: 1 },
  });
  try {
    await work(terminal);
  } finally {
    await terminal.close();
  }
}

/** Fails as binding would, without anything being sent. */
function refusal(terminal: Terminal, face: unknown): Promise<{ reason: string; delivery: string; params: object }> {
  return failureOf(Promise.resolve().then(() => assertBindable(terminal, face)));
}

/** A terminal that names itself by another address in the URLs of its captures: picture 1, 2 and so on. */
function withCaptures(
  work: (terminal: Terminal, capture: () => Promise<Capture>, bodies: string[]) => Promise<void>,
): Promise<void> {
  let count = 0;
  const bodies: string[] = [];
  return withScript(
    ({ path, body }) => {
      if (!path.includes('Capture')) {
        bodies.push(body);
        return OK;
      }
      count += 1;
      const faceDataUrl = `<faceDataUrl>http://10.9.8.7/LOCALS/snapshot.jpg@WEB${count}</faceDataUrl>`;
      return { body: `<CaptureFaceData>${faceDataUrl}<captureProgress>100</captureProgress></CaptureFaceData>` };
    },
    (terminal) => {
      const capture = async (): Promise<Capture> => {
        const outcome = await captureFace(terminal, {
          ...{
            dataType: 'url',
            infrared: false,
            deadlineMs: 5000,
            intervalMs: 1,
            download: false,
            holdMs: 0,
            owner: {},
          },
          signal: new AbortController().signal,
        });
        assert.ok(outcome.captured);
        return outcome.capture;
      };
      return work(terminal, capture, bodies);
    },
  );
}

/** The URL that a body of FDSetUp names. */
function urlIn(body: string | undefined): string | undefined {
  return /"faceURL":"([^"]*)"/.exec(body ?? '')?.[1];
}

describe('which face fdsetup-bind takes', () => {
  const url = 'http://192.168.77.1/x.jpg';

  for (const [words, face, reason] of [
    ['nothing', undefined, 'faceMissing'],
    ['null', null, 'faceMissing'],
    ['blanks', '  ', 'faceMissing'],
    ['a number', 5, 'faceKind'],
    ['an object that is no capture', { picture: ANNA }, 'faceKind'],
    ['a URL that is no text', { id: 'x', faceURL: 5 }, 'faceKind'],
    ['a capture without a face', { id: 'x' }, 'captureEmpty'],
    ['a picture that is text', { image: 'ffd8ffd9' }, 'faceKind'],
    ['a picture that is a number', { image: 5 }, 'faceKind'],
    ['a picture that is null', { image: null }, 'faceKind'],
    ['a picture whose bytes are text', { image: { data: 'ffd8ffd9' } }, 'faceKind'],
    ['a picture with a byte that is no number', { image: { data: [...ANNA.subarray(0, 9), 'x'] } }, 'faceKind'],
    ['a picture without bytes', { image: { type: 'Buffer' } }, 'faceKind'],
    ['a URL with its picture, which is none', { faceURL: url, image: 'x' }, 'faceKind'],
    ['what is no JPEG', Buffer.from('GIF89a'), 'notJpeg'],
    ['a capture whose picture is no JPEG', { image: Buffer.from('GIF89a') }, 'notJpeg'],
    ['a URL with a blank', 'http://127.0.0.1/a b.jpg', 'faceURL'],
  ] as const) {
    it(`refuses ${words}: ${reason}`, () =>
      withTerminal(async (terminal) => {
        const failure = await refusal(terminal, face);
        assert.deepEqual([failure.reason, failure.delivery], [`input.${reason}`, 'unsent']);
        assert.deepEqual(failure.params, { field: 'face' });
      }));
  }

  it('takes a URL in an object for a capture, and so for an older one', () =>
    withTerminal(async (terminal) => {
      assert.equal((await refusal(terminal, { faceURL: '/LOCALS/pic/other.jpg' })).reason, 'superseded');
    }));

  it('takes a JPEG of 200 KB and none of a byte more', () =>
    withTerminal(async (terminal) => {
      const most = 200 * 1024;
      assertBindable(terminal, jpegOf(most));
      const failure = await refusal(terminal, jpegOf(most + 1));
      assert.deepEqual(
        [failure.reason, failure.params],
        ['input.pictureLarge', { field: 'face', size: 201, limit: 200 }],
      );
    }));

  it('takes a picture as it was sent through JSON, and as bytes', () => {
    assert.deepEqual(bufferOf(JSON.parse(JSON.stringify(ANNA))), ANNA);
    assert.equal(bufferOf(ANNA), ANNA);
  });

  it('knows a capture by an id that is text, and nothing else', () => {
    assert.equal(captureIdOf({ id: 'x', faceURL: url }), 'x');
    for (const other of [{ id: 5, faceURL: url }, { faceURL: url }, url, ANNA, undefined, null]) {
      assert.equal(captureIdOf(other), undefined);
    }
  });

  it('takes a URL with blanks around it', () =>
    withTerminal((terminal) => assertBindable(terminal, ' /LOCALS/pic/other.jpg\n')));
});

describe('a URL of fdsetup-bind', () => {
  for (const [words, host, face] of [
    ['a path alone', 'door.example', '/LOCALS/pic/other.jpg'],
    ['without a port, as terminals name themselves', 'door.example', 'http://door.example/LOCALS/pic/other.jpg'],
    ['with the port that is set', 'door.example', 'http://door.example:8000/LOCALS/pic/other.jpg'],
    ['by https too', 'door.example', 'https://door.example/LOCALS/pic/other.jpg'],
    ['whatever the letters of the host', 'Door.Example', 'http://dOOR.example/LOCALS/pic/other.jpg'],
    ['with an IPv6 address', 'fd00::7', 'http://[fd00::7]/LOCALS/pic/other.jpg'],
  ] as const) {
    it(`is the terminal’s own ${words}`, () =>
      withTerminal((terminal) => assertBindable(terminal, face), { host, port: 8000 }));
  }

  for (const [words, face, named] of [
    ['another host', 'http://elsewhere.example/LOCALS/pic/other.jpg', 'elsewhere.example'],
    ['another port', 'http://door.example:8001/LOCALS/pic/other.jpg', 'door.example:8001'],
    ['a host behind two slashes', '//elsewhere.example/LOCALS/pic/other.jpg', '?'],
    ['a login before the host', 'http://admin@door.example/LOCALS/pic/other.jpg', '?'],
    ['another scheme', 'ftp://door.example/LOCALS/pic/other.jpg', '?'],
    ['no URL', 'other.jpg', '?'],
  ] as const) {
    it(`is foreign with ${words}, and nothing of it is shown but its host`, () =>
      withTerminal(
        async (terminal) => {
          const failure = await refusal(terminal, face);
          assert.deepEqual([failure.reason, failure.delivery], ['foreignURL', 'unsent']);
          assert.deepEqual(failure.params, { host: named, terminal: 'door.example' });
        },
        { host: 'door.example', port: 8000 },
      ));
  }

  it('is sent to the terminal as it is where it names a file there', () => {
    const bodies: string[] = [];
    return withScript(
      ({ body }) => {
        bodies.push(body);
        return OK;
      },
      async (terminal) => {
        await bindFace(terminal, { ...LIBRARY, face: ' /LOCALS/pic/other.jpg' });
        assert.deepEqual(bodies.map(urlIn), ['/LOCALS/pic/other.jpg']);
      },
    );
  });
});

describe('a capture whose URL names another host than the terminal’s', () => {
  it('is bound by that URL, as text too', () =>
    withCaptures(async (terminal, capture, bodies) => {
      const anna = await capture();
      assert.ok(anna.faceURL);
      await bindFace(terminal, { ...LIBRARY, face: anna });
      await bindFace(terminal, { ...LIBRARY, face: anna.faceURL });
      assert.deepEqual(bodies.map(urlIn), [anna.faceURL, anna.faceURL]);
    }));

  it('is refused once another was made, even where it carries its picture', () =>
    withCaptures(async (terminal, capture, bodies) => {
      const anna = await capture();
      await capture();
      for (const face of [anna, { ...anna, image: ANNA }]) {
        const { code, delivery } = await failureOf(bindFace(terminal, { ...LIBRARY, face }));
        assert.deepEqual([code, delivery], ['FACE_SUPERSEDED', 'unsent']);
      }
      assert.deepEqual(bodies, []);
    }));

  it('is not bound by the id of one and the URL of another', () =>
    withCaptures(async (terminal, capture, bodies) => {
      const anna = await capture();
      const boris = await capture();
      const failure = await failureOf(bindFace(terminal, { ...LIBRARY, face: { ...boris, faceURL: anna.faceURL } }));
      assert.deepEqual([failure.reason, failure.params], ['input.captureChanged', { field: 'face' }]);
      assert.deepEqual(bodies, []);
    }));

  it('is bound as its picture where another terminal behind the same address made it', () =>
    withCaptures(async (terminal, _capture, bodies) => {
      const faceURL = `http://${terminal.settings.host}/LOCALS/pic/web_face_enrollpic.jpg@WEB7`;
      const others = { id: '00000000-1', terminal: 'Gate', faceURL, image: ANNA };
      await bindFace(terminal, { ...LIBRARY, face: others });
      assert.equal(bodies.length, 1);
      assert.equal(urlIn(bodies[0]), undefined);
      const own = { ...others, terminal: terminal.name };
      await assert.rejects(bindFace(terminal, { ...LIBRARY, face: own }), { code: 'FACE_SUPERSEDED' });
      assert.equal(bodies.length, 1);
    }));
});

/** A JPEG of so many bytes, by comments in it. */
function jpegOf(size: number): Buffer {
  const comments: Buffer[] = [];
  for (let left = size - ANNA.length; left > 0;) {
    // What is left has to make a comment of its own: 4 bytes at least.
    const bytes = left <= 0x10001 ? left : 0xf000;
    const head = Buffer.from([0xff, 0xfe, 0, 0]);
    head.writeUInt16BE(bytes - 2, 2);
    comments.push(head, Buffer.alloc(bytes - 4));
    left -= bytes;
  }
  return Buffer.concat([ANNA.subarray(0, 2), ...comments, ANNA.subarray(2)]);
}
