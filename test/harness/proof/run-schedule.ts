import { setTimeout as delay } from 'node:timers/promises';
import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { CaptureGivenUp, type Capture } from '../../../core/isapi/operations/capture/capture.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import { faceNameOf, type SimulatorEvent } from '../../../simulator/simulated-terminal.js';
import { Lab } from './lab.js';
import { TIME_SCALE, TIMEOUT_MS, type Happening, type MessagePlan, type Schedule } from './schedule.js';

/** Nothing takes so long (ms) but what is left waiting. */
const LEFT_WAITING_MS = 120_000;
/** A window of the simulated model, which the core knows after a first capture (ms). */
const WINDOW_MS = 30;
/** A request that its client left is carried out within this (ms), where strangers capture and none is late on purpose. */
const UNDER_WAY_MS = 200;
/** More tries than faults can be armed. */
const LAST_CAPTURE_TRIES = 20;

/**
 * Plays the schedule with the real core against simulated terminals and gives everything in which the run breaks the
 * promise: each person has their own face or none, each message has exactly one outcome, nothing is left waiting.
 */
export async function runSchedule(schedule: Schedule): Promise<string[]> {
  const places = await Promise.all(Array.from({ length: schedule.places }, () => Place.open(schedule)));
  const run = new Run(schedule, places);
  try {
    return await run.play();
  } finally {
    await Promise.all(places.map((place) => place.close()));
  }
}

class Place {
  connections: Terminal[];
  readonly owner = {};
  readonly resets = new Set<AbortController>();
  /** When the last late request will have been carried out; milliseconds since 1970. */
  lateUntil = 0;
  /** Captured by the terminal, and the client may not have fetched the picture yet. */
  private fetching = false;
  private binds = 0;
  private strangers: string[] = [];

  static async open({ connections, takesPictures, retries }: Schedule): Promise<Place> {
    const lab = await Lab.open({
      simulator: { model: takesPictures ? 'DS-K1T342MFWX-E1' : 'DS-K1T343EFWX', timeScale: TIME_SCALE },
      terminal: { timeoutMs: TIMEOUT_MS, retries },
    });
    return new Place(lab, connections);
  }

  private constructor(
    readonly lab: Lab,
    count: number,
  ) {
    this.connections = Array.from({ length: count }, () => lab.connect());
    lab.terminal.enrolment.windowSeen(WINDOW_MS);
    lab.simulator.on('event', (event) => this.note(event));
  }

  connection(index: number): Terminal {
    return this.connections[index % this.connections.length] ?? this.lab.terminal;
  }

  /** Node-RED closes the old nodes before it starts new ones; overlapping is what a hasty runtime would do. */
  async redeploy(overlapping: boolean): Promise<void> {
    const old = this.connections;
    const closed = Promise.all(old.map((connection) => connection.close()));
    this.lab.terminal.enrolment.releaseOwner(this.owner);
    if (!overlapping) await closed;
    this.connections = old.map(() => this.lab.connect());
    await closed;
  }

  reset(): void {
    this.lab.terminal.enrolment.releaseOwner(this.owner);
    for (const reset of this.resets) reset.abort(new CaptureGivenUp('cancelled'));
  }

  /**
   * Somebody captures at the terminal's own menu; not in the moments between the capture of a face and the fetching of
   * its picture, or between the recheck and the bind, in which nobody can tell.
   */
  foreignCapture(face: string): void {
    this.strangers.push(face);
    this.admitStrangers();
  }

  captureEnded(): void {
    this.fetching = false;
    this.admitStrangers();
  }

  /** A bind begins; the result ends it, once. */
  beginBind(): () => void {
    let under = true;
    this.binds += 1;
    return () => {
      if (!under) return;
      under = false;
      this.binds -= 1;
      this.admitStrangers();
    };
  }

  async binding<T>(bind: () => Promise<T>): Promise<T> {
    const ended = this.beginBind();
    try {
      return await bind();
    } catch (error) {
      // Cut off by a redeploy or a lost connection, it may still be under way in the terminal, and nobody can tell either.
      if (!(error instanceof HikvisionError) || error.delivery === 'unknown') await delay(UNDER_WAY_MS);
      throw error;
    } finally {
      ended();
    }
  }

  async close(): Promise<void> {
    this.lab.terminal.enrolment.releaseOwner(this.owner);
    await this.lab.close();
  }

  private admitStrangers(): void {
    if (this.fetching || this.binds > 0) return;
    for (const face of this.strangers.splice(0)) this.lab.simulator.foreignCapture(face);
  }

  private note(event: SimulatorEvent): void {
    if (event.event === 'captured') this.fetching = true;
    if (event.event === 'fault' && event.fault.kind === 'slow') {
      const late = (event.fault.seconds ?? 0) * TIME_SCALE * 1000;
      this.lateUntil = Math.max(this.lateUntil, Date.now() + late);
    }
  }
}

class Run {
  private readonly wrong: string[] = [];
  /** Whose face each message got from the terminal. */
  private readonly own = new Map<string, string>();
  private readonly outcomes = new Map<string, string[]>();
  private faces = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly places: Place[],
  ) {}

  async play(): Promise<string[]> {
    const { messages, happenings } = this.schedule;
    const everything = Promise.all([
      ...messages.map((plan, index) => this.message(plan, `m${index}`)),
      ...happenings.map((happening) => this.happen(happening)),
    ]);
    if ((await inTime(everything)) === 'late') {
      const without = messages.map((_plan, index) => `m${index}`).filter((id) => !this.outcomes.has(id));
      return [`left waiting: ${without.join(', ')}`];
    }
    for (const place of this.places) await this.lastCapture(place);
    await delay(Math.max(0, ...this.places.map(({ lateUntil }) => lateUntil - Date.now())) + 20);
    const isIdle = await inTime(Promise.all(this.places.map(idle)));
    if (isIdle === 'late') this.wrong.push('requests wait when all is done');
    this.judge();
    return this.wrong;
  }

  private place(index: number): Place {
    const place = this.places[index % this.places.length];
    if (!place) throw new Error('There is no terminal');
    return place;
  }

  private async happen({ at, place: index, what }: Happening): Promise<void> {
    await delay(at);
    const place = this.place(index);
    const { simulator } = place.lab;
    if (typeof what === 'object') simulator.fault(what);
    else if (what === 'face') simulator.present(this.newFace('face'));
    else if (what === 'foreign capture') place.foreignCapture(this.newFace('stranger'));
    else if (what === 'leave') simulator.leave();
    else if (what === 'reset') place.reset();
    else await place.redeploy(what === 'overlapping redeploy');
  }

  private newFace(kind: string): string {
    this.faces += 1;
    return `${kind}-${this.faces}`;
  }

  private async message(plan: MessagePlan, employeeNo: string): Promise<void> {
    await delay(plan.at);
    const registering =
      plan.actor === 'register-person' ? this.registerPerson(plan, employeeNo) : this.register(plan, employeeNo);
    const outcome = await registering.catch((error: unknown) => {
      if (!(error instanceof HikvisionError)) this.wrong.push(`${employeeNo} ended with ${String(error)}`);
      return error instanceof HikvisionError ? error.code : 'no error of ours';
    });
    this.outcomes.set(employeeNo, [...(this.outcomes.get(employeeNo) ?? []), outcome]);
  }

  /** The three steps as the nodes do them: a final failure ends the reservation, a retryable one leaves it. */
  private async register(plan: MessagePlan, employeeNo: string): Promise<string> {
    const here = this.place(plan.place);
    const capture = await this.capture(plan, employeeNo, here);
    if (!capture) return 'nobody';
    const there = plan.elsewhere ? this.place(plan.place + 1) : here;
    const terminal = (): Terminal => there.connection(plan.connection);
    await delay(plan.pauses[0]);
    await this.step(plan, capture, there, () => there.lab.create(employeeNo, 'update', terminal()));
    await delay(plan.pauses[1]);
    const face = plan.byURL && capture.faceURL !== undefined ? capture.faceURL : capture;
    const { recheck } = this.schedule;
    const { verify } = plan;
    await this.step(plan, capture, there, () =>
      there.binding(() => there.lab.bind(employeeNo, face, { verify, recheck }, terminal())),
    );
    there.lab.terminal.enrolment.releaseCapture(capture.id);
    return 'bound';
  }

  /** All steps as register-person does them: it repeats by itself, captures anew where it has to, and frees the terminal. */
  private async registerPerson(plan: MessagePlan, employeeNo: string): Promise<string> {
    const place = this.place(plan.place);
    const { dataType, deadlineMs, intervalMs, verify, onFailure } = plan;
    const cancel = new AbortController();
    place.resets.add(cancel);
    const before = place.lab.events.length;
    let turns = 0;
    let bound = (): void => undefined;
    const options = {
      ...{ onFailure, cancel: cancel.signal, capture: { dataType, deadlineMs, intervalMs } },
      // NOT_VERIFIED takes eleven seconds to find out; all the others wait while the terminal is kept for the repeats.
      retries: verify ? 0 : Math.min(plan.repeats, 1),
      bind: { faceLibType: 'blackFD', FDID: '1', verify, recheck: this.schedule.recheck },
      onProgress: () => {
        bound();
        turns += 1;
      },
      onCaptured: (capture: Capture) => {
        place.captureEnded();
        this.own.set(employeeNo, this.faceCaptured(capture, employeeNo, place.lab.events.slice(before)));
      },
      onStep: (step: 'person' | 'face', attempt: number) => {
        if (step === 'face' && attempt === 1) bound = place.beginBind();
      },
    };
    try {
      const { outcome } = await place.lab.register(employeeNo, options, place.connection(plan.connection));
      if (outcome !== 'registered') await delay(UNDER_WAY_MS);
      return outcome === 'registered' ? 'bound' : 'nobody';
    } catch (error) {
      await delay(UNDER_WAY_MS);
      throw error;
    } finally {
      place.resets.delete(cancel);
      if (turns > 0) place.captureEnded();
      bound();
    }
  }

  private async capture(plan: MessagePlan, employeeNo: string, place: Place): Promise<Capture | undefined> {
    const reset = new AbortController();
    place.resets.add(reset);
    const { deadlineMs, intervalMs, dataType } = plan;
    const { recheck: download, holdMs } = this.schedule;
    let turns = 0;
    const options = {
      ...{ dataType, deadlineMs, intervalMs, download, holdMs, owner: place.owner, signal: reset.signal },
      // Told as soon as the terminal is this capture's own.
      onProgress: () => (turns += 1),
    };
    const before = place.lab.events.length;
    try {
      const outcome = await place.lab.capture(options, place.connection(plan.connection));
      if (turns > 0) place.captureEnded();
      if (!outcome.captured) return undefined;
      this.own.set(employeeNo, this.faceCaptured(outcome.capture, employeeNo, place.lab.events.slice(before)));
      return outcome.capture;
    } finally {
      place.resets.delete(reset);
    }
  }

  /** Whose face it is that the terminal captured for this message, since the message asked for it. */
  private faceCaptured({ faceURL, image }: Capture, employeeNo: string, events: SimulatorEvent[]): string {
    const pictured = image ? faceNameOf(image) : undefined;
    const captured = events.find(
      (event) =>
        event.event === 'captured' && (faceURL === undefined ? event.face === pictured : event.url === faceURL),
    );
    const face = captured?.event === 'captured' ? captured.face : `a face of another time (${pictured ?? faceURL})`;
    if (face.startsWith('a face')) this.wrong.push(`${employeeNo} got ${face}`);
    if (pictured !== undefined && pictured !== face) {
      this.wrong.push(`${employeeNo} got the picture of ${pictured} for ${face}`);
    }
    if ([...this.own.values()].includes(face)) this.wrong.push(`${employeeNo} got ${face}, whom another message got`);
    return face;
  }

  private async step(plan: MessagePlan, { id }: Capture, place: Place, work: () => Promise<unknown>): Promise<void> {
    for (let repeats = 0; ; repeats += 1) {
      try {
        await work();
        return;
      } catch (error) {
        const retryable = error instanceof HikvisionError && error.cause.retryable;
        if (!retryable) place.lab.terminal.enrolment.releaseCapture(id);
        // NOT_VERIFIED took eleven seconds to find out.
        if (!retryable || error.code === 'NOT_VERIFIED' || repeats >= plan.repeats) throw error;
      }
      await delay(10);
    }
  }

  /** When all is done the terminal is free for one more: nothing was left behind that holds it. */
  private async lastCapture(place: Place): Promise<void> {
    const { lab } = place;
    const captured = async (): Promise<boolean> => {
      // Somebody who stays: a capture that was given up a moment ago may still take a face.
      lab.simulator.present(this.newFace('last'), { stays: true });
      for (let tries = 0; tries < LAST_CAPTURE_TRIES; tries += 1) {
        const outcome = await lab
          .capture({ deadlineMs: 3000, owner: place.owner }, place.connection(0))
          .catch(() => undefined);
        if (outcome?.captured) return true;
      }
      return false;
    };
    if ((await inTime(captured())) !== true) this.wrong.push('the terminal is not free when all is done');
  }

  private judge(): void {
    const bound = new Set<string>();
    for (const event of this.places.flatMap(({ lab }) => lab.events)) {
      if (event.event !== 'face bound') continue;
      const { employeeNo, face } = event;
      bound.add(employeeNo);
      if (this.own.get(employeeNo) !== face) {
        this.wrong.push(`${employeeNo} got the face ${face} bound; their own is ${this.own.get(employeeNo) ?? 'none'}`);
      }
    }
    this.schedule.messages.forEach((_plan, index) => {
      const outcomes = this.outcomes.get(`m${index}`) ?? [];
      if (outcomes.length !== 1) this.wrong.push(`m${index} has ${outcomes.length} outcomes`);
      if (outcomes[0] === 'bound' && !bound.has(`m${index}`)) this.wrong.push(`m${index} is bound and has no face`);
    });
  }
}

/** Until nothing waits any more: the cancelling of a capture that was given up may be the last. */
async function idle({ lab: { terminal } }: Place): Promise<void> {
  while (terminal.enrolment.waitingCount + terminal.waitingCount > 0) await delay(5);
}

async function inTime<T>(work: Promise<T>): Promise<T | 'late'> {
  const enough = new AbortController();
  const late = delay(LEFT_WAITING_MS, 'late' as const, { signal: enough.signal }).catch(() => 'late' as const);
  try {
    return await Promise.race([work, late]);
  } finally {
    enough.abort();
  }
}
