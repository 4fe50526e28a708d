import type { Reply } from '../../server/reply.js';
import { jsonReply } from '../protocol/replies.js';
import { readJson } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type TerminalRequest } from './endpoint.js';

export function setUpFace(terminal: TerminalState, { target, contentType, body }: TerminalRequest): Reply {
  terminal.faceLibrary.setUp(contentType, body);
  return ok(terminal, 'json', target);
}

export function searchFaces({ faceLibrary }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply(faceLibrary.search(readJson(body)));
}

export function libraryCapabilities({ model }: TerminalState): Reply {
  return jsonReply({
    FDLibCap: {
      supportFDFunction: 'setUp,search',
      faceLibType: 'blackFD',
      FDMaxNum: 1,
      FDRecordDataMaxNum: model.maxPersons,
      isSupportFDSetUpPicture: model.takesPicture,
    },
  });
}
