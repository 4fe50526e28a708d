import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { isDuplicatePerson, isNotSupported, readReply } from '../../../../core/isapi/protocol/reply.js';
import { httpReply } from '../../../harness/terminal/strict-login.js';
import { inEnglish } from '../../../harness/in-english.js';

describe('reply', () => {
  function refused(status: number, body: string, repeatable = true): HikvisionError {
    try {
      readReply(httpReply(status, {}, body), repeatable);
    } catch (error) {
      assert.ok(error instanceof HikvisionError);
      return error;
    }
    return assert.fail('taken for a success');
  }

  const xml = (root: string, inner: string, namespace = 'http://www.isapi.org/ver20/XMLSchema'): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<${root} version="2.0" xmlns="${namespace}">${inner}</${root}>`;

  describe('success', () => {
    for (const [what, status, body] of [
      ['statusCode 1', 200, '{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}'],
      ['statusCode 1 with riskPassword', 200, '{"statusCode":1,"subStatusCode":"riskPassword"}'],
      [
        'XML of the other namespace',
        200,
        xml('ResponseStatus', '<statusCode>1</statusCode>', 'http://www.hikvision.com/ver20/XMLSchema'),
      ],
      [
        'another order of elements',
        200,
        xml('ResponseStatus', '<subStatusCode>ok</subStatusCode><statusCode>1</statusCode><requestURL>/</requestURL>'),
      ],
      ['the root RequestStatus, capital letters', 200, xml('RequestStatus', '<StatusCode>1</StatusCode>')],
      ['JSON below ResponseStatus', 200, '{"ResponseStatus":{"statusCode":1}}'],
      ['an empty body', 200, ''],
      ['a body that is no document', 200, 'OK'],
      ['a page for people', 200, '<html><body>Done<br></body></html>'],
      ['a document without a status', 200, '{"UserInfoSearch":{"responseStatusStrg":"NO MATCH"}}'],
      ['allSuccess', 200, '{"statusCode":8,"subStatusCode":"allSuccess"}'],
      ['statusCode 0', 200, '{"statusCode":0,"statusString":"OK"}'],
      ['statusCode 0 as XML, with 201', 201, xml('ResponseStatus', '<statusCode>0</statusCode>')],
      ['statusCode 7', 200, '{"statusCode":7,"subStatusCode":"rebootRequired"}'],
    ] as const) {
      it(`is ${what}`, () => {
        assert.equal(readReply(httpReply(status, {}, body)).rebootRequired, what === 'statusCode 7');
      });
    }
  });

  describe('refusal', () => {
    it('a 200 can carry an error, and the number decides, not the wording', () => {
      const { code, cause } = refused(200, '{"statusCode":4,"statusString":"OK","subStatusCode":"notSupport"}');
      assert.deepEqual([code, cause.statusCode, cause.httpStatus], ['notSupport', 4, 200]);
    });

    for (const [status, body] of [
      [404, '{"statusCode":4,"subStatusCode":"notSupport","errorCode":1073741825}'],
      [404, xml('ResponseStatus', '<statusCode>4</statusCode><subStatusCode>notSupport</subStatusCode>')],
      [403, '{"statusCode":4,"subStatusCode":"notSupport"}'],
      [200, '{"statusCode":4,"subStatusCode":"notSupport"}'],
      [404, ''],
      [405, xml('ResponseStatus', '<statusCode>4</statusCode><subStatusCode>methodNotAllowed</subStatusCode>')],
    ] as const) {
      it(`"not supported" as ${status} ${body.slice(0, 5)}`, () => assert.ok(isNotSupported(refused(status, body))));
    }

    for (const [status, body] of [
      [400, '{"statusCode":6,"subStatusCode":"employeeNoAlreadyExist","errorCode":1610637344,"errorMsg":"checkUser"}'],
      [200, '{"statusCode":6,"subStatusCode":"employeeNoAlreadyExist"}'],
      [400, '{"statusCode":4,"subStatusCode":"deviceUserAlreadyExist"}'],
      [400, '{"statusCode":6,"subStatusCode":"employeeNoAlreadyUserExist"}'],
    ] as const) {
      it(`a person who exists, as ${status} ${body.slice(0, 30)}`, () =>
        assert.ok(isDuplicatePerson(refused(status, body))));
    }

    it('statusCode 0 with an error of HTTP is none', () => {
      assert.equal(refused(400, '{"statusCode":0,"subStatusCode":"badParameters"}').code, 'badParameters');
    });

    for (const [words, body] of [
      ['description', '{"statusCode":4,"subStatusCode":"a","description":"the door is too warm"}'],
      ['subStatusString', '{"statusCode":4,"subStatusCode":"a","subStatusString":"the door is too warm"}'],
      [
        'description beside errorMsg',
        '{"statusCode":4,"subStatusCode":"a","errorMsg":"doorNo","description":"the door is too warm"}',
      ],
    ] as const) {
      it(`what stands in ${words} reaches the user`, () => {
        const failure = refused(400, body);
        assert.match(inEnglish(failure).message, /the door is too warm/);
        assert.equal(failure.cause.errorMsg, words.includes('errorMsg') ? 'doorNo' : undefined);
      });
    }

    it('errorCode is decimal or hexadecimal', () => {
      assert.equal(
        refused(400, '{"statusCode":6,"subStatusCode":"a","errorCode":1610637344}').cause.errorCode,
        1610637344,
      );
      const body = xml(
        'ResponseStatus',
        '<statusCode>6</statusCode><subStatusCode>a</subStatusCode><MErrCode>0x60001020</MErrCode>',
      );
      assert.equal(refused(400, body).cause.errorCode, 0x60001020);
    });

    it('the field that errorMsg names at the end of a long sentence is kept', () => {
      const errorMsg = `${'The message is not right, see the manual. '.repeat(12)}planTemplateNo`;
      const failure = refused(400, JSON.stringify({ statusCode: 6, subStatusCode: 'badParameters', errorMsg }));
      assert.ok(failure.cause.errorMsg?.endsWith('planTemplateNo'));
      assert.ok(inEnglish(failure).message.includes('planTemplateNo'));
    });

    it('an errorMsg cannot bring control characters into a log', () => {
      const failure = refused(
        400,
        JSON.stringify({ statusCode: 6, subStatusCode: 'a\nb', errorMsg: 'c\r\n\u001b[31md' }),
      );
      // eslint-disable-next-line no-control-regex -- control characters are what must not be there
      assert.ok(!/[\u0000-\u001f]/.test(inEnglish(failure).message + failure.code));
    });

    it('notAllSuccess and allFailed are no success', () => {
      assert.equal(refused(200, '{"statusCode":8,"subStatusCode":"notAllSuccess"}').code, 'notAllSuccess');
      assert.equal(refused(200, '{"statusCode":8,"subStatusCode":"allFailed"}').code, 'allFailed');
    });

    it('a redirect is an error that names what to do', () => {
      const { code, message } = refused(302, '');
      assert.equal(code, 'BAD_REPLY');
      assert.match(message, /redirect/);
    });

    it('a document that ends too early is no success, and may have taken effect', () => {
      for (const body of ['{"statusCode":6,"subSt', '<ResponseStatus><statusCode>4</sta']) {
        const { code, delivery, cause } = refused(200, body);
        assert.deepEqual([code, delivery, cause.retryable], ['BAD_REPLY', 'unknown', true]);
      }
      assert.equal(refused(200, `${' '.repeat(200)}{"statusCode":1`).code, 'BAD_REPLY');
    });

    it('a status of a number alone has a code of its own', () => {
      assert.equal(refused(400, '{"statusCode":5}').code, 'statusCode-5');
    });
  });

  describe('retries by class', () => {
    const retryable = (statusCode: number, subStatusCode: string): boolean =>
      refused(400, JSON.stringify({ statusCode, subStatusCode })).cause.retryable;

    for (const code of ['deviceBusy', 'serviceUnavailable', 'configOperating', 'noMemory', 'networkError']) {
      it(`${code} passes`, () => assert.ok(retryable(2, code)));
    }
    it('upgrading does not pass soon', () => assert.ok(!retryable(2, 'upgrading')));
    for (const [statusCode, code] of [
      [3, 'captureTimeout'],
      [3, 'lowScore'],
      [4, 'faceLibInitializing'],
      [6, 'faceDataModeling'],
      [6, 'FaceDataModeling'],
    ] as const) {
      it(`${code} passes`, () => assert.ok(retryable(statusCode, code)));
    }
    for (const [statusCode, code] of [
      [3, 'deviceError'],
      [4, 'lowPrivilege'],
      [5, 'badXmlFormat'],
      [6, 'SubpicAnalysisModelingError'],
    ] as const) {
      it(`${code} does not pass by itself`, () => assert.ok(!retryable(statusCode, code)));
    }

    for (const status of [500, 502, 503, 504, 408, 429]) {
      it(`HTTP ${status} without a status document is like Device Busy; what it did to a Record is unknown`, () => {
        const { code, cause, delivery } = refused(status, '<html>Bad Gateway</html>');
        assert.deepEqual([code, cause.retryable, delivery], ['BAD_REPLY', true, 'answered']);
        assert.equal(refused(status, '', false).delivery, 'unknown');
      });
    }

    it('a refusal with a status document was answered, whatever was asked', () => {
      assert.equal(refused(503, '{"statusCode":2,"subStatusCode":"deviceBusy"}', false).delivery, 'answered');
    });
  });
});
