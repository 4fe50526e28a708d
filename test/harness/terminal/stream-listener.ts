import http from 'node:http';

import type { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { send, sign } from './raw-client.js';

export const STREAM = '/ISAPI/Event/notification/alertStream';

/** A part of the stream as its own headers describe it. */
export interface HeardPart {
  headers: Record<string, string>;
  body: Buffer;
  text: string;
}

export interface HeardEvent {
  serialNo: number;
  currentEvent: boolean;
  frontSerialNo: number;
  majorEventType: number;
  subEventType: number;
  [name: string]: unknown;
}

/** A client of the stream, of node:http alone, that keeps all it hears. */
export class StreamListener {
  /** It ended, or was cut. */
  over = false;
  private heard = Buffer.alloc(0);
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly headers: http.IncomingHttpHeaders,
    readonly response: http.IncomingMessage,
  ) {
    const look = (): void => {
      for (const each of this.waiting) each();
    };
    response.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
      look();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.over = true;
      look();
    });
  }

  /** @throws Error unless the terminal answers 200; with a login it answers the challenge first */
  static async open(
    terminal: SimulatedTerminal,
    login?: { username: string; password: string },
    path = STREAM,
  ): Promise<StreamListener> {
    const { host, port } = terminal.address;
    const challenge = login ? (await send(terminal, path)).challenges[0] : undefined;
    const headers = challenge !== undefined && { Authorization: sign(challenge, { ...login, path }) };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get({ host, port, path, headers: { ...headers }, agent: false }, resolve);
      request.on('error', reject);
    });
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(String(response.statusCode));
    }
    return new StreamListener(response.headers, response);
  }

  get bytes(): Buffer {
    return this.heard;
  }

  /** Resolves as soon as this is true of what was heard, or when it is over. */
  async until(isEnough: (listener: this) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.over && !isEnough(this)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  /** The complete parts of a stream in its usual form: MIME_boundary, CRLF, lengths that are right. */
  get parts(): HeardPart[] {
    const parts: HeardPart[] = [];
    let position = 0;
    for (;;) {
      const end = this.heard.indexOf('\r\n\r\n', position);
      if (end < 0) return parts;
      const [delimiter, ...lines] = this.heard.toString('latin1', position, end).split('\r\n');
      if (delimiter !== '--MIME_boundary') throw new Error(`no delimiter: ${String(delimiter)}`);
      const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2) as [string, string]));
      const begin = end + 4;
      const length = Number(headers['Content-Length']);
      if (this.heard.length < begin + length + 2) return parts;
      const body = this.heard.subarray(begin, begin + length);
      parts.push({ headers, body, text: body.toString('utf8') });
      position = begin + length + 2;
    }
  }

  /** What those parts say of the door. */
  get events(): HeardEvent[] {
    return this.parts.flatMap(({ headers, text }) => {
      if (!String(headers['Content-Type']).startsWith('application/json')) return [];
      const { AccessControllerEvent } = JSON.parse(text) as { AccessControllerEvent?: HeardEvent };
      return AccessControllerEvent ?? [];
    });
  }

  /** Goes away. */
  async close(): Promise<void> {
    this.response.destroy();
    await this.until(({ over }) => over);
  }
}
