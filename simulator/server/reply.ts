import type { ServerResponse } from 'node:http';

/** One answer, ready to be sent. */
export interface Reply {
  /** HTTP status. */
  status: number;
  contentType?: string;
  body: Buffer;
  /** The Location header of a redirect. */
  location?: string;
  /** WWW-Authenticate, one header a challenge. */
  challenges?: string[];
  /** The Date header where it is not this computer's time. */
  date?: string;
  /** Close the connection after this answer. */
  close?: boolean;
}

/** An answer that goes on for as long as both sides want. */
export interface LiveReply {
  /** HTTP status. */
  status: number;
  /** Writes all of it, headers first. */
  begin: (response: ServerResponse) => void;
}

/** Sends an answer; false if the client has gone or has an answer already. */
export function sendReply(response: ServerResponse, reply: Reply): boolean {
  if (response.destroyed || response.headersSent) return false;
  // Set here, so that node:http adds no Keep-Alive header: real terminals drop idle sockets without notice.
  response.setHeader('Connection', reply.close === true || !response.shouldKeepAlive ? 'close' : 'keep-alive');
  if (reply.date !== undefined) response.setHeader('Date', reply.date);
  if (reply.contentType !== undefined) response.setHeader('Content-Type', reply.contentType);
  if (reply.location !== undefined) response.setHeader('Location', reply.location);
  if (reply.challenges && reply.challenges.length > 0) response.setHeader('WWW-Authenticate', reply.challenges);
  response.setHeader('Content-Length', reply.body.length);
  response.statusCode = reply.status;
  response.end(reply.body);
  return true;
}
