import type { Reply } from '../../server/reply.js';
import { PERSON_SEARCH } from '../behaviour/models.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type Handler, type TerminalRequest } from './endpoint.js';

export function person(method: 'record' | 'modify' | 'setUp'): Handler {
  return (terminal, { target, body }) => {
    terminal.persons[method](readJson(body, 'UserInfo'));
    return ok(terminal, 'json', target);
  };
}

export function searchPersons({ persons }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply({ UserInfoSearch: persons.search(readJson(body, 'UserInfoSearchCond')) });
}

export function countPersons({ persons }: TerminalState): Reply {
  const all = persons.all();
  return jsonReply({
    UserInfoCount: { userNumber: all.length, bindFaceUserNumber: all.filter(({ face }) => face).length },
  });
}

export function personCapabilities({ model }: TerminalState): Reply {
  const get = model.absent[PERSON_SEARCH] === undefined ? ',get' : '';
  return jsonReply({
    UserInfo: {
      supportFunction: { '@opt': `post,delete,put${get},setUp` },
      UserInfoSearchCond: { maxResults: { '@min': 1, '@max': 30 } },
      employeeNo: { '@min': 1, '@max': 32 },
      name: { '@min': 0, '@max': 128 },
      userType: { '@opt': 'normal,visitor,blackList' },
      gender: { '@opt': 'male,female,unknown' },
      maxRecordNum: model.maxPersons,
    },
  });
}

export function deletePersons(terminal: TerminalState, { target, body }: TerminalRequest): Reply {
  terminal.persons.delete(readJson(body, 'UserInfoDelCond'));
  return ok(terminal, 'json', target);
}

export function deletePersonDetail(terminal: TerminalState, { target, body }: TerminalRequest): Reply {
  terminal.persons.deleteDetail(readJson(body, 'UserInfoDetail'));
  return ok(terminal, 'json', target);
}

export function deleteProcess({ persons }: TerminalState): Reply {
  return jsonReply({ UserInfoDetailDeleteProcess: { status: persons.deleting ? 'processing' : 'success' } });
}
