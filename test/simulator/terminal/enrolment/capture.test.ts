import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faceNameOf, isModelName, MODELS, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import {
  BINARY_MODE,
  CAPTURE,
  capture,
  captureBody,
  element,
  eventsOf,
  nextEvent,
  send,
  URL_MODE,
  withTerminal,
  type Answer,
} from '../../../harness/terminal/raw-client.js';

/** Fast enough for windows in which nobody comes. */
const FAST = 0.001;
/** Slow enough that no window ends during a test. */
const SLOW = 100;

function jpegIn(body: Buffer): Buffer {
  return body.subarray(body.indexOf(Buffer.from([0xff, 0xd8])), body.lastIndexOf(Buffer.from([0xff, 0xd9])) + 2);
}

/** The body from its first boundary on, cut into parts of headers and content. */
function partsIn(body: Buffer): { headers: string; content: Buffer }[] {
  return body
    .toString('latin1')
    .split('--MIME_boundary')
    .slice(1, -1)
    .map((part) => {
      const [headers = ''] = part.split('\r\n\r\n', 1);
      return { headers, content: Buffer.from(part.slice(headers.length + 4, -2), 'latin1') };
    });
}

async function pictureOf(terminal: SimulatedTerminal, url = ''): Promise<string | undefined> {
  return faceNameOf(
    (await send(terminal, url === '' ? '/LOCALS/pic/web_face_enrollpic.jpg' : new URL(url).pathname)).body,
  );
}

function assertRefused({ status, text }: Answer, statusCode: number, subStatusCode: string, errorMsg?: string): void {
  assert.equal(status, 400, text);
  assert.equal(element(text, 'statusCode'), String(statusCode));
  assert.equal(element(text, 'subStatusCode'), subStatusCode);
  if (errorMsg !== undefined) assert.equal(element(text, 'errorMsg'), errorMsg);
}

describe('the capture of a simulated terminal, by model', () => {
  it('DS-K1T343EFWX blocks, then says progress 0', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: FAST }, async (terminal) => {
      const { status, text, headers } = await capture(terminal, URL_MODE);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'application/xml');
      assert.equal(element(text, 'captureProgress'), '0');
      assert.equal(element(text, 'isCurRequestOver'), 'false');
    }));

  it('DS-K1T343EFWX answers the URL of the picture when somebody comes into the window', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: SLOW }, async (terminal) => {
      const started = nextEvent(terminal, 'capture started');
      const answer = capture(terminal, URL_MODE);
      await started;
      terminal.present('Anna');
      const { text } = await answer;
      assert.match(text, /<CaptureFaceData version="2.0" xmlns="http:\/\/www.isapi.org\/ver20\/XMLSchema">/);
      assert.equal(element(text, 'captureProgress'), '100');
      const url = element(text, 'faceDataUrl') ?? '';
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/LOCALS\/pic\/web_face_enrollpic\.jpg@WEB\d{12}$/);
      assert.equal(await pictureOf(terminal, url), 'Anna');
    }));

  it('DS-K1T343EFWX answers correct multipart/form-data in binary mode', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      terminal.present('Anna');
      const { headers, body } = await capture(terminal, BINARY_MODE);
      assert.equal(headers['content-type'], 'multipart/form-data; boundary=MIME_boundary');
      const [progress, picture] = partsIn(body);
      assert.equal(element(progress?.content.toString() ?? '', 'captureProgress'), '100');
      assert.ok(picture);
      assert.match(picture.headers, /name="FaceData"/);
      assert.ok(picture.headers.endsWith(`\r\nContent-Length: ${picture.content.length}`));
      assert.equal(faceNameOf(picture.content), 'Anna');
    }));

  it('DS-K1T342MFWX-E1 captures like DS-K1T343EFWX, under other names', () =>
    withTerminal({ model: 'DS-K1T342MFWX-E1' }, async (terminal) => {
      terminal.present('Anna');
      const { text } = await capture(terminal, URL_MODE);
      assert.match(text, /<CaptureFaceDataResponse /);
      assert.equal(await pictureOf(terminal, element(text, 'faceURL')), 'Anna');
    }));

  it('DS-K1T342MX-E1 blocks, then says HTTP 400 captureTimeout', () =>
    withTerminal({ model: 'DS-K1T342MX-E1', timeScale: FAST }, async (terminal) => {
      const answer = await capture(terminal, BINARY_MODE);
      assertRefused(answer, 3, 'captureTimeout');
      assert.equal(element(answer.text, 'errorCode'), '805330944');
    }));

  it('DS-K1T342MX-E1 writes the MIME headers into the body, with wrong lengths', () =>
    withTerminal({ model: 'DS-K1T342MX-E1' }, async (terminal) => {
      terminal.present('Anna');
      const { headers, body } = await capture(terminal, BINARY_MODE);
      assert.equal(headers['content-type'], 'application/xml');
      assert.match(body.toString('latin1'), /^Content-Type: multipart\/form-data; boundary=MIME_boundary\r\n/);
      const [progress, picture] = partsIn(body);
      assert.match(progress?.content.toString() ?? '', /<CaptureFaceDataResponse /);
      assert.match(picture?.headers ?? '', /\r\nContent-Length: \d+$/);
      assert.ok(picture && !picture.headers.endsWith(`: ${picture.content.length}`));
      assert.equal(faceNameOf(jpegIn(body)), 'Anna');
    }));

  it('DS-K1T341CMFW knows binary only', () =>
    withTerminal({ model: 'DS-K1T341CMFW' }, async (terminal) => {
      assertRefused(await capture(terminal, URL_MODE), 6, 'badParameters', 'dataType');
    }));

  it('DS-K1T341CMFW is busy sooner than 3 s after the last POST, with a misleading errorMsg', () =>
    withTerminal({ model: 'DS-K1T341CMFW', timeScale: SLOW }, async (terminal) => {
      terminal.present('Anna');
      assert.equal((await capture(terminal, BINARY_MODE)).status, 200);
      terminal.present('Boris');
      assertRefused(await capture(terminal, BINARY_MODE), 2, 'deviceBusy', 'dataType');
      assert.equal(await pictureOf(terminal), 'Anna');
    }));

  it('DS-K1T341CMFW ends its windows with progress 0 and takes the next POST', () =>
    withTerminal({ model: 'DS-K1T341CMFW', timeScale: FAST }, async (terminal) => {
      for (const attempt of ['first', 'second']) {
        const { status, text } = await capture(terminal, BINARY_MODE);
        assert.deepEqual([status, element(text, 'captureProgress')], [200, '0'], attempt);
      }
    }));

  it('DS-K1T341CMFW says so in the ver10 namespace', () =>
    withTerminal({ model: 'DS-K1T341CMFW', timeScale: SLOW }, async (terminal) => {
      terminal.present('Anna');
      await capture(terminal, BINARY_MODE);
      const { text } = await capture(terminal, BINARY_MODE);
      assert.match(text, /<ResponseStatus version="1\.0" xmlns="[^"]+\/ver10\/XMLSchema">/);
    }));

  it('DS-K1T341CMFW writes the MIME headers into the body, and gives its XML part no Content-Disposition', () =>
    withTerminal({ model: 'DS-K1T341CMFW' }, async (terminal) => {
      terminal.present('Anna');
      const { headers, body } = await capture(terminal, BINARY_MODE);
      assert.equal(headers['content-type'], 'application/xml');
      assert.match(body.toString('latin1'), /^Content-Type: multipart\/form-data; boundary=MIME_boundary\r\n/);
      const [progress, picture] = partsIn(body);
      assert.match(progress?.headers ?? '', /^\r\nContent-Type: application\/xml\r\nContent-Length: \d+$/);
      assert.equal(element(progress?.content.toString() ?? '', 'captureProgress'), '100');
      assert.match(picture?.headers ?? '', /form-data; name="FaceData"/);
      assert.equal(faceNameOf(jpegIn(body)), 'Anna');
    }));

  it('DS-K1T341CMFW offers infrared, under the root CaptureFaceDataCond', () =>
    withTerminal({ model: 'DS-K1T341CMFW' }, async (terminal) => {
      const { text } = await send(terminal, `${CAPTURE}/capabilities`);
      assert.match(text, /<CaptureFaceDataCond [^>]*>\s*<captureInfrared opt="true,false">/);
    }));

  it('writes the progress as a JSON part where set to', () => {
    const binary = { ...MODELS['DS-K1T343EFWX'].binary, progressPart: 'json' } as const;
    return withTerminal({ model: 'DS-K1T343EFWX', behaviour: { binary } }, async (terminal) => {
      terminal.present('Anna');
      const [progress, picture] = partsIn((await capture(terminal, BINARY_MODE)).body);
      assert.deepEqual(JSON.parse(progress?.content.toString() ?? ''), {
        CaptureFaceData: { captureProgress: 100, isCurRequestOver: true },
      });
      assert.equal(faceNameOf(picture?.content ?? Buffer.alloc(0)), 'Anna');
    });
  });

  it('DS-K1T673DX returns at once, captures between two POSTs and hands the picture to the next one', () =>
    withTerminal({ model: 'DS-K1T673DX', timeScale: SLOW }, async (terminal) => {
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
      assert.equal(element((await send(terminal, `${CAPTURE}/Progress`)).text, 'captureProgress'), '0');
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
      terminal.present('Anna');
      assert.equal(await pictureOf(terminal), 'Anna');
      assert.equal(element((await send(terminal, `${CAPTURE}/Progress`)).text, 'captureProgress'), '100');
      assert.equal(faceNameOf(jpegIn((await capture(terminal, BINARY_MODE)).body)), 'Anna');
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
      assert.equal(terminal.counters.captureOverlaps, 0);
    }));

  it('DS-K1T673DX leaves the mode, and forgets the result, when no POST keeps it alive', () =>
    withTerminal({ model: 'DS-K1T673DX', timeScale: FAST }, async (terminal) => {
      const captured = nextEvent(terminal, 'captured');
      terminal.once('event', () => queueMicrotask(() => terminal.present('Anna')));
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
      await captured;
      let progress = '100';
      while (progress === '100') {
        progress = element((await send(terminal, `${CAPTURE}/Progress`)).text, 'captureProgress') ?? '';
      }
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
    }));

  it('DS-K1T673DX recognises the picture part by a filename only', () =>
    withTerminal({ model: 'DS-K1T673DX' }, async (terminal) => {
      terminal.present('Anna');
      const [, picture] = partsIn((await capture(terminal, BINARY_MODE)).body);
      assert.match(picture?.headers ?? '', /form-data; filename="/);
      assert.equal(faceNameOf(picture?.content ?? Buffer.alloc(0)), 'Anna');
    }));

  it('DS-K1T341AMF blocks up to 60 s and answers a bare JPEG', () =>
    withTerminal({ model: 'DS-K1T341AMF', timeScale: SLOW }, async (terminal) => {
      assert.equal(MODELS['DS-K1T341AMF'].blockSeconds, 60);
      const started = nextEvent(terminal, 'capture started');
      const answer = capture(terminal, BINARY_MODE);
      await started;
      terminal.present('Anna');
      const { headers, body } = await answer;
      assert.equal(headers['content-type'], 'image/jpeg');
      assert.equal(faceNameOf(body), 'Anna');
    }));

  it('DS-K1T341AMF ends an empty window with progress 0', () =>
    withTerminal({ model: 'DS-K1T341AMF', timeScale: FAST }, async (terminal) => {
      assert.equal(element((await capture(terminal, BINARY_MODE)).text, 'captureProgress'), '0');
    }));

  for (const [name, model] of Object.entries(MODELS)) {
    it(`${name} lists what it can do`, () => {
      assert.ok(isModelName(name));
      return withTerminal({ model: name }, async (terminal) => {
        const { text } = await send(terminal, `${CAPTURE}/capabilities`);
        assert.ok(text.includes(`<dataType opt="${model.dataTypes.join(',')}">`));
        assert.equal(text.includes('<cancelFlag'), model.knowsCancel);
        assert.equal((await send(terminal, `${CAPTURE}/Progress`)).status, model.knowsProgress ? 200 : 404);
      });
    });
  }

  it('behaves differently where set to', () =>
    withTerminal(
      { model: 'DS-K1T343EFWX', behaviour: { urlElement: 'faceURL', replyRoot: 'CaptureFaceDataResponse' } },
      async (terminal) => {
        terminal.present('Anna');
        const { text } = await capture(terminal, URL_MODE);
        assert.match(text, /<CaptureFaceDataResponse /);
        assert.ok(element(text, 'faceURL'));
      },
    ));
});

describe('the capture of any simulated terminal', () => {
  it('keeps one picture under one name: the next capture overwrites it', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      terminal.present('Anna');
      terminal.present('Boris');
      const first = element((await capture(terminal, URL_MODE)).text, 'faceDataUrl') ?? '';
      assert.equal(await pictureOf(terminal, first), 'Anna');
      const second = element((await capture(terminal, URL_MODE)).text, 'faceDataUrl') ?? '';
      assert.ok(second > first);
      assert.equal(await pictureOf(terminal, first), 'Boris');
      terminal.foreignCapture('Clara');
      assert.equal(await pictureOf(terminal, second), 'Clara');
    }));

  it('captures each presented face once, in order, and a staying one again and again', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      const events = eventsOf(terminal);
      terminal.present('Anna');
      terminal.present('Boris', { stays: true });
      await capture(terminal, BINARY_MODE);
      await capture(terminal, BINARY_MODE);
      await capture(terminal, BINARY_MODE);
      assert.deepEqual(
        events.flatMap((event) => (event.event === 'captured' ? [event.face] : [])),
        ['Anna', 'Boris', 'Boris'],
      );
      assert.ok(events.every(({ at }) => new Date(at).toISOString() === at));
    }));

  it('sees nobody after leave()', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: FAST }, async (terminal) => {
      terminal.present('Anna', { stays: true });
      terminal.leave();
      assert.equal(element((await capture(terminal, URL_MODE)).text, 'captureProgress'), '0');
    }));

  it('captures a face that appears by itself, though the attempt takes several windows', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: 0.01, faceAfter: 5 }, async (terminal) => {
      const faces: (string | undefined)[] = [];
      const windows: number[] = [0, 0];
      for (const visit of [0, 1]) {
        let text = '';
        while (element(text, 'captureProgress') !== '100') {
          ({ text } = await capture(terminal, URL_MODE));
          windows[visit] = (windows[visit] ?? 0) + 1;
        }
        faces.push(await pictureOf(terminal, element(text, 'faceDataUrl')));
      }
      assert.deepEqual(faces, ['visitor-1', 'visitor-2']);
      assert.ok(
        windows.every((count) => count > 1),
        `windows: ${windows.join()}`,
      );
    }));

  it('is busy while a capture blocks, and counts the overlap', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: SLOW }, async (terminal) => {
      const started = nextEvent(terminal, 'capture started');
      const first = capture(terminal, URL_MODE);
      await started;
      assertRefused(await capture(terminal, URL_MODE), 2, 'deviceBusy');
      assert.equal(terminal.counters.captureOverlaps, 1);
      assert.equal(terminal.counters.maxInFlight, 2);
      terminal.present('Anna');
      assert.equal((await first).status, 200);
    }));

  it('goes on capturing when the client has gone, and overwrites the picture', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: SLOW }, async (terminal) => {
      terminal.foreignCapture('Anna');
      const started = nextEvent(terminal, 'capture started');
      const gone = new AbortController();
      const answer = capture(terminal, URL_MODE, { signal: gone.signal });
      await started;
      gone.abort();
      await assert.rejects(answer, { name: 'AbortError' });
      assertRefused(await capture(terminal, URL_MODE), 2, 'deviceBusy');
      terminal.present('Boris');
      assert.equal(await pictureOf(terminal), 'Boris');
    }));

  it('ends the blocking capture when it is cancelled', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: SLOW }, async (terminal) => {
      const started = nextEvent(terminal, 'capture started');
      const cancelled = nextEvent(terminal, 'capture cancelled');
      const answer = capture(terminal, URL_MODE);
      await started;
      const { text } = await capture(terminal, '<cancelFlag>true</cancelFlag>');
      assert.equal(element(text, 'statusCode'), '1');
      await cancelled;
      assert.equal(element((await answer).text, 'isCurRequestOver'), 'true');
      terminal.present('Anna');
      assert.equal((await send(terminal, '/LOCALS/pic/web_face_enrollpic.jpg')).status, 404);
    }));

  it('refuses cancelFlag where the model does not know it', () =>
    withTerminal({ model: 'DS-K1T342MX-E1' }, async (terminal) => {
      assertRefused(await capture(terminal, '<cancelFlag>true</cancelFlag>'), 6, 'badParameters', 'cancelFlag');
    }));

  const good = captureBody(URL_MODE);
  for (const type of ['application/xml', 'text/xml; charset=UTF-8', undefined]) {
    it(`takes a Cond with ${type ?? 'no'} Content-Type`, () =>
      withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
        terminal.present('Anna');
        const headers = type === undefined ? {} : { 'Content-Type': type };
        const { status, text } = await send(terminal, CAPTURE, { method: 'POST', headers, body: good });
        assert.deepEqual([status, element(text, 'captureProgress')], [200, '100']);
      }));
  }

  const mistakes: [string, string, string][] = [
    ['a truncated document', good.slice(0, -3), 'badXmlFormat'],
    ['an unclosed document', good.replace(/<\/Cap.*/, ''), 'badXmlFormat'],
    ['an empty body', '', 'badXmlFormat'],
    ['another root', good.replaceAll('Cond', ''), 'badParameters'],
    ['another namespace', good.replace('isapi.org', 'example.org'), 'badParameters'],
    ['no namespace', good.replace(/ xmlns="[^"]*"/, ''), 'badParameters'],
    ['an unknown dataType', captureBody('<dataType>gif</dataType>'), 'badParameters'],
    ['no dataType', captureBody(''), 'badParameters'],
  ];
  for (const [mistake, body, subStatusCode] of mistakes) {
    it(`refuses ${mistake} without starting a capture`, () =>
      withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
        const events = eventsOf(terminal);
        const answer = await send(terminal, CAPTURE, { method: 'POST', body });
        assertRefused(answer, subStatusCode === 'badXmlFormat' ? 5 : 6, subStatusCode);
        assert.deepEqual(events, []);
      }));
  }

  it('forgets everything when it is reset, and cancels the capture that runs', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: SLOW }, async (terminal) => {
      terminal.foreignCapture('Anna');
      const started = nextEvent(terminal, 'capture started');
      const answer = capture(terminal, URL_MODE);
      await started;
      terminal.fault({ kind: 'busy' });
      terminal.reset();
      assert.equal(element((await answer).text, 'isCurRequestOver'), 'true');
      assert.deepEqual(terminal.counters.records, []);
      assert.equal((await send(terminal, '/LOCALS/pic/web_face_enrollpic.jpg')).status, 404);
    }));
});
