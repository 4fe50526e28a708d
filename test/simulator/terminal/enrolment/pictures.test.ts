import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  faceNameOf,
  facePicture,
  MODELS,
  type Model,
  type ModelName,
  type SimulatedTerminal,
} from '../../../../simulator/simulated-terminal.js';
import { IMAGE, multipart, PLAIN, recordOf } from '../../../harness/terminal/face-parts.js';
import { send, sendJson, withTerminal } from '../../../harness/terminal/raw-client.js';

const LIBRARY = '/ISAPI/Intelligent/FDLib';

type Document = Record<string, unknown>;

function withPersons(model: ModelName, work: (terminal: SimulatedTerminal) => Promise<void>): Promise<void> {
  return withTerminal({ model }, async (terminal) => {
    for (const employeeNo of ['1', '2']) {
      await sendJson(terminal, 'POST', '/ISAPI/AccessControl/UserInfo/Record', { UserInfo: { employeeNo } });
    }
    await work(terminal);
  });
}

/** Sends a face as this model takes it. */
async function setFace(terminal: SimulatedTerminal, FPID: string, face: string, byRecord = false): Promise<unknown> {
  const { text } = await send(terminal, `${LIBRARY}/${byRecord ? 'FaceDataRecord' : 'FDSetUp'}?format=json`, {
    method: byRecord ? 'POST' : 'PUT',
    headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    body: multipart([PLAIN, recordOf({ FPID })], [IMAGE, facePicture(face)]),
  });
  return (JSON.parse(text) as Document)['subStatusCode'];
}

async function matches(terminal: SimulatedTerminal, FPID?: string, isNested = false): Promise<Document[]> {
  const cond = { searchResultPosition: 0, maxResults: 30, faceLibType: 'blackFD', FDID: '1', ...(FPID && { FPID }) };
  const asked = isNested ? { FaceInfoSearchCond: cond } : cond;
  const { document } = await sendJson(terminal, 'POST', `${LIBRARY}/FDSearch`, asked);
  return (document['MatchList'] ?? []) as Document[];
}

const versions = (terminal: SimulatedTerminal): unknown[] => terminal.persons().map(({ faceVersion }) => faceVersion);

describe('the pictures in the library of a simulated terminal', () => {
  for (const name of Object.keys(MODELS) as ModelName[]) {
    const model: Model = MODELS[name];
    it(`have the version of the bytes that were sent, and a URL, on ${name}`, () =>
      withPersons(name, async (terminal) => {
        const byRecord = !model.takesPicture;
        assert.equal(await setFace(terminal, '1', 'Anna', byRecord), 'ok');
        assert.equal(await setFace(terminal, '2', 'Anna', byRecord), 'ok');
        const [first, second] = versions(terminal);
        assert.ok(first !== undefined && first === second);
        const [match] = await matches(terminal, '1', model.nestsFaceSearch);
        const { body } = await send(terminal, new URL(String(match?.['faceURL'])).pathname);
        assert.equal(faceNameOf(body), 'Anna');
        assert.equal(body.equals(facePicture('Anna')), !model.recodesPictures);
      }));
  }

  it('are found for one person, and for everybody with a face', () =>
    withPersons('DS-K1T323', async (terminal) => {
      await setFace(terminal, '2', 'Anna');
      const numbers = async (FPID?: string): Promise<unknown[]> =>
        (await matches(terminal, FPID)).map((match) => match['FPID']);
      assert.deepEqual([await numbers(), await numbers('1'), await numbers('2')], [['2'], [], ['2']]);
    }));

  it('are counted in one number on DS-K1T673DX', () =>
    withPersons('DS-K1T673DX', async (terminal) => {
      await setFace(terminal, '1', 'Anna');
      const path = `${LIBRARY}/Count?format=json&FDID=1&faceLibType=blackFD`;
      const document = JSON.parse((await send(terminal, path)).text) as Document;
      assert.deepEqual([document['recordDataNumber'], document['FDRecordDataInfo']], [1, undefined]);
    }));

  it('are not modelled as often as a fault says, and pass unchanged afterwards', () =>
    withPersons('DS-K1T323', async (terminal) => {
      terminal.fault({ kind: 'modelling', times: 2 });
      assert.equal((await sendJson(terminal, 'GET', `${LIBRARY}/Count`)).status, 200);
      const answers: unknown[] = [];
      for (let time = 0; time < 3; time += 1) answers.push(await setFace(terminal, '1', 'Anna'));
      assert.deepEqual(answers, ['SubpicAnalysisModelingError', 'SubpicAnalysisModelingError', 'ok']);
      assert.equal(terminal.persons()[0]?.face, 'Anna');
    }));

  it('are never usable where the name of the face says so', () =>
    withPersons('DS-K1T323', async (terminal) => {
      for (const time of [1, 2]) {
        assert.equal(await setFace(terminal, '1', 'unusable Anna'), 'PicAnalysisNoTargetError', String(time));
      }
      assert.deepEqual(versions(terminal), [undefined, undefined]);
    }));
});
