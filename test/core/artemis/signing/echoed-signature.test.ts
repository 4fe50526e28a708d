import assert from 'node:assert/strict';

import { echoedLines, firstDifference } from '../../../../core/artemis/signing/echoed-signature.js';

const OURS = [
  { name: 'method', text: 'POST' },
  { name: 'Accept', text: '*/*' },
  { name: 'Content-Type', text: 'application/json' },
  { name: 'x-ca-key', text: 'x-ca-key:1' },
  { name: 'path', text: '/artemis/api/x?a=1' },
];

describe('echoed string to sign', () => {
  it('is found in both known wordings', () => {
    const text = 'POST\n*/*\r\n/artemis/api/x?q=a, b';
    const lines = ['POST', '*/*', '/artemis/api/x?q=a, b'];
    assert.deepEqual(echoedLines(`Invalid Signature! and StringToSign: ${text}`), lines);
    const long = `api AK/SK signature authentication failed,Invalid Signature! and StringToSign: ${text}, apiName : n, appKey : 1`;
    assert.deepEqual(echoedLines(long), lines);
    assert.equal(echoedLines('Invalid Signature!'), undefined);
  });

  it('differs first in the line that is named', () => {
    const cases: [string, string, object | undefined][] = [
      ['POST|*/*|application/json|x-ca-key:1|/artemis/api/x?a=1', 'the same', undefined],
      [
        'GET|*/*|application/json|x-ca-key:1|/artemis/api/x?a=1',
        'method',
        { line: 'method', server: 'GET', ours: 'POST' },
      ],
      [
        'POST|*/*|text/plain|x-ca-key:1|/x',
        'type',
        { line: 'Content-Type', server: 'text/plain', ours: 'application/json' },
      ],
      [
        'POST|*/*|application/json|/artemis/api/x?a=1',
        'no key',
        { line: 'x-ca-key', server: null, ours: 'x-ca-key:1' },
      ],
      [
        'POST|*/*|application/json|x-ca-key:1|x-ca-nonce:2|/artemis/api/x?a=1',
        'one more header',
        { line: 'x-ca-nonce', server: 'x-ca-nonce:2', ours: null },
      ],
      [
        'POST|*/*|1B2M2Y8AsgTpgAmY7PhCfg==|application/json|x-ca-key:1|/artemis/api/x?a=1',
        'Content-MD5',
        { line: 'Content-MD5', server: '1B2M2Y8AsgTpgAmY7PhCfg==', ours: null },
      ],
      [
        'POST|*/*|application/json|x-ca-key:1|/api/x?a=1',
        'path',
        { line: 'path', server: '/api/x?a=1', ours: '/artemis/api/x?a=1' },
      ],
      ['POST|*/*|application/json|x-ca-key:1', 'cut', { line: 'path', server: null, ours: '/artemis/api/x?a=1' }],
    ];
    for (const [server, what, expected] of cases) {
      assert.deepEqual(firstDifference(OURS, server.split('|')), expected, what);
    }
  });
});
