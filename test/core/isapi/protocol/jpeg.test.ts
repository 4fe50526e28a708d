import assert from 'node:assert/strict';

import { extractJpeg, isJpeg } from '../../../../core/isapi/protocol/jpeg.js';

describe('jpeg', () => {
  const bytes = (...parts: (number[] | string)[]): Buffer =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const segment = (marker: number, content: number[]): number[] => [0xff, marker, 0, content.length + 2, ...content];
  const SOI = [0xff, 0xd8];
  const EOI = [0xff, 0xd9];
  const scan = [...segment(0xda, [1, 2, 3]), 0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56];
  const jpeg = bytes(SOI, segment(0xe0, [1, 2]), scan, EOI);

  it('is taken from its SOI to its EOI exactly, whatever stands around it', () => {
    assert.deepEqual(extractJpeg(bytes('--boundary\r\n\r\n', [...jpeg], '\r\n--boundary--\r\n')), jpeg);
    assert.ok(isJpeg(jpeg));
    assert.ok(!isJpeg(bytes([...jpeg], '\r\n')));
  });

  it('does not end at the EOI of the thumbnail inside it', () => {
    const outer = bytes(SOI, segment(0xe1, [...jpeg]), scan, EOI);
    assert.deepEqual(extractJpeg(outer), outer);
  });

  it('may have several scans and fill bytes', () => {
    const progressive = bytes(SOI, scan, segment(0xc4, [9]), scan, [0xff, 0xff, 0xff], EOI.slice(1));
    assert.deepEqual(extractJpeg(progressive), progressive);
  });

  it('is not found where it is cut, at whatever byte', () => {
    for (let length = 0; length < jpeg.length; length += 1) {
      assert.equal(extractJpeg(jpeg.subarray(0, length)), undefined);
    }
  });

  it('is found behind bytes that only begin like one', () => {
    assert.deepEqual(extractJpeg(bytes([0xff, 0xd8, 0xff, 0x00], [...jpeg])), jpeg);
  });

  it('is not searched for behind a hundred false beginnings, which would take for ever in a long body', () => {
    const falseBeginnings = (count: number): Buffer => Buffer.alloc(4 * count, Buffer.from([0xff, 0xd8, 0xff, 0x00]));
    assert.deepEqual(extractJpeg(Buffer.concat([falseBeginnings(99), jpeg])), jpeg);
    assert.equal(extractJpeg(Buffer.concat([falseBeginnings(100), jpeg])), undefined);
  });
});
