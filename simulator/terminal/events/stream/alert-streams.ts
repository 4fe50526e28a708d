import type { ServerResponse } from 'node:http';
import type { TerminalClock } from '../../behaviour/clock.js';
import { refuse, type Refusal } from '../../protocol/replies.js';
import type { AccessLog } from '../access-log.js';
import type { EventBehaviour } from '../behaviour.js';
import type { AccessRecord } from '../record.js';
import type { WallClock } from '../wall-clock.js';
import { streamDocument, type Sender } from '../written.js';
import { AlertStream, type Cut } from './alert-stream.js';
import { heartbeat } from './heartbeat.js';
import { eventParts, type Part } from './parts.js';
import { Slots } from './slots.js';

/** The clients that listen to one terminal. */
export class AlertStreams {
  private readonly open = new Set<AlertStream>();
  private readonly slots: Slots;

  constructor(
    private readonly log: AccessLog,
    private readonly behaviour: EventBehaviour,
    private readonly clock: TerminalClock,
    private readonly wallClock: WallClock,
    private readonly sender: () => Sender,
  ) {
    this.slots = new Slots(behaviour, clock);
  }

  /** How many clients listen, and how many places are taken. */
  get counts(): { open: number; taken: number } {
    return { open: this.open.size, taken: this.slots.taken };
  }

  /** Somebody wants to listen. @returns false where they wait for ever @throws Refusal */
  admit(): boolean {
    if (!this.slots.isFull) return true;
    this.slots.tried();
    if (this.behaviour.refusal === '404') throw refuse(4, 'notSupport', 'notSupport', 404);
    if (this.behaviour.refusal === 'deployExceedMax') throw refuse(4, 'deployExceedMax', 'deployExceedMax', 403);
    return false;
  }

  /** POST subscribeEvent, which no simulated terminal accepts. */
  refuseSubscription(): Refusal {
    if (this.behaviour.subscribing === 'unknown') return refuse(4, 'notSupport', 'notSupport', 404);
    this.slots.hold();
    return refuse(6, 'badXmlContent', 'SubscribeEvent');
  }

  /** Somebody who was admitted listens. */
  begin(response: ServerResponse): void {
    const { behaviour, log, clock, open, slots } = this;
    const form = { ...behaviour };
    const { replay, replayRate } = form;
    const stream = new AlertStream(response, {
      form,
      partsOf: (record, current) => this.partsOf(record, current, form),
      oldPause: replayRate === undefined ? 0 : 1 / replayRate,
      after: (seconds, action) => clock.after(seconds, action),
    });
    open.add(stream);
    slots.take();
    const stopHeartbeat = this.beat(stream);
    response.once('close', () => {
      stopHeartbeat();
      if (open.delete(stream)) slots.leave();
    });
    const old = replay === 'nothing' ? [] : log.between(1, Infinity);
    stream.begin(typeof replay === 'number' ? old.slice(-replay) : old);
  }

  /** Tells all who listen of a new record. */
  send(record: AccessRecord): void {
    if (!this.behaviour.live) return;
    for (const stream of this.open) stream.send(record);
  }

  /** Every stream breaks off. */
  cut(how: Cut): void {
    for (const stream of this.open) stream.cut(how);
  }

  /** Every stream is over, and no place is taken any more. */
  end(): void {
    const ended = [...this.open];
    this.open.clear();
    this.slots.free();
    for (const stream of ended) stream.cut('now');
  }

  private partsOf(record: AccessRecord, current: boolean, form: EventBehaviour): Part[] {
    const pictured = record.details?.face !== undefined && form.pictures.includes('stream');
    const front = this.log.before(record.serial);
    const document = streamDocument(record, form, this.sender(), { current, front, pictured });
    return eventParts(document, pictured ? record.details.face : undefined, form);
  }

  /** @returns what ends it */
  private beat(stream: AlertStream): () => void {
    const { behaviour, clock, wallClock } = this;
    let stop = (): void => undefined;
    const next = (): void => {
      stop = clock.after(behaviour.heartbeatSeconds, () => {
        const part = heartbeat(behaviour, this.sender(), wallClock);
        if (part) stream.say(part);
        next();
      });
    };
    next();
    return () => stop();
  }
}
