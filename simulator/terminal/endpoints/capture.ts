import type { Reply } from '../../server/reply.js';
import type { DataType } from '../behaviour/models.js';
import { ENROLMENT_PATH } from '../enrolment/enrolment-picture.js';
import { fileOf } from '../persons/person.js';
import { refuse, xmlReply } from '../protocol/replies.js';
import { readXml } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { captureReply } from './capture-replies.js';
import { ok, type TerminalRequest } from './endpoint.js';

export async function capture(terminal: TerminalState, { target, body }: TerminalRequest): Promise<Reply> {
  const { model, camera } = terminal;
  const asked = readXml(body, 'CaptureFaceDataCond', true);
  if (booleanIn(asked, 'cancelFlag')) {
    if (!model.knowsCancel) throw refuse(6, 'badParameters', 'cancelFlag');
    camera.cancel();
    return ok(terminal, 'xml', target);
  }
  const infrared = booleanIn(asked, 'captureInfrared');
  const dataType = model.dataTypes.find((type: DataType) => type === asked['dataType']);
  if (dataType === undefined) throw refuse(6, 'badParameters', 'dataType');
  if (camera.blocked) terminal.log.counters.captureOverlaps += 1;
  return captureReply(await camera.post(dataType), model, { dataType, infrared }, (count) => terminal.urlOf(count));
}

function booleanIn(children: Record<string, string>, name: string): boolean {
  const value = children[name] ?? 'false';
  if (value !== 'true' && value !== 'false') throw refuse(6, 'badParameters', name);
  return value === 'true';
}

export function captureProgress({ model, camera }: TerminalState): Reply {
  if (!model.knowsProgress) throw refuse(4, 'notSupport', 'notSupport', 404);
  return xmlReply(model.replyRoot, { captureProgress: camera.progress, isCurRequestOver: camera.progress === 100 });
}

export function picture(terminal: TerminalState, { path }: TerminalRequest): Reply {
  const { camera, persons } = terminal;
  const taken = terminal.pictureTakenAt(path);
  if (taken) return { status: 200, contentType: 'image/jpeg', body: taken };
  const file = fileOf(path);
  const stored =
    file !== undefined ? persons.ofFile(file)?.face : ENROLMENT_PATH.test(path) ? camera.picture : undefined;
  if (!stored) throw refuse(4, 'notSupport', 'notSupport', 404);
  return { status: 200, contentType: 'image/jpeg', body: stored.jpeg };
}
