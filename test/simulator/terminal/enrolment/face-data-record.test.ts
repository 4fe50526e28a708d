import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  facePicture,
  MODELS,
  type ModelName,
  type SimulatedTerminal,
} from '../../../../simulator/simulated-terminal.js';
import { IMAGE, imagePart, multipart, PLAIN, recordOf } from '../../../harness/terminal/face-parts.js';
import { eventsOf, send, sendJson, withTerminal, withoutTime } from '../../../harness/terminal/raw-client.js';

const LIBRARY = '/ISAPI/Intelligent/FDLib';
const ANNA = multipart([PLAIN, recordOf()], [imagePart('FaceImage'), facePicture('Anna')]);
const BORIS = multipart([PLAIN, recordOf()], [IMAGE, facePicture('Boris')]);

interface Outcome {
  status: number;
  subStatusCode: unknown;
  errorCode: unknown;
}

async function ask(
  terminal: SimulatedTerminal,
  method: string,
  path: string,
  body: string | Buffer,
  type = 'application/json',
): Promise<Outcome> {
  const { status, text } = await send(terminal, path, { method, headers: { 'Content-Type': type }, body });
  const { subStatusCode, errorCode } = JSON.parse(text) as Record<string, unknown>;
  return { status, subStatusCode, errorCode };
}

function add(terminal: SimulatedTerminal, body: string | Buffer, type?: string): Promise<Outcome> {
  return ask(
    terminal,
    'POST',
    `${LIBRARY}/FaceDataRecord?format=json`,
    body,
    type ?? 'multipart/form-data; boundary=x',
  );
}

function deleteFace(
  terminal: SimulatedTerminal,
  document: unknown,
  library = '&FDID=1&faceLibType=blackFD',
): Promise<Outcome> {
  return ask(terminal, 'PUT', `${LIBRARY}/FDSearch/Delete?format=json${library}`, JSON.stringify(document));
}

async function withPerson(model: ModelName, work: (terminal: SimulatedTerminal) => Promise<void>): Promise<void> {
  await withTerminal({ model }, async (terminal) => {
    await sendJson(terminal, 'POST', '/ISAPI/AccessControl/UserInfo/Record', { UserInfo: { employeeNo: '1' } });
    await work(terminal);
  });
}

async function faceCount(terminal: SimulatedTerminal): Promise<unknown> {
  const { document } = await sendJson(terminal, 'GET', `${LIBRARY}/Count`);
  const [library] = (document['FDRecordDataInfo'] ?? [document]) as { recordDataNumber: number }[];
  return library?.recordDataNumber;
}

describe('FaceDataRecord of a simulated terminal', () => {
  for (const model of Object.keys(MODELS) as ModelName[]) {
    it(`adds the face in the picture, on ${model}`, () =>
      withPerson(model, async (terminal) => {
        const events = eventsOf(terminal);
        assert.equal((await add(terminal, ANNA)).status, 200);
        const bound = { event: 'face bound', employeeNo: '1', face: 'Anna', source: 'picture' };
        assert.deepEqual(events.map(withoutTime), [bound]);
        assert.equal(await faceCount(terminal), 1);
      }));
  }

  it('takes the picture in a part `img` too, and a record typed as JSON', () =>
    withPerson('DS-K1T672MX', async (terminal) => {
      const typed = `${PLAIN}Content-Type: application/json; charset=utf-8\r\n`;
      const body = multipart([typed, recordOf()], [IMAGE, facePicture('Anna')]);
      assert.equal((await add(terminal, body)).status, 200);
      assert.equal(terminal.persons()[0]?.face, 'Anna');
    }));

  it('refuses a person who has a face, and keeps that face', () =>
    withPerson('DS-K1T672MX', async (terminal) => {
      await add(terminal, ANNA);
      assert.deepEqual(await add(terminal, BORIS), {
        status: 400,
        subStatusCode: 'deviceUserAlreadyExistFace',
        errorCode: 1610641412,
      });
      assert.equal(terminal.persons()[0]?.face, 'Anna');
    }));

  const base64 = facePicture('Anna').toString('base64');
  const mistakes: [string, string | Buffer, string, string][] = [
    ['a URL', recordOf({ faceURL: 'https://elsewhere.example/face.jpg' }), 'application/json', 'urlDownloadFail'],
    [
      'a URL in a part',
      multipart([PLAIN, recordOf({ faceURL: 'http://elsewhere.example/face.jpg' })]),
      'multipart/form-data; boundary=x',
      'urlDownloadFail',
    ],
    ['a picture in base64', recordOf({ faceData: base64 }), 'application/json', 'badJsonContent'],
    ['a data URL', recordOf({ faceURL: `data:image/jpeg;base64,${base64}` }), 'application/json', 'badJsonContent'],
    [
      'a person who does not exist',
      multipart([PLAIN, recordOf({ FPID: '2' })], [IMAGE, facePicture('Anna')]),
      'multipart/form-data; boundary=x',
      'employeeNoNotExist',
    ],
    [
      'another library',
      multipart([PLAIN, recordOf({ FDID: '2' })], [IMAGE, facePicture('Anna')]),
      'multipart/form-data; boundary=x',
      'faceLibraryIDError',
    ],
    [
      'a picture that is none',
      multipart([PLAIN, recordOf()], [IMAGE, 'GIF89a']),
      'multipart/form-data; boundary=x',
      'SubpicAnalysisModelingError',
    ],
    [
      'a picture in a part of another name',
      multipart([PLAIN, recordOf()], [imagePart('face'), facePicture('Anna')]),
      'multipart/form-data; boundary=x',
      'badParameters',
    ],
  ];
  for (const [mistake, body, type, subStatusCode] of mistakes) {
    it(`refuses ${mistake}`, () =>
      withPerson('DS-K1T672MX', async (terminal) => {
        terminal.foreignCapture('Anna');
        const events = eventsOf(terminal);
        const answer = await add(terminal, body, type);
        assert.deepEqual([answer.status, answer.subStatusCode], [400, subStatusCode]);
        assert.deepEqual(events, []);
      }));
  }
});

describe('FDSearch/Delete of a simulated terminal', () => {
  it('deletes the face and keeps the person, who can have another one', () =>
    withPerson('DS-K1T672MX', async (terminal) => {
      await add(terminal, ANNA);
      const events = eventsOf(terminal);
      assert.equal((await deleteFace(terminal, { FPID: [{ value: '1' }] })).status, 200);
      assert.deepEqual(events.map(withoutTime), [{ event: 'face deleted', employeeNo: '1' }]);
      assert.equal(await faceCount(terminal), 0);
      assert.deepEqual(
        terminal.persons().map(({ employeeNo, face }) => [employeeNo, face]),
        [['1', undefined]],
      );
      assert.equal((await add(terminal, BORIS)).status, 200);
    }));

  it('takes a person without a face as done', () =>
    withPerson('DS-K1T672MX', async (terminal) => {
      const events = eventsOf(terminal);
      assert.equal((await deleteFace(terminal, { FPID: [{ value: '1' }] })).status, 200);
      assert.deepEqual(events, []);
    }));

  for (const [document, library, subStatusCode] of [
    [{}, undefined, 'MessageParametersLack'],
    [{ FPID: [] }, undefined, 'badJsonContent'],
    [{ FPID: '1' }, undefined, 'badJsonContent'],
    [{ FPID: ['1'] }, undefined, 'badJsonContent'],
    [{ FPID: [{ value: '1' }] }, '', 'MessageParametersLack'],
    [{ FPID: [{ value: '1' }] }, '&FDID=2&faceLibType=blackFD', 'faceLibraryIDError'],
  ] as const) {
    it(`refuses ${JSON.stringify(document)} with the query ${JSON.stringify(library ?? 'of the library')}`, () =>
      withPerson('DS-K1T343EFWX', async (terminal) => {
        await add(terminal, ANNA);
        const answer = await deleteFace(terminal, document, library);
        assert.deepEqual([answer.status, answer.subStatusCode], [400, subStatusCode]);
        assert.equal(terminal.persons()[0]?.face, 'Anna');
      }));
  }
});

describe('the face libraries of a simulated terminal', () => {
  it('are listed', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      const { document } = await sendJson(terminal, 'GET', LIBRARY);
      const [library, ...others] = document['FDLib'] as { FDID: string; faceLibType: string }[];
      assert.deepEqual([library?.FDID, library?.faceLibType, others], ['1', 'blackFD', []]);
    }));

  for (const [model, setUp] of [
    ['DS-K1T343EFWX', true],
    ['DS-K1T672MX', false],
  ] as const) {
    it(`${setUp ? 'name' : 'do not name'} setUp among what ${model} can do`, () =>
      withTerminal({ model }, async (terminal) => {
        const { document } = await sendJson(terminal, 'GET', `${LIBRARY}/capabilities`);
        const { supportFDFunction } = document['FDLibCap'] as { supportFDFunction: string };
        assert.deepEqual(supportFDFunction.split(',').includes('setUp'), setUp);
      }));
  }
});

describe('what a simulated DS-K1T672MX does not have', () => {
  const cond = { UserInfoSearchCond: { searchID: '1', maxResults: 30, searchResultPosition: 0 } };

  it('is refused with 404 notSupport: FDSetUp and the search for persons', () =>
    withPerson('DS-K1T672MX', async (terminal) => {
      const setUp = `${LIBRARY}/FDSetUp?format=json`;
      const search = '/ISAPI/AccessControl/UserInfo/Search?format=json';
      const notSupport = { status: 404, subStatusCode: 'notSupport', errorCode: 1073741825 };
      assert.deepEqual(await ask(terminal, 'PUT', setUp, BORIS, 'multipart/form-data; boundary=x'), notSupport);
      assert.deepEqual(await ask(terminal, 'POST', search, JSON.stringify(cond)), notSupport);
    }));

  it('is refused with 405 methodNotAllowed where set so', () =>
    withTerminal({ model: 'DS-K1T672MX', behaviour: { absent: { [`${LIBRARY}/FDSetUp`]: 405 } } }, async (terminal) => {
      const { status, document } = await sendJson(terminal, 'PUT', `${LIBRARY}/FDSetUp`, {});
      assert.deepEqual([status, document['subStatusCode']], [405, 'methodNotAllowed']);
      assert.equal((await sendJson(terminal, 'POST', '/ISAPI/AccessControl/UserInfo/Search', cond)).status, 200);
    }));
});
