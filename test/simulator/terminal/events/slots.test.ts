import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { element, send, sign, withTerminal } from '../../../harness/terminal/raw-client.js';
import { STREAM, StreamListener } from '../../../harness/terminal/stream-listener.js';

const MODEL = { model: 'DS-K1T343EFWX' } as const;

async function freed(terminal: SimulatedTerminal): Promise<void> {
  while (terminal.events.streams.counts.taken > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('the places for those who listen to a simulated terminal', () => {
  it('are refused with 404', () =>
    withTerminal({ ...MODEL, eventTroubles: { streams: 0 } }, async (terminal) => {
      assert.equal((await send(terminal, STREAM)).status, 404);
    }));

  it('are refused with deployExceedMax, as on DS-K1T342EFWX', () =>
    withTerminal({ ...MODEL, eventModel: 'DS-K1T342EFWX' }, async (terminal) => {
      const first = await StreamListener.open(terminal);
      const { status, text } = await send(terminal, STREAM);
      assert.deepEqual([status, element(text, 'subStatusCode')], [403, 'deployExceedMax']);
      await first.close();
      await freed(terminal);
      await StreamListener.open(terminal);
    }));

  it('are refused before headers: nothing comes', () =>
    withTerminal({ ...MODEL, eventTroubles: { streams: 0, refusal: 'hang' } }, async (terminal) => {
      const patience = AbortSignal.timeout(100);
      await assert.rejects(send(terminal, STREAM, { signal: patience }), { name: 'AbortError' });
      assert.equal(terminal.counters.records.at(-1)?.status, 0);
    }));

  it('stay taken for a while when a client has gone, as on DS-K1T341BM', () =>
    withTerminal({ ...MODEL, timeScale: 0.001, eventModel: 'DS-K1T341BM' }, async (terminal) => {
      const first = await StreamListener.open(terminal);
      await first.close();
      while (terminal.events.streams.counts.open > 0) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(terminal.events.streams.counts, { open: 0, taken: 1 });
      await freed(terminal);
      await StreamListener.open(terminal);
    }));

  it('stay taken longer if somebody tries, as on DS-K1T341BM', () =>
    withTerminal({ ...MODEL, timeScale: 0.005, eventModel: 'DS-K1T341BM' }, async (terminal) => {
      const first = await StreamListener.open(terminal);
      await first.close();
      const begin = performance.now();
      // Held for 300 ms; tried for longer than that.
      while (performance.now() < begin + 600) assert.equal((await send(terminal, STREAM)).status, 404);
      await freed(terminal);
      await StreamListener.open(terminal);
    }));

  it('are free after a reboot', () =>
    withTerminal({ ...MODEL, timeScale: 0.001, eventTroubles: { streams: 1, slotHold: 1e6 } }, async (terminal) => {
      await (await StreamListener.open(terminal)).close();
      await terminal.reboot();
      await StreamListener.open(terminal);
    }));

  it('go to each refused subscribeEvent, as on DS-K1T342MFWX', () =>
    withTerminal({ ...MODEL, eventModel: 'DS-K1T342MFWX' }, async (terminal) => {
      const path = '/ISAPI/Event/notification/subscribeEvent';
      for (let each = 0; each < 2; each += 1) {
        const { status, text } = await send(terminal, path, { method: 'POST', body: '<SubscribeEvent/>' });
        assert.deepEqual([status, element(text, 'subStatusCode')], [400, 'badXmlContent']);
      }
      assert.equal((await send(terminal, STREAM)).status, 404);
    }));
});

describe('a simulated stream in trouble', () => {
  it('can tell of what is old only, as DS-K1T342EFWX does', () =>
    withTerminal({ ...MODEL, timeScale: 0.001, eventModel: 'DS-K1T342EFWX' }, async (terminal) => {
      for (let each = 0; each < 3; each += 1) terminal.events.record({ major: 5, minor: 75 });
      const listener = await StreamListener.open(terminal);
      terminal.events.record({ major: 5, minor: 75 });
      await listener.until(({ events }) => events.length === 3);
      await listener.until(({ parts }) => parts.length > 5);
      assert.deepEqual(
        listener.events.map(({ serialNo, currentEvent }) => [serialNo, currentEvent]),
        [1, 2, 3].map((serial) => [serial, false]),
      );
    }));

  it('sends its whole log each time and no picture, as DS-K1T342MWX does', () =>
    withTerminal({ ...MODEL, eventModel: 'DS-K1T342MWX' }, async (terminal) => {
      const face = { major: 5, minor: 75, employeeNo: '1', face: 'A' };
      for (let each = 0; each < 3; each += 1) terminal.events.record(face);
      for (let each = 0; each < 2; each += 1) {
        const listener = await StreamListener.open(terminal);
        await listener.until(({ events }) => events.length === 3);
        assert.equal(listener.parts.length, 3);
        await listener.close();
      }
      const info = await send(terminal, '/ISAPI/System/deviceInfo');
      assert.deepEqual(
        [element(info.text, 'model'), element(info.text, 'firmwareVersion')],
        ['DS-K1T342MWX', 'V3.16.1'],
      );
    }));

  it('has a short serial number in the envelope, as on DS-K1T673DX', () =>
    withTerminal({ model: 'DS-K1T673DX' }, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      terminal.events.record({ major: 5, minor: 21 });
      await listener.until(({ events }) => events.length === 1);
      assert.match(listener.parts[0]?.text ?? '', /^\{[^{]*"shortSerialNumber":"SIMULATED"/);
    }));

  it('takes a nonce once only, as DS-K2702WX-E1 does', () =>
    withTerminal(
      { ...MODEL, eventModel: 'DS-K2702WX-E1', username: 'admin', password: 'secret-1' },
      async (terminal) => {
        const path = '/ISAPI/System/time';
        const [challenge = ''] = (await send(terminal, path)).challenges;
        const again = async (nc: string): Promise<number> =>
          (await send(terminal, path, { headers: { Authorization: sign(challenge, { path, nc }) } })).status;
        assert.deepEqual([await again('00000001'), await again('00000002')], [200, 401]);
      },
    ));

  it('can fall silent and stay open', () =>
    withTerminal({ ...MODEL, timeScale: 0.001 }, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      await listener.until(({ parts }) => parts.length > 0);
      terminal.events.cutStreams('silently');
      await send(terminal, '/ISAPI/System/time');
      const { length } = listener.bytes;
      terminal.events.record({ major: 5, minor: 21 });
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.deepEqual([listener.over, listener.bytes.length], [false, length]);
      assert.equal(terminal.events.streams.counts.open, 1);
    }));

  it('can be cut in the middle of a picture', () =>
    withTerminal(MODEL, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      terminal.events.cutStreams('in a picture');
      terminal.events.record({ major: 5, minor: 21 });
      terminal.events.record({ major: 5, minor: 75, face: 'Anna' });
      await listener.until(({ over }) => over);
      const { bytes, parts } = listener;
      assert.equal(parts.length, 2);
      assert.equal(bytes.includes('Content-Type: image/jpeg'), true);
      assert.equal(bytes.includes(Buffer.from([0xff, 0xd9])), false);
    }));

  it('can be changed while the terminal runs', () =>
    withTerminal({ ...MODEL, eventTroubles: { live: false } }, async (terminal) => {
      const listener = await StreamListener.open(terminal);
      terminal.events.record({ major: 5, minor: 21 });
      terminal.events.change({ live: true });
      terminal.events.record({ major: 5, minor: 22 });
      await listener.until(({ events }) => events.length === 1);
      assert.equal(listener.events[0]?.serialNo, 2);
    }));
});
