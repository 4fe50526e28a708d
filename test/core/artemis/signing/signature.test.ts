import assert from 'node:assert/strict';

import { readFields } from '../../../../core/artemis/signing/fields.js';
import {
  linesToSign,
  namesToSign,
  signatureOf,
  type SignableRequest,
} from '../../../../core/artemis/signing/signature.js';
import { hmacBase64 } from '../../../harness/gateway/wire-signature.js';

function request(more: Partial<SignableRequest> = {}): SignableRequest {
  return { method: 'POST', path: '/artemis/api/x', fields: new Map(), headers: {}, signedHeaders: [], ...more };
}

function text(more: Partial<SignableRequest>): string {
  return linesToSign(request(more))
    .map((line) => line.text)
    .join('\n');
}

describe('signature', () => {
  it('gives the published example of the vendor, query and form merged', () => {
    const lines = linesToSign({
      method: 'POST',
      path: '/artemis/api/example',
      fields: readFields({ qb: 'B', qa: 'a', 'x-body': 'x', 'a-body': 'a' }),
      headers: {
        Accept: '*/*',
        'Content-Type': 'text/plain;charset=UTF-8',
        'Header-B': 'b',
        'Header-A': 'A',
        'X-Ca-Timestamp': '1479968678000',
        'X-Ca-Key': '29666671',
      },
      signedHeaders: ['X-Ca-Timestamp', 'Header-B', 'Header-A', 'X-Ca-Key'],
    });
    assert.equal(signatureOf(lines, 'empsl21ds3'), 'JRpUpk1ETjzr5gsbo4qoEA9EiQPejvNz12B837xV5HI=');
  });

  it('gives the example that was confirmed against HikCentral 3.1', () => {
    const lines = linesToSign({
      method: 'POST',
      path: '/artemis/api/vehicle/v1/parkingfee/calculate',
      fields: new Map(),
      headers: {
        'Content-Type': 'application/json',
        Accept: '*/*',
        'X-Ca-Key': 'test-ak',
        'X-Ca-Timestamp': '1479968678000',
      },
      signedHeaders: ['x-ca-key', 'x-ca-timestamp'],
    });
    assert.equal(signatureOf(lines, 'test-secret'), 'rkpWqx7qKJj95FSwyQhUDgIGT30BCs6AjwFxQwYizmk=');
  });

  it('has no line at all for an absent header', () => {
    assert.equal(text({}), 'POST\n/artemis/api/x');
    assert.equal(text({ headers: { 'Content-Type': 'application/json' } }), 'POST\napplication/json\n/artemis/api/x');
  });

  it('puts Accept, Content-MD5, Content-Type and Date in this order, whatever the order and case of the headers', () => {
    const headers = { date: 'D', 'CONTENT-type': 'T', 'content-md5': 'M', accept: 'A' };
    assert.equal(text({ method: 'put', headers }), 'PUT\nA\nM\nT\nD\n/artemis/api/x');
  });

  it('signs listed headers lower-case, ascending, each once, trimmed, and never those that are excluded', () => {
    const headers = { 'X-Ca-B': ' two ', 'x-ca-a': 'one', Host: 'h', Accept: '*/*', 'Content-Length': '3' };
    const wanted = ['X-Ca-B', 'x-ca-a', 'X-CA-A', 'host', 'accept', 'content-length', 'x-ca-absent', 'x-ca-signature'];
    assert.deepEqual(namesToSign(headers, wanted), ['x-ca-a', 'x-ca-b']);
    assert.equal(text({ headers, signedHeaders: wanted }), 'POST\n*/*\nx-ca-a:one\nx-ca-b:two\n/artemis/api/x');
  });

  it('sorts fields by name and leaves their values raw', () => {
    const fields = readFields({ b: 'Иван Петров', a: 'x y&z=ü', Z: 1, ю: true });
    assert.equal(text({ fields }), 'POST\n/artemis/api/x?Z=1&a=x y&z=ü&b=Иван Петров&ю=true');
  });

  it('writes a value without content as the bare name, and as `name=` where that was asked for', () => {
    assert.equal(text({ fields: readFields({ k: '', n: null }) }), 'POST\n/artemis/api/x?k&n');
    assert.equal(text({ fields: readFields('k=&n') }), 'POST\n/artemis/api/x?k=&n');
  });

  it('takes the secret as plain text, long, Cyrillic or like base64', () => {
    for (const secret of ['c2VjcmV0', 'Секрет', 's'.repeat(100)]) {
      const lines = linesToSign(request({ path: '/артемис' }));
      assert.equal(signatureOf(lines, secret), hmacBase64(secret, 'POST\n/артемис'));
    }
  });
});
