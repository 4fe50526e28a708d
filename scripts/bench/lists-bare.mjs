// The limit for lists: a client of node:http and nothing else, which sends what a sync was heard to send.
import { createHash } from 'node:crypto';
import http from 'node:http';

import { LOGIN } from './lists-work.mjs';

const md5 = (text) => createHash('md5').update(text).digest('hex');

/** Notes what goes out over the connections of this package, from now on. */
export function listen(Connection) {
  const heard = [];
  const { send } = Connection.prototype;
  Connection.prototype.send = function (call) {
    const headers = () => {
      const { Authorization, ...others } = typeof call.headers === 'function' ? call.headers() : call.headers;
      const { method, path, body } = call;
      const isSigned = Authorization !== undefined;
      heard.push({ method, path, headers: others, body: body?.toString('base64'), isSigned });
      return isSigned ? { Authorization, ...others } : others;
    };
    return send.call(this, { ...call, headers });
  };
  return heard;
}

/** The requests of a recording, ready to be sent any number of times. */
export function readied(heard) {
  return heard.map(({ method, path, headers, body, isSigned }) => {
    const content = body === undefined ? undefined : Buffer.from(body, 'base64');
    const length = content ? { 'Content-Length': content.length } : {};
    return { method, path, headers: { ...headers, ...length }, content, ha2: md5(`${method}:${path}`), isSigned };
  });
}

/** One terminal, over one connection; it signs with the nonce of the last 401. */
export class BareClient {
  constructor(host, port) {
    this.host = host;
    this.port = port;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.uses = 0;
  }

  async send(requests) {
    for (const request of requests) {
      const { status, challenge } = await this.exchange(request);
      if (status !== (request.isSigned ? 200 : 401)) throw new Error(`the bare client got ${status}`);
      if (!challenge) continue;
      [this.realm, this.nonce] = ['realm', 'nonce'].map((name) => new RegExp(`${name}="([^"]+)"`).exec(challenge)[1]);
      this.ha1 = md5(`${LOGIN.username}:${this.realm}:${LOGIN.password}`);
    }
  }

  /** The part of a signature that is the same each time. */
  ha2(method, path) {
    return md5(`${method}:${path}`);
  }

  close() {
    this.agent.destroy();
  }

  exchange({ method, path, headers, content, ha2, isSigned }) {
    const { agent, host, port } = this;
    const login = isSigned ? { Authorization: this.authorization(path, ha2) } : {};
    return new Promise((resolve, reject) => {
      const request = http.request(
        { agent, host, port, method, path, headers: { ...headers, ...login } },
        (response) => {
          response.on('data', () => undefined);
          response.on('end', () => {
            resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] });
          });
        },
      );
      request.on('error', reject);
      request.end(content);
    });
  }

  authorization(path, ha2) {
    const { realm, nonce, ha1 } = this;
    const nc = (this.uses += 1).toString(16).padStart(8, '0');
    const response = md5(`${ha1}:${nonce}:${nc}:abc:auth:${ha2}`);
    return (
      `Digest username="${LOGIN.username}", realm="${realm}", nonce="${nonce}", uri="${path}", ` +
      `response="${response}", opaque="", qop=auth, nc=${nc}, cnonce="abc"`
    );
  }
}
