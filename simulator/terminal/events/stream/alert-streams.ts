import type { ServerResponse } from 'node:http';
import type { TerminalClock } from '../../behaviour/clock.js';
import { refuse } from '../../protocol/replies.js';
import type { AccessLog } from '../access-log.js';
import type { EventBehaviour } from '../behaviour.js';
import type { AccessRecord } from '../record.js';
import type { WallClock } from '../wall-clock.js';
import { streamDocument, type Sender } from '../written.js';
import { AlertStream } from './alert-stream.js';
import { heartbeat } from './heartbeat.js';
import { eventParts, type Part } from './parts.js';

/** The clients that listen to one terminal. */
export class AlertStreams {
  private readonly open = new Set<AlertStream>();

  constructor(
    private readonly log: AccessLog,
    private readonly behaviour: EventBehaviour,
    private readonly clock: TerminalClock,
    private readonly wallClock: WallClock,
    private readonly sender: () => Sender,
  ) {}

  /** How many clients listen. */
  get size(): number {
    return this.open.size;
  }

  /** Somebody wants to listen. @throws Refusal */
  admit(): void {
    if (this.open.size >= this.behaviour.streams) throw refuse(4, 'notSupport', 'notSupport', 404);
  }

  /** Somebody who was admitted listens. */
  begin(response: ServerResponse): void {
    const { behaviour, log } = this;
    const stream = new AlertStream(response, (record, current) => this.partsOf(record, current));
    this.open.add(stream);
    const stopHeartbeat = this.beat(stream);
    response.once('close', () => {
      stopHeartbeat();
      this.open.delete(stream);
    });
    const old = behaviour.replay === 'nothing' ? [] : log.between(1, Infinity);
    stream.begin(typeof behaviour.replay === 'number' ? old.slice(-behaviour.replay) : old);
  }

  /** Tells all who listen of a new record. */
  send(record: AccessRecord): void {
    for (const stream of this.open) stream.send(record);
  }

  /** Every stream breaks off. */
  cut(): void {
    for (const stream of this.open) stream.cut();
  }

  private partsOf(record: AccessRecord, current: boolean): Part[] {
    const { behaviour, log } = this;
    const pictured = record.details?.face !== undefined && behaviour.pictures.includes('stream');
    const front = log.before(record.serial);
    const document = streamDocument(record, behaviour, this.sender(), { current, front, pictured });
    return eventParts(document, pictured ? record.details.face : undefined);
  }

  /** @returns what ends it */
  private beat(stream: AlertStream): () => void {
    const { behaviour, clock, wallClock } = this;
    let stop = (): void => undefined;
    const next = (): void => {
      stop = clock.after(behaviour.heartbeatSeconds, () => {
        const part = heartbeat(behaviour.heartbeat, this.sender(), wallClock);
        if (part) stream.say(part);
        next();
      });
    };
    next();
    return () => stop();
  }
}
