import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { facePicture, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { IMAGE, multipart, PLAIN, recordOf } from '../../../harness/terminal/face-parts.js';
import {
  capture,
  element,
  eventsOf,
  nextEvent,
  send,
  sendJson,
  URL_MODE,
  withTerminal,
  withoutTime,
} from '../../../harness/terminal/raw-client.js';

const PICTURE_URL = 'https://terminal.example/LOCALS/pic/web_face_enrollpic.jpg@WEB000000000007';

async function setUp(
  terminal: SimulatedTerminal,
  body: Buffer,
  type = 'multipart/form-data; boundary=x',
): Promise<{ status: number; subStatusCode: unknown; errorMsg: unknown }> {
  const answer = await send(terminal, '/ISAPI/Intelligent/FDLib/FDSetUp?format=json', {
    method: 'PUT',
    headers: { 'Content-Type': type },
    body,
  });
  const { subStatusCode, errorMsg } = JSON.parse(answer.text) as Record<string, unknown>;
  return { status: answer.status, subStatusCode, errorMsg };
}

function bindUrl(terminal: SimulatedTerminal, faceURL: unknown, FPID = '1'): ReturnType<typeof setUp> {
  return setUp(terminal, multipart([PLAIN, recordOf({ faceURL, FPID })]));
}

async function withPerson(
  settings: Partial<Parameters<typeof withTerminal>[0]>,
  work: (terminal: SimulatedTerminal) => Promise<void>,
): Promise<void> {
  await withTerminal({ model: 'DS-K1T343EFWX', ...settings }, async (terminal) => {
    await sendJson(terminal, 'POST', '/ISAPI/AccessControl/UserInfo/Record', { UserInfo: { employeeNo: '1' } });
    await work(terminal);
  });
}

async function numOfFace(terminal: SimulatedTerminal): Promise<number | undefined> {
  const UserInfoSearchCond = { searchID: '1', maxResults: 1, searchResultPosition: 0 };
  const { document } = await sendJson(terminal, 'POST', '/ISAPI/AccessControl/UserInfo/Search', { UserInfoSearchCond });
  return (document['UserInfoSearch'] as { UserInfo?: { numOfFace: number }[] }).UserInfo?.[0]?.numOfFace;
}

describe('the face library of a simulated terminal', () => {
  it('binds the captured face by its URL', () =>
    withPerson({}, async (terminal) => {
      terminal.present('Anna');
      const url = element((await capture(terminal, URL_MODE)).text, 'faceDataUrl');
      const bound = nextEvent(terminal, 'face bound');
      assert.equal((await bindUrl(terminal, url)).status, 200);
      assert.deepEqual(withoutTime(await bound), { event: 'face bound', employeeNo: '1', face: 'Anna', source: 'url' });
      assert.equal(terminal.persons()[0]?.face, 'Anna');
      assert.equal(await numOfFace(terminal), 1);
    }));

  it('binds the face that is in the picture now, whatever the URL once named: the hazard', () =>
    withPerson({}, async (terminal) => {
      terminal.present('Anna');
      const url = element((await capture(terminal, URL_MODE)).text, 'faceDataUrl');
      terminal.foreignCapture('Boris');
      assert.equal((await bindUrl(terminal, url)).status, 200);
      assert.equal(terminal.persons()[0]?.face, 'Boris');
    }));

  it('takes any host name and any counter', () =>
    withPerson({}, async (terminal) => {
      terminal.foreignCapture('Anna');
      assert.equal((await bindUrl(terminal, PICTURE_URL)).status, 200);
    }));

  it('takes a record that is typed as JSON', () =>
    withPerson({}, async (terminal) => {
      terminal.foreignCapture('Anna');
      const typed = `${PLAIN}Content-Type: application/json\r\n`;
      assert.equal((await setUp(terminal, multipart([typed, recordOf({ faceURL: PICTURE_URL })]))).status, 200);
    }));

  for (const faceURL of [
    'https://terminal.example/picture.jpg',
    'https://terminal.example/LOCALS/pic/web_face_enrollpic.jpg@WEB7',
    'not a URL',
  ]) {
    it(`fails to download ${faceURL}`, () =>
      withPerson({}, async (terminal) => {
        terminal.foreignCapture('Anna');
        assert.equal((await bindUrl(terminal, faceURL)).subStatusCode, 'urlDownloadFail');
      }));
  }

  it('fails to download a picture that was never captured', () =>
    withPerson({}, async (terminal) => {
      assert.equal((await bindUrl(terminal, PICTURE_URL)).subStatusCode, 'urlDownloadFail');
    }));

  it('refuses a person who does not exist', () =>
    withPerson({}, async (terminal) => {
      terminal.foreignCapture('Anna');
      assert.equal((await bindUrl(terminal, PICTURE_URL, '2')).subStatusCode, 'employeeNoNotExist');
    }));

  const good = multipart([PLAIN, recordOf({ faceURL: PICTURE_URL })]);
  const mistakes: [string, Buffer, string][] = [
    [
      'a record typed as text',
      multipart([`${PLAIN}Content-Type: text/plain\r\n`, recordOf({ faceURL: PICTURE_URL })]),
      'badJsonContent',
    ],
    ['a filename', multipart([PLAIN.replace('"\r', '"; filename="a"\r'), recordOf()]), 'badJsonContent'],
    ['another part name', multipart([PLAIN.replace('FaceDataRecord', 'data'), recordOf()]), 'badParameters'],
    ['no closing boundary', good.subarray(0, -6), 'badParameters'],
    ['bare line feeds', Buffer.from(good.toString().replaceAll('\r\n', '\n')), 'badParameters'],
    ['bytes after the end', Buffer.concat([good, Buffer.from('x')]), 'badParameters'],
    ['an empty body', Buffer.alloc(0), 'badParameters'],
    ['no JSON', multipart([PLAIN, '[object Object]']), 'badJsonFormat'],
    ['no faceURL', multipart([PLAIN, recordOf()]), 'MessageParametersLack'],
    ['no FDID', multipart([PLAIN, recordOf({ FDID: undefined, faceURL: PICTURE_URL })]), 'MessageParametersLack'],
    ['another library', multipart([PLAIN, recordOf({ FDID: '2', faceURL: PICTURE_URL })]), 'faceLibraryIDError'],
    ['a number as FPID', multipart([PLAIN, recordOf({ FPID: 1, faceURL: PICTURE_URL })]), 'badJsonContent'],
    ['a picture', multipart([PLAIN, recordOf()], [IMAGE, facePicture('Anna')]), 'badJsonContent'],
  ];
  for (const [mistake, body, subStatusCode] of mistakes) {
    it(`refuses ${mistake}`, () =>
      withPerson({}, async (terminal) => {
        terminal.foreignCapture('Anna');
        const events = eventsOf(terminal);
        const answer = await setUp(terminal, body);
        assert.deepEqual([answer.status, answer.subStatusCode], [400, subStatusCode]);
        assert.deepEqual(events, []);
      }));
  }

  it('refuses another Content-Type than multipart/form-data', () =>
    withPerson({}, async (terminal) => {
      terminal.foreignCapture('Anna');
      assert.equal((await setUp(terminal, good, 'multipart/mixed; boundary=x')).subStatusCode, 'badParameters');
      assert.equal((await setUp(terminal, good)).status, 200);
    }));

  it('DS-K1T342MFWX-E1 takes the picture itself and reads the face from it', () =>
    withPerson({ model: 'DS-K1T342MFWX-E1' }, async (terminal) => {
      terminal.foreignCapture('Boris');
      const bound = nextEvent(terminal, 'face bound');
      assert.equal((await setUp(terminal, multipart([PLAIN, recordOf()], [IMAGE, facePicture('Anna')]))).status, 200);
      assert.deepEqual(withoutTime(await bound), {
        event: 'face bound',
        employeeNo: '1',
        face: 'Anna',
        source: 'picture',
      });
    }));

  const pictures: [string, Buffer, string][] = [
    [
      'with a trailing line end',
      Buffer.concat([facePicture('Anna'), Buffer.from('\r\n')]),
      'SubpicAnalysisModelingError',
    ],
    ['that is none', Buffer.from('GIF89a'), 'SubpicAnalysisModelingError'],
    ['over 200 KB', withFiller(facePicture('Anna'), 4), 'badJsonContent'],
    ['that is never usable', facePicture('unusable Anna'), 'PicAnalysisNoTargetError'],
  ];
  for (const [what, picture, subStatusCode] of pictures) {
    it(`DS-K1T342MFWX-E1 refuses a picture ${what} and keeps the old face`, () =>
      withPerson({ model: 'DS-K1T342MFWX-E1' }, async (terminal) => {
        await setUp(terminal, multipart([PLAIN, recordOf()], [IMAGE, facePicture('Boris')]));
        const answer = await setUp(terminal, multipart([PLAIN, recordOf()], [IMAGE, picture]));
        assert.deepEqual([answer.status, answer.subStatusCode], [400, subStatusCode]);
        assert.equal(terminal.persons()[0]?.face, 'Boris');
      }));
  }

  it('DS-K1T342MFWX-E1 refuses a picture together with a faceURL', () =>
    withPerson({ model: 'DS-K1T342MFWX-E1' }, async (terminal) => {
      const body = multipart([PLAIN, recordOf({ faceURL: PICTURE_URL })], [IMAGE, facePicture('Anna')]);
      assert.equal((await setUp(terminal, body)).subStatusCode, 'badJsonContent');
    }));

  it('counts the face only when it has been modelled', () =>
    withPerson({ behaviour: { modelling: 1 }, timeScale: 100 }, async (terminal) => {
      terminal.foreignCapture('Anna');
      assert.equal((await bindUrl(terminal, PICTURE_URL)).status, 200);
      assert.equal(await numOfFace(terminal), 0);
      assert.equal((await bindUrl(terminal, PICTURE_URL)).subStatusCode, 'faceDataModeling');
    }));

  it('counts the face after the time of modelling', () =>
    withPerson({ behaviour: { modelling: 1 }, timeScale: 0.001 }, async (terminal) => {
      terminal.foreignCapture('Anna');
      await bindUrl(terminal, PICTURE_URL);
      while ((await numOfFace(terminal)) !== 1);
      assert.equal((await bindUrl(terminal, PICTURE_URL)).status, 200);
    }));

  it('finds the record of a person', () =>
    withPerson({}, async (terminal) => {
      const find = async (): Promise<unknown> => {
        const cond = { searchResultPosition: 0, maxResults: 30, faceLibType: 'blackFD', FDID: '1', FPID: '1' };
        const { document } = await sendJson(terminal, 'POST', '/ISAPI/Intelligent/FDLib/FDSearch', cond);
        return [document['responseStatusStrg'], (document['MatchList'] as { FPID: string }[] | undefined)?.[0]?.FPID];
      };
      assert.deepEqual(await find(), ['NO MATCH', undefined]);
      terminal.foreignCapture('Anna');
      await bindUrl(terminal, PICTURE_URL);
      assert.deepEqual(await find(), ['OK', '1']);
    }));

  it('wants FaceInfoSearchCond on a model that nests the condition', () =>
    withPerson({ model: 'DS-K1T342MFX-E1' }, async (terminal) => {
      const cond = { searchResultPosition: 0, maxResults: 30, faceLibType: 'blackFD', FDID: '1' };
      const find = (body: object): ReturnType<typeof sendJson> =>
        sendJson(terminal, 'POST', '/ISAPI/Intelligent/FDLib/FDSearch', body);
      const plain = await find(cond);
      assert.deepEqual([plain.status, plain.document['subStatusCode']], [400, 'MessageParametersLack']);
      assert.equal((await find({ FaceInfoSearchCond: cond })).document['responseStatusStrg'], 'NO MATCH');
    }));
});

/** The same picture with `count` comments of 65,000 bytes. */
function withFiller(jpeg: Buffer, count: number): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(65_002, 2);
  const filler = Array.from({ length: count }, () => Buffer.concat([head, Buffer.alloc(65_000)]));
  return Buffer.concat([jpeg.subarray(0, 2), ...filler, jpeg.subarray(2)]);
}
