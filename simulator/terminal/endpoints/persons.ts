import type { Reply } from '../../server/reply.js';
import { PERSON_SEARCH } from '../behaviour/models.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type Handler, type TerminalRequest } from './endpoint.js';

/** What every recorded unit says, whatever it manages in time. */
const ADVERTISED_DELETIONS = 30;
/** Simulated seconds after which a deletion of too many is answered. 50 were not answered in 5 s; the rest is assumed. */
const LATE_DELETION_SECONDS = 60;

export function person(method: 'record' | 'modify' | 'setUp'): Handler {
  return (terminal, { target, body }) => {
    terminal.persons[method](readJson(body, 'UserInfo'));
    return ok(terminal, 'json', target);
  };
}

export function searchPersons({ persons }: TerminalState, { body, listFault }: TerminalRequest): Reply {
  return jsonReply({ UserInfoSearch: persons.search(readJson(body, 'UserInfoSearchCond'), listFault) });
}

export function countPersons({ persons, model }: TerminalState): Reply {
  const all = persons.all();
  const userNumber = all.length;
  if (!model.countsBindings) return jsonReply({ UserInfoCount: { userNumber } });
  return jsonReply({
    UserInfoCount: {
      userNumber,
      bindFaceUserNumber: all.filter(({ face }) => face).length,
      bindFingerprintUserNumber: 0,
      bindCardUserNumber: all.filter(({ cards }) => cards.length > 0).length,
    },
  });
}

export function personCapabilities({ model }: TerminalState): Reply {
  const get = model.absent[PERSON_SEARCH] === undefined ? ',get' : '';
  const setUp = model.setUpCreates ? ',setUp' : '';
  return jsonReply({
    UserInfo: {
      supportFunction: { '@opt': `post,delete,put${get}${setUp}` },
      UserInfoSearchCond: {
        searchID: { '@min': 1, '@max': 36 },
        maxResults: { '@min': 1, '@max': model.personsAPage },
        EmployeeNoList: { maxSize: model.personsAPage, employeeNo: { '@min': 1, '@max': 32 } },
      },
      UserInfoDelCond: { EmployeeNoList: { maxSize: ADVERTISED_DELETIONS, employeeNo: { '@min': 1, '@max': 32 } } },
      employeeNo: { '@min': 1, '@max': 32 },
      name: { '@min': 0, '@max': 128 },
      userType: { '@opt': 'normal,visitor,blackList' },
      gender: { '@opt': 'male,female,unknown' },
      Valid: {
        enable: { '@opt': 'true,false' },
        beginTime: { '@min': 1, '@max': 32 },
        endTime: { '@min': 1, '@max': 32 },
        timeType: { '@opt': model.timeTypes.join(',') },
      },
      RightPlan: { maxSize: 32, maxPlanTemplate: 4, planTemplateNo: { '@min': 1, '@max': 255 } },
      maxRecordNum: model.maxPersons,
      isSupportNumOfFace: true,
    },
  });
}

export async function deletePersons(terminal: TerminalState, { target, body }: TerminalRequest): Promise<Reply> {
  const { late } = terminal.persons.delete(readJson(body, 'UserInfoDelCond'));
  if (late) await new Promise<void>((resolve) => terminal.clock.after(LATE_DELETION_SECONDS, resolve));
  return ok(terminal, 'json', target);
}

export function deletePersonDetail(terminal: TerminalState, { target, body, undone }: TerminalRequest): Reply {
  terminal.persons.deleteDetail(readJson(body, 'UserInfoDetail'), undone);
  return ok(terminal, 'json', target);
}

export function deleteProcess({ persons, model }: TerminalState): Reply {
  const [running, done] = model.deleteProcess;
  const status = { running, done, failed: 'failed' }[persons.deletionPhase];
  const percent = persons.deletionPhase === 'running' ? 50 : 100;
  return jsonReply({ UserInfoDetailDeleteProcess: { status, ...(model.deletionPercent && { percent }) } });
}
