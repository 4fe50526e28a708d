import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RegistrationOptions } from '../../../../../core/isapi/operations/registration/registration.js';
import { facePicture } from '../../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { underGuard, type FakeGuard } from '../../../../harness/fake-guard.js';
import { withLab, type Lab, type LabSettings } from '../../../../harness/proof/lab.js';

const AUTO: RegistrationOptions['capture'] = { dataType: 'auto', deadlineMs: 20_000, intervalMs: 1 };
const TAKES_PICTURES = { simulator: { model: 'DS-K1T342MFWX-E1' } } as const;

function guarded(work: (lab: Lab, guard: FakeGuard) => Promise<void>, settings: LabSettings = {}): Promise<void> {
  return withLab(settings, (lab) => underGuard((guard) => work(lab, guard)));
}

/** Of the faces that the terminal bound: `url` or `picture`. */
function sourcesOf(lab: Lab): string[] {
  return lab.events.flatMap((event) => (event.event === 'face bound' ? [event.source] : []));
}

describe('register-person where several Node-REDs share a terminal', () => {
  it('registers by the picture, and gives the right back once', () =>
    guarded(async (lab, guard) => {
      lab.simulator.present('Anna');
      const { outcome } = await lab.register('1', { capture: AUTO });
      assert.deepEqual([outcome, lab.bound, sourcesOf(lab)], ['registered', ['1=Anna'], ['picture']]);
      assert.deepEqual(guard.releases, [1]);
    }, TAKES_PICTURES));

  it('has the person look again where the terminal turns out to take no pictures, and then binds by URL', () =>
    guarded(async (lab, guard) => {
      lab.simulator.present('Anna', { stays: true });
      assert.equal((await lab.register('1', { capture: AUTO, retries: 1 })).outcome, 'registered');
      assert.equal((await lab.register('2', { capture: AUTO })).outcome, 'registered');
      assert.deepEqual(sourcesOf(lab), ['url', 'url']);
      assert.deepEqual([lab.captured.length, guard.releases], [3, [1, 1, 1]]);
    }));

  it('needs no right for a face that is given', () =>
    guarded(async (lab, guard) => {
      await lab.register('1', { face: facePicture('Anna') });
      assert.deepEqual([lab.bound, guard.holds.length], [['1=Anna'], 0]);
    }, TAKES_PICTURES));

  for (const capture of [AUTO, { ...AUTO, dataType: 'url' as const }]) {
    for (const event of ['captured', 'person created'] as const) {
      it(`ends with NOT_OWNER when the right is lost at “${event}” (${capture.dataType}), without repeats, and sends nothing more`, () =>
        guarded(async (lab, guard) => {
          lab.simulator.present('Anna');
          lab.simulator.on('event', (each) => {
            if (each.event === event) guard.last.lose();
          });
          const steps: string[] = [];
          const failure = await failureOf(
            lab.register('1', {
              ...{ capture, retries: 5, onFailure: 'remove' },
              onStep: (step, attempt) => steps.push(`${step} ${attempt}`),
            }),
          );
          assert.deepEqual([failure.code, failure.cause.retryable], ['NOT_OWNER', true]);
          const { signal } = new AbortController();
          (await lab.terminal.enrolment.takeLease({ owner: {}, limit: 1, signal })).end();
          assert.deepEqual(
            steps.filter((step) => !step.endsWith(' 1')),
            [],
          );
          assert.deepEqual([lab.bound, lab.requests('delete'), guard.releases], [[], 0, [1]]);
        }, TAKES_PICTURES));
    }
  }

  it('does not repeat the face where the process has not heard that the right is lost', () =>
    guarded(async (lab, guard) => {
      lab.simulator.present('Anna');
      lab.simulator.on('event', ({ event }) => {
        if (event === 'person created') guard.last.isLostUnheard = true;
      });
      const steps: string[] = [];
      const options = { onStep: (step: string, attempt: number) => steps.push(`${step} ${attempt}`) };
      const failure = await failureOf(lab.register('1', { ...options, retries: 5, onFailure: 'remove' }));
      assert.deepEqual([failure.code, failure.cause.step, steps], ['NOT_OWNER', 'face', ['person 1', 'face 1']]);
      assert.deepEqual([lab.bound, lab.requests('face'), guard.releases], [[], 0, [1]]);
      assert.deepEqual([failure.cause.removed, lab.requests('delete')], [false, 0]);
    }));

  it('writes no person any more when the right is lost after the capture', () =>
    guarded(async (lab, guard) => {
      lab.simulator.present('Anna');
      const failure = await failureOf(lab.register('1', { onCaptured: () => guard.last.lose() }));
      assert.deepEqual([failure.code, lab.requests('person'), guard.releases], ['NOT_OWNER', 0, [1]]);
    }));
});
