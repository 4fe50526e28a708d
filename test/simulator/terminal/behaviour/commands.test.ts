import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseCommand } from '../../../../simulator/simulated-terminal.js';
import { capture, element, send, URL_MODE, withTerminal } from '../../../harness/terminal/raw-client.js';

const SETTINGS = { model: 'DS-K1T343EFWX', timeScale: 0.001 } as const;

describe('a command to a simulated terminal', () => {
  it('presents a face, or clears the place in front', () => {
    assert.deepEqual(parseCommand({ present: 'Anna' }), { command: 'present', face: 'Anna' });
    assert.deepEqual(parseCommand({ present: null }), { command: 'leave' });
    assert.deepEqual(parseCommand({ present: '' }), { command: 'leave' });
  });

  it('arms a fault', () => {
    assert.deepEqual(parseCommand({ fault: 'busy' }), { command: 'fault', fault: { kind: 'busy' } });
  });

  it('lets somebody come to the door, and something happen there', () => {
    assert.deepEqual(parseCommand({ walkUp: 'Anna' }), { command: 'walkUp', visitor: { face: 'Anna' } });
    for (const visitor of [{ face: 'Anna' }, { card: '77' }, { employeeNo: '0042' }]) {
      assert.deepEqual(parseCommand({ walkUp: visitor }), { command: 'walkUp', visitor });
    }
    assert.deepEqual(parseCommand({ door: 'forced' }), { command: 'door', happening: 'forced' });
    for (const walkUp of [null, '', 5, {}, { face: '' }, { face: 5 }, { name: 'Anna' }, { face: 'Anna', card: '77' }]) {
      assert.throws(() => parseCommand({ walkUp }), /^Error: walkUp is the name of a face/);
    }
    for (const door of [null, '', 'toString', 1]) {
      assert.throws(() => parseCommand({ door }), /door is one of opened, /);
    }
  });

  it('counts the log from 1 again, only by true', () => {
    assert.deepEqual(parseCommand({ restoreDefaults: true }), { command: 'restoreDefaults' });
    assert.throws(() => parseCommand({ restoreDefaults: 'yes' }), /"yes"/);
  });

  it('is done at the door and on the log', () =>
    withTerminal(SETTINGS, (terminal) => {
      terminal.runCommand({ command: 'walkUp', visitor: { face: 'Anna' } });
      terminal.runCommand({ command: 'door', happening: 'doorbell' });
      terminal.runCommand({ command: 'restoreDefaults' });
      assert.deepEqual(
        terminal.events.trueLog.map(({ serial, major, minor }) => [serial, major, minor]),
        [
          [1, 5, 76],
          [2, 5, 37],
          [1, 3, 1034],
        ],
      );
      return Promise.resolve();
    }));

  it('resets only by true, and before anything else', () => {
    assert.deepEqual(parseCommand({ reset: true, present: 'Anna' }), { command: 'reset' });
    assert.throws(() => parseCommand({ reset: 'yes' }), /"yes"/);
  });

  for (const value of [5, null, undefined, 'reset', [], ['present'], {}, { present: 5 }]) {
    it(`is not ${JSON.stringify(value)}`, () => assert.throws(() => parseCommand(value), Error));
  }

  it('arms its fault, and forgets it by reset', () =>
    withTerminal(SETTINGS, async (terminal) => {
      const path = '/ISAPI/System/time';
      terminal.runCommand({ command: 'fault', fault: { kind: 'status', status: 503, times: 5 } });
      assert.equal((await send(terminal, path)).status, 503);
      terminal.runCommand({ command: 'reset' });
      assert.equal((await send(terminal, path)).status, 200);
    }));

  it('changes who stands in front', () =>
    withTerminal(SETTINGS, async (terminal) => {
      const progress = async (): Promise<string | undefined> =>
        element((await capture(terminal, URL_MODE)).text, 'captureProgress');
      terminal.runCommand({ command: 'present', face: 'Anna' });
      assert.equal(await progress(), '100');
      terminal.runCommand({ command: 'present', face: 'Anna' });
      terminal.runCommand({ command: 'leave' });
      assert.equal(await progress(), '0');
      assert.throws(() => terminal.runCommand({ command: 'present', face: 'x'.repeat(1001) }), /1 to 1000 bytes/);
    }));
});
