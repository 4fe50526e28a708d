import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { TerminalClock } from '../../../../simulator/terminal/behaviour/clock.js';
import { MODELS, type ModelName } from '../../../../simulator/terminal/behaviour/models.js';
import { Camera, type CaptureResult } from '../../../../simulator/terminal/enrolment/camera.js';

/** A clock that the test turns. */
class TurnedClock extends TerminalClock {
  private seconds = 0;
  private pending: { at: number; action: () => void }[] = [];

  override now(): number {
    return this.seconds;
  }

  override after(seconds: number, action: () => void): () => void {
    const timer = { at: this.seconds + seconds, action };
    this.pending.push(timer);
    return () => (this.pending = this.pending.filter((other) => other !== timer));
  }

  turn(seconds: number): void {
    this.seconds += seconds;
    const due = this.pending.filter(({ at }) => at <= this.seconds).sort((a, b) => a.at - b.at);
    this.pending = this.pending.filter(({ at }) => at > this.seconds);
    for (const { action } of due) action();
  }

  get waiting(): number {
    return this.pending.length;
  }
}

describe('the camera of a simulated terminal', () => {
  let clock: TurnedClock;
  let events: string[];

  function cameraOf(model: ModelName, faceAfter?: number): Camera {
    return new Camera(MODELS[model], clock, faceAfter, String, ({ event }) => events.push(event));
  }

  /** How a POST ended, or `waits`. */
  async function outcomeOf(post: Promise<CaptureResult>): Promise<string> {
    const soon = Promise.resolve({ outcome: 'waits' });
    return (await Promise.race([post, soon])).outcome;
  }

  beforeEach(() => {
    clock = new TurnedClock(1);
    events = [];
  });

  it('gives each capture the whole window, also after one that ended early', async () => {
    const camera = cameraOf('DS-K1T343EFWX');
    const first = camera.post('url');
    clock.turn(2);
    camera.present('Anna', false);
    assert.equal(await outcomeOf(first), 'captured');
    const second = camera.post('url');
    clock.turn(2);
    assert.equal(await outcomeOf(second), 'waits');
    clock.turn(1);
    assert.equal(await outcomeOf(second), 'nobody');
    assert.equal(clock.waiting, 0);
  });

  it('leaves no timer behind when a capture is cancelled', async () => {
    const camera = cameraOf('DS-K1T343EFWX', 1);
    const post = camera.post('url');
    camera.cancel();
    assert.equal(await outcomeOf(post), 'cancelled');
    assert.equal(clock.waiting, 0);
    camera.cancel();
    assert.deepEqual(events, ['capture started', 'capture cancelled']);
  });

  it('keeps what was captured between two POSTs until the capture mode ends', async () => {
    const camera = cameraOf('DS-K1T673DX');
    assert.equal(await outcomeOf(camera.post('binary')), 'nobody');
    camera.present('Anna', false);
    assert.equal(camera.progress, 100);
    clock.turn(5);
    assert.equal(camera.progress, 0);
    assert.equal(await outcomeOf(camera.post('binary')), 'nobody');
    assert.deepEqual(events, ['capture started', 'captured', 'capture started']);
  });

  it('starts its mode once, however many POSTs keep it alive', async () => {
    const camera = cameraOf('DS-K1T673DX');
    for (let posts = 0; posts < 5; posts++) {
      assert.equal(await outcomeOf(camera.post('binary')), 'nobody');
      clock.turn(4);
    }
    assert.deepEqual(events, ['capture started']);
  });

  it('shows a face by itself so long after the attempt began, over several windows', async () => {
    const camera = cameraOf('DS-K1T343EFWX', 7);
    assert.equal(await outcomeOf(emptyWindow(camera)), 'nobody');
    assert.equal(await outcomeOf(emptyWindow(camera)), 'nobody');
    const third = camera.post('url');
    clock.turn(0.9);
    assert.equal(await outcomeOf(third), 'waits');
    clock.turn(0.1);
    assert.equal(await outcomeOf(third), 'captured');
  });

  function emptyWindow(camera: Camera): Promise<CaptureResult> {
    const post = camera.post('url');
    clock.turn(3);
    return post;
  }
});
