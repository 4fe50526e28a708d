import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { overCuttableLine } from './cuttable-line.js';
import { withLab } from './lab.js';

/** As of two config nodes of which one says http and the other https, or one a name and the other an address. */
describe('two connections that name the same terminal differently never bind a wrong face', () => {
  it('with the picture fetched and compared', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      const anna = await lab.captureOf('Anna', { download: true });
      await overCuttableLine(lab, async (other) => {
        await lab.captureOf('Boris', {}, other);
        await assert.rejects(lab.bind('1', anna), { code: 'FACE_SUPERSEDED' });
      });
      assert.deepEqual(lab.bound, []);
    }));

  it('without', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      const anna = await lab.captureOf('Anna');
      await overCuttableLine(lab, async (other) => {
        await lab.captureOf('Boris', {}, other);
        await lab.bind('1', anna).catch(() => undefined);
      });
      assert.deepEqual(
        lab.bound.filter((each) => each !== '1=Anna'),
        [],
      );
    }));
});
