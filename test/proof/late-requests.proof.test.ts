import assert from 'node:assert/strict';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../nodes/http/failure.js';
import type { Terminal } from '../../nodes/isapi/terminal.js';
import { withLab, type Lab } from './lab.js';

/**
 * Requests that the terminal carries out later than their sender waits for them. Device seconds pass a hundred
 * times faster; a request that is late by LATE is carried out after 160 ms, well below twice the TIMEOUT.
 */
const TIMEOUT_MS = 120;
const LATE = { kind: 'slow', seconds: 16 } as const;

/** Every late request has been carried out. */
async function allIsOver(): Promise<void> {
  await delay(300);
}

async function firstCaptured(lab: Lab): Promise<Awaited<ReturnType<Lab['captureOf']>>> {
  await lab.create('1');
  await lab.create('2');
  return lab.captureOf('Anna');
}

function isUnknown(error: unknown): boolean {
  return error instanceof HikvisionError && error.delivery === 'unknown';
}

describe('a request that the terminal carries out late never binds a wrong face', () => {
  it('a bind that timed out', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ ...LATE, at: 'face' });
      await assert.rejects(lab.bind('1', anna), isUnknown);
      await lab.captureOf('Boris');
      await allIsOver();
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a bind that timed out and whose repeat succeeded', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS, retries: 1 }, simulator: { timeScale: 0.1 } }, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ kind: 'slow', seconds: 8, at: 'face' });
      await lab.bind('1', anna);
      await lab.captureOf('Boris');
      await delay(800);
      assert.deepEqual(lab.bound, ['1=Anna', '1=Anna']);
    }));

  it('a bind that timed out and whose repeat was refused', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS, retries: 1 }, simulator: { timeScale: 0.1 } }, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ kind: 'slow', seconds: 8, at: 'face' });
      lab.simulator.fault({ kind: 'status', status: 400, code: { statusCode: 4, subStatusCode: 'lowPrivilege' }, at: 'face' });
      await assert.rejects(lab.bind('1', anna), { code: 'lowPrivilege' });
      await lab.captureOf('Boris');
      await delay(800);
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a bind that began while the next capture, whose turn it was, waited out its interval', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ ...LATE, at: 'face' });
      lab.simulator.present('Boris');
      const boris = lab.capture({ intervalMs: 50 });
      await assert.rejects(lab.bind('1', anna), isUnknown);
      await boris;
      await allIsOver();
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a bind that its own caller gave up', () =>
    withLab({}, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ ...LATE, at: 'face' });
      const giveUp = new AbortController();
      const struck = lab.next('fault');
      const bind = lab.bind('1', anna, { signal: giveUp.signal });
      await struck;
      giveUp.abort();
      await assert.rejects(bind);
      await lab.captureOf('Boris');
      await allIsOver();
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a bind that a redeploy cut off', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
      const anna = await firstCaptured(lab);
      lab.simulator.fault({ ...LATE, at: 'face' });
      const struck = lab.next('fault');
      const bind = lab.bind('1', anna);
      await struck;
      const cancelled = assert.rejects(bind, { code: 'CANCELLED' });
      await lab.terminal.close();
      await cancelled;
      await lab.captureOf('Boris', {}, lab.connect());
      await allIsOver();
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a bind that is late while an older connection to the same terminal says farewell', () =>
    withLab({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
      const second = lab.connect();
      await lab.create('1');
      await lab.captureOf('Zero', { dataType: 'auto' });
      lab.simulator.fault({ kind: 'lost', at: 'capture', times: 2 });
      lab.simulator.present('Yan');
      lab.simulator.present('Zoe');
      await assert.rejects(lab.capture({ dataType: 'auto' }));
      const anna = await lab.captureOf('Anna', {}, second);
      lab.simulator.fault({ ...LATE, at: 'face' });
      await assert.rejects(lab.bind('1', anna, {}, second), isUnknown);
      await lab.terminal.close();
      await lab.captureOf('Boris', {}, second);
      await allIsOver();
      assert.deepEqual(lab.bound, ['1=Anna']);
    }));

  it('a capture that a redeploy cut off before the terminal had begun with it', () =>
    withLab({}, async (lab) => {
      lab.simulator.present('Zero');
      await lab.capture({ dataType: 'auto' });
      await lab.create('1');
      lab.simulator.fault({ ...LATE, at: 'capture' });
      const struck = lab.next('fault');
      const cut = assert.rejects(lab.capture({ dataType: 'auto' }), { code: 'CANCELLED' });
      await struck;
      await lab.terminal.close();
      await cut;
      const after = lab.connect();
      const anna = await lab.captureOf('Anna', {}, after);
      lab.simulator.present('Boris');
      await allIsOver();
      await lab.bind('1', anna, {}, after).catch(() => undefined);
      assert.deepEqual(lab.bound.filter((each) => each !== '1=Anna'), []);
    }));

  it('a capture in binary mode that a redeploy cut off before the terminal had begun with it', () =>
    withLab({ simulator: { behaviour: { knowsCancel: false } } }, async (lab) => {
      lab.simulator.present('Zero');
      await lab.capture({ dataType: 'auto' });
      await lab.create('1');
      lab.simulator.fault({ ...LATE, at: 'capture' });
      const struck = lab.next('fault');
      const cut = assert.rejects(lab.capture({ dataType: 'binary' }), { code: 'CANCELLED' });
      await struck;
      await lab.terminal.close();
      await cut;
      const after = lab.connect();
      const anna = await lab.captureOf('Anna', {}, after);
      lab.simulator.present('Boris');
      await allIsOver();
      await lab.bind('1', anna, {}, after).catch(() => undefined);
      assert.deepEqual(lab.bound.filter((each) => each !== '1=Anna'), []);
    }));

  it('a capture whose connection was cut and whose repeat came first', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      await overCuttableLine(lab, async (terminal, cut) => {
        await lab.captureOf('Zero', {}, terminal);
        lab.simulator.fault({ ...LATE, at: 'capture' });
        const struck = lab.next('fault');
        const capture = lab.capture({}, terminal);
        await struck;
        cut();
        lab.simulator.present('Anna');
        const outcome = await capture;
        assert.ok(outcome.captured);
        lab.simulator.present('Boris');
        await allIsOver();
        await lab.bind('1', outcome.capture, {}, terminal).catch(() => undefined);
        assert.deepEqual(
          lab.bound.filter((each) => each !== '1=Anna'),
          [],
        );
      });
    }));

  it('a bind whose connection was cut and whose repeat came first', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      await overCuttableLine(lab, async (terminal, cut) => {
        const anna = await lab.captureOf('Anna', {}, terminal);
        lab.simulator.fault({ ...LATE, at: 'face' });
        const struck = lab.next('fault');
        const bind = lab.bind('1', anna, {}, terminal);
        await struck;
        cut();
        await bind;
        await lab.captureOf('Boris', {}, terminal);
        await allIsOver();
        assert.deepEqual(
          lab.bound.filter((each) => each !== '1=Anna'),
          [],
        );
      });
    }));
});

/**
 * Lends a connection over a TCP line that can be cut: the terminal goes on with what it has received. The terminal
 * reports URLs of its own port, as one behind a router does.
 */
async function overCuttableLine(
  lab: Lab,
  work: (terminal: Terminal, cut: () => void) => Promise<void>,
): Promise<void> {
  const { host, port } = lab.terminal.settings;
  const near = new Set<net.Socket>();
  const far = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const onward = net.connect({ host, port });
    near.add(socket);
    far.add(onward);
    socket.on('error', () => undefined).on('data', (data) => onward.write(data));
    onward.on('error', () => undefined).on('data', (data) => !socket.destroyed && socket.write(data));
    onward.once('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const terminal = lab.connect({ port: (server.address() as net.AddressInfo).port, retries: 2 });
  try {
    await work(terminal, () => {
      for (const socket of near) socket.resetAndDestroy();
    });
  } finally {
    await terminal.close();
    for (const socket of [...near, ...far]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
