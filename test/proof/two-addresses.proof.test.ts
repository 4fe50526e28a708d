import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { physicalTerminal } from '../../core/isapi/terminal/physical-terminal.js';
import { overCuttableLine } from '../harness/proof/cuttable-line.js';
import { withLab } from '../harness/proof/lab.js';

/** As of two config nodes of which one says http and the other https, or (only with the picture) a name and an address. */
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

  it('because http and https on the standard ports are one terminal to us', () => {
    assert.equal(physicalTerminal('Lobby.test', 80), physicalTerminal('lobby.test', 443));
    assert.notEqual(physicalTerminal('lobby.test', 8001), physicalTerminal('lobby.test', 8002));
  });
});
