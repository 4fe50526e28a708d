import type { Reply } from '../../server/reply.js';
import { refuse, statusReply, type Format } from '../protocol/replies.js';
import type { Fault } from './faults.js';

/** The answer to a request that a fault keeps from being processed. */
export function faultReply(
  fault: Fault & { kind: 'busy' | 'status' | 'modelling' | 'garbage' | 'html' },
  { target, format }: { target: string; format: Format },
): Reply {
  switch (fault.kind) {
    case 'busy':
      return statusReply(fault.status ?? 400, { statusCode: 2, subStatusCode: 'deviceBusy' }, format, target);
    case 'modelling': {
      const { httpStatus, status } = refuse(6, 'SubpicAnalysisModelingError', 'img');
      return statusReply(httpStatus, status, format, target);
    }
    case 'garbage':
      return { status: 200, contentType: 'application/octet-stream', body: Buffer.from([0, 1, 254, 255, 60, 0, 123]) };
    case 'html':
      return {
        status: 200,
        contentType: 'text/html',
        body: Buffer.from('<!DOCTYPE html><html><head><title>Index</title></head><body><p>Welcome</p></body></html>'),
      };
    case 'status':
      return fault.code
        ? statusReply(fault.status ?? 500, fault.code, format, target)
        : { status: fault.status ?? 500, body: Buffer.alloc(0) };
  }
}
