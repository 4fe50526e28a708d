import type { Reply } from '../../server/reply.js';
import { codeReply } from '../protocol/replies.js';
import type { Fault } from './faults.js';

type Answered = 'busy' | 'forbidden' | 'code' | 'status' | 'garbage' | 'html';

/** The answer to a request that a fault keeps from being processed. */
export function faultReply({ kind, code = '1', msg, status }: Fault & { kind: Answered }): Reply {
  switch (kind) {
    case 'busy':
      return codeReply('6', msg);
    case 'forbidden':
      return codeReply('69', msg);
    case 'code':
      return codeReply(code, msg, status);
    case 'status':
      return { status: status ?? 500, body: Buffer.alloc(0) };
    case 'garbage':
      return { status: 200, contentType: 'application/octet-stream', body: Buffer.from([0, 1, 254, 255, 60, 0, 123]) };
    case 'html':
      return htmlReply(200, 'Welcome');
  }
}

/** A page of something that stands before the gateway. */
export function htmlReply(status: number, text: string): Reply {
  const page = `<!DOCTYPE html><html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`;
  return { status, contentType: 'text/html', body: Buffer.from(page) };
}
