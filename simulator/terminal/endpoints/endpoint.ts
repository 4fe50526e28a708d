import type { LiveReply, Reply } from '../../server/reply.js';
import type { ListFault } from '../behaviour/faults.js';
import type { RequestKind } from '../behaviour/request-log.js';
import { statusReply, type Format } from '../protocol/replies.js';
import type { TerminalState } from '../state/terminal-state.js';

/** A request that passed the login. */
export interface TerminalRequest {
  method: string;
  target: string;
  path: string;
  query: URLSearchParams;
  format: Format;
  contentType: string;
  body: Buffer;
  /** What is begun will fail. */
  undone?: boolean;
  /** What is wrong with the page that a search answers. */
  listFault?: ListFault;
}

export interface Endpoint {
  kind: RequestKind;
  /** Greatest body in bytes. */
  bodyLimit: number;
  methods: Partial<Record<string, Handler>>;
  /** JSON only: the request must say format=json. */
  json: boolean;
}

/** What a request is answered; `no answer`: it waits for ever. */
export type Answer = Reply | LiveReply | 'no answer';

export type Handler = (terminal: TerminalState, request: TerminalRequest) => Answer | Promise<Answer>;

/** The status document that says OK. */
export function ok({ model }: TerminalState, format: Format, target: string): Reply {
  return statusReply(200, { statusCode: 1, subStatusCode: 'ok' }, format, target, model.statusNamespace);
}
