import type { Reply } from '../../server/reply.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import type { Answer, TerminalRequest } from './endpoint.js';

export function searchEvents({ events }: TerminalState, { body, listFault }: TerminalRequest): Reply {
  return jsonReply({ AcsEvent: events.search.page(readJson(body, 'AcsEventCond'), listFault) });
}

export function countEvents({ events }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply({ AcsEventTotalNum: events.search.total(readJson(body, 'AcsEventTotalNumCond')) });
}

export function eventCapabilities({ events }: TerminalState): Reply {
  return jsonReply(events.search.capabilities());
}

export function alertStream({ events: { streams } }: TerminalState): Answer {
  return streams.admit() ? { status: 200, begin: (response) => streams.begin(response) } : 'no answer';
}

export function subscribeEvent({ events: { streams } }: TerminalState): never {
  throw streams.refuseSubscription();
}
