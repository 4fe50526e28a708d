import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { captureFace } from '../../../../core/isapi/operations/capture/capture.js';
import { bindFace, type BindOptions } from '../../../../core/isapi/operations/face.js';
import type { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';
import { withScript } from '../../../harness/proof/scripted-terminal.js';

const ANNA = facePicture('Anna');
const OK = { body: '{"statusCode":1,"subStatusCode":"ok"}' };
const SET_UP = 'PUT /ISAPI/Intelligent/FDLib/FDSetUp?format=json';
const DELETE = 'PUT /ISAPI/Intelligent/FDLib/FDSearch/Delete?format=json&FDID=1&faceLibType=blackFD';
const ADD = 'POST /ISAPI/Intelligent/FDLib/FaceDataRecord?format=json';

type Answer = { status?: number; body: string } | 'lost' | 'silent';

const refusal = (subStatusCode: string, statusCode = 6, status = 400): Answer => ({
  ...{ status, body: JSON.stringify({ statusCode, subStatusCode }) },
});
const ABSENT: Answer = { status: 404, body: '' };

interface Answers {
  setUp?: Answer;
  deletion?: Answer;
  addition?: Answer;
}

/** A terminal without FDSetUp, unless it is told otherwise, which answers the rest so. */
function withAnswers(
  { setUp = ABSENT, deletion = OK, addition = OK }: Answers,
  work: (terminal: Terminal, requests: string[]) => Promise<void>,
  onRequest: (path: string, body: string) => void = () => undefined,
): Promise<void> {
  return withScript(({ path, body }) => {
    onRequest(path, body);
    if (path.includes('Capture')) {
      const url = '<faceDataUrl>http://terminal/LOCALS/pic/web_face_enrollpic.jpg@WEB1</faceDataUrl>';
      return { body: `<CaptureFaceData>${url}<captureProgress>100</captureProgress></CaptureFaceData>` };
    }
    return path.includes('FDSetUp') ? setUp : path.includes('Delete') ? deletion : addition;
  }, work);
}

function bind(terminal: Terminal, options: Partial<BindOptions> = {}): Promise<unknown> {
  const library = { employeeNo: '1', faceLibType: 'blackFD', FDID: '1' };
  return bindFace(terminal, { ...library, face: ANNA, verify: false, recheck: false, ...options });
}

describe('a picture for a terminal without FDSetUp', () => {
  it('is sent as that of the person whose old face was deleted', () => {
    const bodies: string[] = [];
    return withAnswers(
      {},
      async (terminal) => {
        await bind(terminal, { employeeNo: '000123' });
        const [, deletion = '', addition = ''] = bodies;
        assert.deepEqual(JSON.parse(deletion), { FPID: [{ value: '000123' }] });
        assert.match(addition, /\{"faceLibType":"blackFD","FDID":"1","FPID":"000123"\}/);
        assert.match(addition, /name="FaceImage"; filename="face\.jpg"\r\nContent-Type: image\/jpeg/);
      },
      (_path, body) => bodies.push(body),
    );
  });

  it('is the one that a capture carries where its URL cannot be bound', () =>
    withAnswers({}, async (terminal, requests) => {
      const outcome = await captureFace(terminal, {
        ...{ dataType: 'url', infrared: false, deadlineMs: 5000, intervalMs: 1, download: false, holdMs: 0, owner: {} },
        signal: new AbortController().signal,
      });
      assert.ok(outcome.captured);
      const sent = requests.length;
      assert.equal((await failureOf(bind(terminal, { face: outcome.capture }))).advice, 'bindPicture');
      assert.deepEqual(requests.slice(sent), [SET_UP]);
      await bind(terminal, { face: { ...outcome.capture, image: ANNA } });
      assert.deepEqual(requests.slice(sent + 1), [SET_UP, SET_UP, DELETE, ADD]);
    }));

  it('is added also where the terminal will not delete a face that is not there', () =>
    withAnswers({ deletion: refusal('badJsonContent') }, async (terminal, requests) => {
      await bind(terminal);
      assert.deepEqual(requests, [SET_UP, DELETE, ADD]);
    }));

  for (const [words, deletion, delivery] of [
    ['is busy', refusal('deviceBusy', 2), 'answered'],
    ['is in trouble', { status: 503, body: '' }, 'answered'],
    ['gives no answer', 'lost', 'unknown'],
  ] as [string, Answer, string][]) {
    it(`is not added while the old face may be there, since the terminal ${words} when it is to delete it`, () =>
      withAnswers({ deletion }, async (terminal, requests) => {
        const failure = await failureOf(bind(terminal));
        assert.deepEqual([failure.delivery, failure.cause.operation], [delivery, 'delete face']);
        // A request on a connection that turns out to be dead goes once more.
        assert.deepEqual([...new Set(requests)], [SET_UP, DELETE]);
      }));
  }

  for (const code of ['deviceUserAlreadyExistFace', 'faceAlreadyExist', 'SubpicAnalysisModelingError']) {
    it(`is never taken for bound where the terminal says ${code}`, () =>
      withAnswers({ addition: refusal(code) }, async (terminal, requests) => {
        const failure = await failureOf(bind(terminal));
        assert.deepEqual([failure.code, failure.delivery], [code, 'answered']);
        assert.deepEqual(requests, [SET_UP, DELETE, ADD]);
      }));
  }

  it('is never taken for bound where the answer is lost, and FDSetUp is asked for again', () =>
    withAnswers({ addition: 'lost' }, async (terminal, requests) => {
      for (let attempts = 0; attempts < 2; attempts += 1) {
        const failure = await failureOf(bind(terminal));
        assert.deepEqual([failure.code, failure.delivery], ['UNREACHABLE', 'unknown']);
      }
      assert.deepEqual(requests, [SET_UP, DELETE, ADD, SET_UP, DELETE, ADD]);
    }));

  it('cannot be bound where FaceDataRecord is absent too, and that is said', () =>
    withAnswers({ addition: ABSENT }, async (terminal) => {
      assert.equal((await failureOf(bind(terminal))).reason, 'picturesNotTaken');
    }));

  for (const [allowed, expected] of [
    [0, []],
    [1, [SET_UP]],
    [2, [SET_UP, DELETE]],
  ] as const) {
    it(`goes no further than request ${allowed} where the next is forbidden at the last moment`, () =>
      withAnswers({}, async (terminal, requests) => {
        let asked = 0;
        const beforeSending = (): void => {
          asked += 1;
          // Once only: who goes on after that would be let through.
          if (asked === allowed + 1) throw HikvisionError.of('superseded', { delivery: 'unsent' });
        };
        await assert.rejects(bind(terminal, { beforeSending }), { code: 'FACE_SUPERSEDED', delivery: 'unsent' });
        assert.deepEqual(requests, expected);
      }));
  }

  for (const [place, answers] of [
    ['FDSetUp', { setUp: 'silent' }],
    ['Delete', { deletion: 'silent' }],
    ['FaceDataRecord', { addition: 'silent' }],
  ] as [string, Answers][]) {
    it(`is given up at once while ${place} is unanswered`, () => {
      const stop = new AbortController();
      const onRequest = (path: string): void => {
        if (path.includes(place)) stop.abort(HikvisionError.of('cancelled'));
      };
      return withAnswers(
        answers,
        async (terminal) => {
          await assert.rejects(bind(terminal, { signal: stop.signal }), { code: 'CANCELLED' });
        },
        onRequest,
      );
    });
  }
});

describe('a picture that FDSetUp refuses', () => {
  for (const [words, setUp, reason] of [
    ['is not told the person with 404', refusal('employeeNoNotExist', 6, 404), 'refused'],
    ['says notSupport with 400', refusal('notSupport', 4, 400), 'picturesNotTaken'],
    ['says notSupport with 403', refusal('notSupport', 4, 403), 'picturesNotTaken'],
    ['says MessageParametersLack', refusal('MessageParametersLack'), 'picturesNotTaken'],
    ['says badJsonContent', refusal('badJsonContent'), 'picturesNotTaken'],
    ['says that the picture is bad', refusal('SubpicAnalysisModelingError'), 'refused'],
    ['is in trouble', { status: 503, body: '' }, 'inTrouble'],
  ] as [string, Answer, string][]) {
    it(`leaves the person the face that they have where it ${words}`, () =>
      withAnswers({ setUp }, async (terminal, requests) => {
        assert.equal((await failureOf(bind(terminal))).reason, reason);
        assert.deepEqual(requests, [SET_UP]);
      }));
  }
});
