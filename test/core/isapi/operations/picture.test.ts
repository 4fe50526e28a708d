import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { downloadPicture } from '../../../../core/isapi/operations/picture.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';
import { withScript } from '../../../harness/proof/scripted-terminal.js';

const ANNA = facePicture('Anna');
const PATH = '/LOCALS/pic/web_face_enrollpic.jpg@WEB1';

describe('a picture that is fetched from a terminal', () => {
  it('is the whole JPEG and nothing of what stands around it', () =>
    withScript(
      () => ({ body: Buffer.concat([Buffer.from('\r\n'), ANNA, Buffer.from('\r\n--boundary--')]) }),
      async (terminal, requests) => {
        assert.deepEqual(await downloadPicture(terminal, PATH), ANNA);
        assert.deepEqual(requests, [`GET ${PATH}`]);
      },
    ));

  for (const [words, body] of [
    ['nothing', ''],
    ['a page', '<html><body>Login</body></html>'],
    ['a GIF', 'GIF89a'],
    ['half a JPEG', ANNA.subarray(0, ANNA.length - 2)],
  ] as [string, string | Buffer][]) {
    it(`is none where the terminal answers with ${words}`, () =>
      withScript(
        () => ({ body }),
        async (terminal) => {
          const { code, reason, cause } = await failureOf(downloadPicture(terminal, PATH));
          assert.deepEqual([code, reason], ['BAD_REPLY', 'noPicture']);
          assert.deepEqual([cause.terminal, cause.operation], ['Lobby', 'download picture']);
        },
      ));
  }

  for (const status of [403, 500, 503]) {
    it(`is not called gone after ${status}`, () =>
      withScript(
        () => ({ status, body: '' }),
        async (terminal) => {
          const { advice, cause } = await failureOf(downloadPicture(terminal, PATH));
          assert.deepEqual([advice, cause.httpStatus], [undefined, status]);
        },
      ));
  }

  it('is not waited for once it is given up, and the reason is the caller’s own', () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    return withScript(
      () => {
        stop.abort(reason);
        return 'silent';
      },
      async (terminal) => {
        const outcome: unknown = await downloadPicture(terminal, PATH, stop.signal).catch((error: unknown) => error);
        assert.equal(outcome, reason);
        assert.ok(!(outcome instanceof HikvisionError));
      },
    );
  });
});
