import type { Reply } from '../../server/reply.js';
import { jsonReply, refuse } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type Handler, type TerminalRequest } from './endpoint.js';

/** What is answered only by a terminal that knows cards. */
export function withCards(handler: Handler): Handler {
  return (terminal, request) => {
    if (terminal.model.cardsAPage === 0) throw refuse(4, 'notSupport', 'notSupport', 404);
    return handler(terminal, request);
  };
}

export function card(method: 'record' | 'modify' | 'setUp'): Handler {
  return (terminal, { target, body }) => {
    terminal.cards[method](readJson(body, 'CardInfo'));
    return ok(terminal, 'json', target);
  };
}

export function deleteCards(terminal: TerminalState, { target, body }: TerminalRequest): Reply {
  terminal.cards.delete(readJson(body, 'CardInfoDelCond'));
  return ok(terminal, 'json', target);
}

export function searchCards({ cards }: TerminalState, { body, listFault }: TerminalRequest): Reply {
  return jsonReply({ CardInfoSearch: cards.search(readJson(body, 'CardInfoSearchCond'), listFault) });
}

export function countCards({ cards }: TerminalState): Reply {
  return jsonReply({ CardInfoCount: { cardNumber: cards.size } });
}

/** The names are those of UserInfo/capabilities; that the document looks alike is an assumption. */
export function cardCapabilities({ model }: TerminalState): Reply {
  return jsonReply({
    CardInfo: {
      supportFunction: { '@opt': 'post,delete,put,get,setUp' },
      CardInfoSearchCond: { maxResults: { '@min': 1, '@max': model.cardsAPage } },
      cardNo: { '@min': 1, '@max': 32 },
      maxRecordNum: model.maxCards,
    },
  });
}
