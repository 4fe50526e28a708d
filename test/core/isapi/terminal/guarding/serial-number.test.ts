import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { askSerial, lastSerial, serialNow } from '../../../../../core/isapi/terminal/guarding/serial-number.js';
import { Terminal } from '../../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../../core/isapi/terminal/terminal-settings.js';
import { withClock } from '../../../../harness/clock.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { RawServer, reply } from '../../../../harness/http/raw-server.js';

const NEVER = new AbortController().signal;
const SILENT = '<DeviceInfo><model>DS-K1T343EFWX</model></DeviceInfo>';

function deviceInfo(serialNumber: string): string {
  return `<DeviceInfo><model>DS-K1T343EFWX</model><serialNumber>${serialNumber}</serialNumber></DeviceInfo>`;
}

describe('the serial number that a terminal tells', () => {
  let server: RawServer;
  let terminal: Terminal;

  /** Answers with these bodies one after another, the last one for ever. */
  async function start(...bodies: string[]): Promise<void> {
    server = await RawServer.start(({ socket, path }) => {
      const body = (bodies.length > 1 ? bodies.shift() : bodies[0]) ?? '';
      socket.write(path === '/ISAPI/System/deviceInfo' ? reply(body === 'busy' ? 503 : 200, body) : reply(404));
    });
    terminal = connect();
  }

  /** The server ends its connections, and the terminal has heard of it. */
  async function hungUp(): Promise<void> {
    const before = terminal.connectionChanges;
    server.requests.at(-1)?.socket.destroy();
    while (terminal.connectionChanges === before) await new Promise(setImmediate);
  }

  function connect(): Terminal {
    const given = { name: 'Lobby', protocol: 'http', host: '127.0.0.1', port: server.port, retries: 0 };
    return new Terminal(terminalSettings(given));
  }

  afterEach(async () => {
    await terminal.close();
    await server.stop();
  });

  it('is asked once where the last one will do', async () => {
    await start(deviceInfo('T1'), deviceInfo('T2'));
    assert.deepEqual([await lastSerial(terminal, NEVER), await lastSerial(terminal, NEVER)], ['T1', 'T1']);
    assert.equal(server.requests.length, 1);
  });

  it('is asked each time where it has to be that of the unit that hangs there now, and is the last one from then on', async () => {
    await start(deviceInfo('T1'), deviceInfo('T2'));
    assert.deepEqual([await askSerial(terminal, NEVER), await askSerial(terminal, NEVER)], ['T1', 'T2']);
    assert.equal(await lastSerial(terminal, NEVER), 'T2');
    assert.equal(server.requests.length, 2);
  });

  it('is still true for two seconds over the connection over which it was said, and asked for again after that', async () => {
    await start(deviceInfo('T1'), deviceInfo('T2'));
    await withClock(async (clock) => {
      const now = (): Promise<string> => clock.until(serialNow(terminal, NEVER));
      const told = [await clock.until(askSerial(terminal, NEVER)), await now()];
      clock.pass(1_999);
      assert.deepEqual([...told, await now(), server.requests.length], ['T1', 'T1', 'T1', 1]);
      clock.pass(1);
      assert.deepEqual([await now(), server.requests.length], ['T2', 2]);
    });
  });

  it('is asked for again where the connection was lost, also where another one has taken its place', async () => {
    await start(deviceInfo('T1'), deviceInfo('T2'), deviceInfo('T3'));
    await askSerial(terminal, NEVER);
    await hungUp();
    assert.equal(await serialNow(terminal, NEVER), 'T2');
    await hungUp();
    await failureOf(terminal.call({ operation: 'x', method: 'GET', path: '/other', policy: 'repeatable' }));
    assert.equal(await serialNow(terminal, NEVER), 'T3');
    assert.equal(await serialNow(terminal, NEVER), 'T3');
  });

  it('is asked for where none was told', async () => {
    await start(deviceInfo('T1'));
    assert.equal(await serialNow(terminal, NEVER), 'T1');
  });

  it('is asked again where none was told', async () => {
    await start(SILENT, SILENT, deviceInfo('T1'));
    const told = [await askSerial(terminal, NEVER), await lastSerial(terminal, NEVER)];
    assert.deepEqual([...told, await lastSerial(terminal, NEVER)], ['', '', 'T1']);
  });

  it('is asked again after the question failed', async () => {
    await start('busy', deviceInfo('T1'));
    assert.equal((await failureOf(lastSerial(terminal, NEVER))).cause.operation, 'read serial number');
    assert.equal(await lastSerial(terminal, NEVER), 'T1');
  });

  it('is known to the connection that asked, and to no other', async () => {
    await start(deviceInfo('T1'), deviceInfo('T2'));
    await lastSerial(terminal, NEVER);
    const other = connect();
    assert.equal(await lastSerial(other, NEVER), 'T2');
    await other.close();
  });

  for (const [what, body, serial] of [
    ['without the blanks around it', JSON.stringify({ DeviceInfo: { serialNumber: ' T1 ' } }), 'T1'],
    ['as none where there are only blanks', JSON.stringify({ DeviceInfo: { serialNumber: ' ' } }), ''],
    ['as none where the reply has no document', '', ''],
    ['as none where it is no plain value', deviceInfo('<a>T1</a>'), ''],
  ] as const) {
    it(`is taken ${what}`, async () => {
      await start(body);
      assert.equal(await askSerial(terminal, NEVER), serial);
    });
  }
});
