import type { LiveReply, Reply } from '../../server/reply.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import type { TerminalRequest } from './endpoint.js';

export function searchEvents({ events }: TerminalState, { body, listFault }: TerminalRequest): Reply {
  return jsonReply({ AcsEvent: events.search.page(readJson(body, 'AcsEventCond'), listFault) });
}

export function countEvents({ events }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply({ AcsEventTotalNum: events.search.total(readJson(body, 'AcsEventTotalNumCond')) });
}

export function eventCapabilities({ events }: TerminalState): Reply {
  return jsonReply(events.search.capabilities());
}

export function alertStream({ events: { streams } }: TerminalState): LiveReply {
  streams.admit();
  return { status: 200, begin: (response) => streams.begin(response) };
}
