import type { Reply } from '../../server/reply.js';
import { FD_SET_UP } from '../behaviour/models.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type TerminalRequest } from './endpoint.js';

export function setUpFace(terminal: TerminalState, { target, contentType, body }: TerminalRequest): Reply {
  terminal.faceLibrary.setUp(contentType, body);
  return ok(terminal, 'json', target);
}

export function searchFaces({ faceLibrary, model }: TerminalState, { body, listFault }: TerminalRequest): Reply {
  const condition = model.nestsFaceSearch ? readJson(body, 'FaceInfoSearchCond') : readJson(body);
  return jsonReply(faceLibrary.search(condition, listFault));
}

export function recordFace(terminal: TerminalState, { target, contentType, body }: TerminalRequest): Reply {
  terminal.faceLibrary.record(contentType, body);
  return ok(terminal, 'json', target);
}

export function deleteFaces(terminal: TerminalState, { target, query, body }: TerminalRequest): Reply {
  terminal.faceLibrary.delete(Object.fromEntries(query), readJson(body));
  return ok(terminal, 'json', target);
}

export function listLibraries(): Reply {
  const library = { FDID: '1', faceLibType: 'blackFD', name: 'simulated library', customInfo: '' };
  return jsonReply({ statusCode: 1, statusString: 'OK', subStatusCode: 'ok', FDLib: [library] });
}

export function countFaces({ faceLibrary, model }: TerminalState): Reply {
  const status = { statusCode: 1, statusString: 'OK', subStatusCode: 'ok' };
  const recordDataNumber = faceLibrary.size;
  if (model.countsFaces === 'in one number') return jsonReply({ ...status, recordDataNumber });
  const library = { FDID: '1', faceLibType: 'blackFD', name: 'simulated library', recordDataNumber };
  return jsonReply({ ...status, FDRecordDataInfo: [library] });
}

export function libraryCapabilities({ model }: TerminalState): Reply {
  return jsonReply({
    FDLibCap: {
      supportFDFunction: model.absent[FD_SET_UP] === undefined ? 'post,delete,put,get,setUp' : 'post,delete,put,get',
      faceLibType: 'blackFD',
      FDNameMaxLen: 48,
      FDMaxNum: 1,
      facePicFormat: 'jpg',
      FDRecordDataMaxNum: model.maxFaces,
      isSupportFDSetUpPicture: model.takesPicture,
    },
  });
}
