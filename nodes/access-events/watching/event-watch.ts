import type { EventMemory } from '../../../core/isapi/events/cursor/event-memory.js';
import type { EventKind } from '../../../core/isapi/events/options.js';
import { EventWatch, type EventWatchOptions } from '../../../core/isapi/events/watch.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';

/** What is told of one terminal. */
export type WatchEvents = Pick<EventWatchOptions, 'onEvent' | 'onNotice' | 'onState' | 'onFailure'>;

/** The settings of the node that all its watches share; durations in milliseconds. */
export interface WatchSettings {
  route: 'auto' | 'stream' | 'poll';
  poll: number;
  kinds: readonly EventKind[];
  pictures: boolean;
  begin: 'now' | 'kept';
  acknowledge: 'sent' | 'acked';
  inFlight: number;
  ackTimeout: number;
  ownLogins: boolean;
}

/** The events of one terminal, as they are read for one node. */
export type Watch = Pick<EventWatch, 'start' | 'stop' | 'replay' | 'acknowledge'>;

export type OpenWatch = (terminal: Terminal, events: WatchEvents) => Watch;

/** Opens watches for a node. */
export function watchOpener(reader: string, memory: EventMemory, settings: WatchSettings): OpenWatch {
  const { kinds, poll, ackTimeout, ...same } = settings;
  const { route, pictures, begin, acknowledge, inFlight, ownLogins } = same;
  const options = {
    ...{ reader, memory, route, pollMs: poll, kinds: new Set(kinds), pictures, begin },
    ...{ acknowledge, inFlight, ackTimeoutMs: ackTimeout, ownLogins },
  };
  return (terminal, events) => new EventWatch({ ...options, terminal, ...events });
}
