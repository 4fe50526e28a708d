import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faceNameOf, facePicture } from '../../../../simulator/simulated-terminal.js';

describe('the picture of a simulated face', () => {
  it('carries the name and is exact from SOI to EOI', () => {
    for (const name of ['Anna', 'visitor-1', 'Анна Ёлкина', 'x'.repeat(1000)]) {
      const jpeg = facePicture(name);
      assert.equal(faceNameOf(jpeg), name);
      assert.equal(jpeg.toString('hex', 0, 2), 'ffd8');
      assert.equal(jpeg.toString('hex', jpeg.length - 2), 'ffd9');
      assert.equal(jpeg.indexOf(Buffer.from([0xff, 0xd9])), jpeg.length - 2);
      assert.ok(jpeg.length < 10_000);
    }
  });

  it('is a baseline JPEG of 480 by 560 pixels with 4:2:0 sampling', () => {
    const jpeg = facePicture('Anna');
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    assert.deepEqual([jpeg.readUInt16BE(frame + 7), jpeg.readUInt16BE(frame + 5)], [480, 560]);
    assert.deepEqual([jpeg[frame + 11], jpeg[frame + 14], jpeg[frame + 17]], [0x22, 0x11, 0x11]);
  });

  it('is the same for the same name and another for another', () => {
    assert.deepEqual(facePicture('Anna'), facePicture('Anna'));
    const scanOf = (name: string): string => {
      const jpeg = facePicture(name);
      return jpeg.toString('hex', jpeg.indexOf(Buffer.from([0xff, 0xda])));
    };
    assert.notEqual(scanOf('Anna'), scanOf('Boris'));
  });

  it('has a name of 1 to 1000 bytes', () => {
    assert.throws(() => facePicture(''), /1 to 1000 bytes/);
    assert.throws(() => facePicture('Я'.repeat(501)), /1 to 1000 bytes/);
  });

  it('is recognised only where it is complete', () => {
    const jpeg = facePicture('Anna');
    assert.equal(faceNameOf(jpeg.subarray(0, -1)), undefined);
    assert.equal(faceNameOf(Buffer.concat([jpeg, Buffer.from('\r\n')])), undefined);
    assert.equal(faceNameOf(Buffer.from([0xff, 0xd8, 0xff, 0xd9])), undefined);
    assert.equal(faceNameOf(Buffer.alloc(0)), undefined);
    for (let length = 2; length < 40; length++) {
      assert.equal(faceNameOf(Buffer.concat([jpeg.subarray(0, length), Buffer.from([0xff, 0xd9])])), undefined);
    }
  });

  it('of another origin is named by its fingerprint', () => {
    const jpeg = facePicture('Anna');
    const foreign = Buffer.from(jpeg.toString('latin1').replace('simulated face', 'other software'), 'latin1');
    assert.match(faceNameOf(foreign) ?? '', /^photo-[0-9a-f]{12}$/);
  });
});
