import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { Capture, CaptureOutcome } from '../../core/isapi/operations/capture/capture.js';
import { inNoTime } from '../harness/clock.js';
import { overCuttableLine } from '../harness/proof/cuttable-line.js';
import { withLab, type Lab, type LabSettings } from '../harness/proof/lab.js';

/** Milliseconds that the client waits for an answer; a second of the terminal lasts ten. */
const TIMEOUT_MS = 400;
/** Carried out before twice the time-out has passed since it was sent. */
const LATE = { kind: 'slow', seconds: 60 } as const;
/** The terminal's window as it would have been seen before: what was left behind is waited for as long as this asks. */
const WINDOW_MS = 600;
/** As late, and still late when a repeat after the longest first back-off (500 ms) has been answered. */
const PATIENT_TIMEOUT_MS = 800;
const LATER = { kind: 'slow', seconds: 150 } as const;
const REFUSED = { kind: 'status', status: 400, code: { statusCode: 4, subStatusCode: 'lowPrivilege' } } as const;

function isUnknown(error: unknown): boolean {
  return error instanceof HikvisionError && error.delivery === 'unknown';
}

/** Anna stands before the terminal, then Boris, until the terminal has captured as often as told. */
async function annaThenBoris(lab: Lab, captures: number, captureAnna: () => Promise<CaptureOutcome>): Promise<Capture> {
  lab.simulator.present('Anna', { stays: true });
  const outcome = await captureAnna();
  lab.simulator.leave();
  lab.simulator.present('Boris');
  await lab.until(() => lab.captured.length === captures);
  assert.ok(outcome.captured, JSON.stringify(outcome));
  return outcome.capture;
}

function assertNobodyElseBound(lab: Lab): void {
  assert.deepEqual(
    lab.bound.filter((each) => each !== '1=Anna'),
    [],
  );
}

/** In a lab whose time passes only while nothing is on its way: what is late is late on any machine. */
function late(settings: LabSettings, work: (lab: Lab) => Promise<void>): Promise<void> {
  return inNoTime(() => withLab(settings, work));
}

describe('a request that the terminal carries out late never binds a wrong face', function () {
  this.timeout(20_000);

  describe('a bind', () => {
    it('that timed out', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATE, at: 'face' });
        await assert.rejects(lab.bind('1', anna), isUnknown);
        await lab.captureOf('Boris');
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('that timed out and whose repeat succeeded', () =>
      late({ terminal: { timeoutMs: PATIENT_TIMEOUT_MS, retries: 1 } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATER, at: 'face' });
        await lab.bind('1', anna);
        await lab.captureOf('Boris');
        await lab.until(() => lab.bound.length === 2);
        assert.deepEqual(lab.bound, ['1=Anna', '1=Anna']);
      }));

    it('that timed out and whose repeat was refused', () =>
      late({ terminal: { timeoutMs: PATIENT_TIMEOUT_MS, retries: 1 } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATER, at: 'face' });
        lab.simulator.fault({ ...REFUSED, at: 'face' });
        await assert.rejects(lab.bind('1', anna), { code: 'lowPrivilege' });
        await lab.captureOf('Boris');
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('that began while the next capture, whose turn it was, waited out its interval', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATE, at: 'face' });
        lab.simulator.present('Boris');
        const boris = lab.capture({ intervalMs: 50 });
        await assert.rejects(lab.bind('1', anna), isUnknown);
        await boris;
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('that its own caller gave up', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATE, at: 'face' });
        const giveUp = new AbortController();
        const struck = lab.next('fault');
        const bind = lab.bind('1', anna, { signal: giveUp.signal });
        await struck;
        giveUp.abort();
        await assert.rejects(bind);
        await lab.captureOf('Boris');
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('that a redeploy cut off', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ ...LATE, at: 'face' });
        const struck = lab.next('fault');
        const cancelled = assert.rejects(lab.bind('1', anna), { code: 'CANCELLED' });
        await struck;
        await lab.terminal.close();
        await cancelled;
        await lab.captureOf('Boris', {}, lab.connect());
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('that timed out before another connection, which lost a capture once, cancels it on closing', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
        const second = lab.connect({ retries: 2 });
        await lab.create('1');
        lab.simulator.present('Anna', { stays: true });
        await lab.capture({ dataType: 'auto' });
        // On a socket that was used before, one lost reply is taken for a dead socket.
        lab.simulator.fault({ kind: 'lost', at: 'capture', times: 2 });
        await assert.rejects(lab.capture({ dataType: 'auto' }), isUnknown);
        const anna = await lab.capture({}, second);
        lab.simulator.leave();
        lab.simulator.fault({ ...LATE, at: 'face' });
        await assert.rejects(lab.bind('1', anna.capture, {}, lab.connect()), isUnknown);
        await lab.terminal.close();
        await lab.captureOf('Boris', {}, second);
        await lab.until(() => lab.bound.length === 1);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('whose connection was cut and whose repeat came first', () =>
      late({ terminal: { timeoutMs: TIMEOUT_MS } }, async (lab) => {
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
          await lab.until(() => lab.bound.length === 2);
          assert.deepEqual(lab.bound, ['1=Anna', '1=Anna']);
        });
      }));
  });

  describe('a capture', () => {
    for (const dataType of ['url', 'binary'] as const) {
      it(`in ${dataType} mode that a redeploy cut off before the terminal had begun with it`, () =>
        late({}, async (lab) => {
          await lab.create('1');
          lab.terminal.enrolment.windowSeen(WINDOW_MS);
          await lab.captureOf('Zero', { dataType: 'auto' });
          lab.simulator.fault({ ...LATER, at: 'capture' });
          const struck = lab.next('fault');
          const cut = assert.rejects(lab.capture({ dataType }), { code: 'CANCELLED' });
          await struck;
          await lab.terminal.close();
          await cut;
          const after = lab.connect();
          const anna = await annaThenBoris(lab, 3, () => lab.capture({}, after));
          await lab.bind('1', anna, {}, after).catch(() => undefined);
          assertNobodyElseBound(lab);
        }));
    }

    it('whose connection was cut and whose repeat came first', () =>
      late({}, async (lab) => {
        await lab.create('1');
        await overCuttableLine(lab, async (terminal, cut) => {
          terminal.enrolment.windowSeen(WINDOW_MS);
          await lab.captureOf('Zero', {}, terminal);
          lab.simulator.fault({ ...LATE, at: 'capture' });
          const struck = lab.next('fault');
          const capture = lab.capture({}, terminal);
          await struck;
          cut();
          const anna = await annaThenBoris(lab, 3, () => capture);
          await lab.bind('1', anna, {}, terminal).catch(() => undefined);
          assertNobodyElseBound(lab);
        });
      }));

    it('that is over only after its own deadline', () =>
      late({}, async (lab) => {
        await lab.create('1');
        lab.simulator.fault({ ...LATE, at: 'capture' });
        const nobody = await lab.capture({ deadlineMs: 20 });
        assert.equal(nobody.captured, false);
        const anna = await annaThenBoris(lab, 2, () => lab.capture());
        await lab.bind('1', anna);
        assertNobodyElseBound(lab);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));
  });
});
