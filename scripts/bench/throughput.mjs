// Requests a second of one signed PUT: by a bare node:https client with a ready-made header, by a terminal of this
// package, and by Node-RED's own http request node with digest. All in one process, by turns.
import { createHash } from 'node:crypto';
import https from 'node:https';

const PATH = '/ISAPI/AccessControl/UserInfo/Modify?format=json';
const BODY = Buffer.from(JSON.stringify({ UserInfo: { employeeNo: '000123', name: 'x'.repeat(300) } }));
/** Short and many, since a machine's speed changes from one second to the next. */
const ROUND_MS = 200;
const ROUNDS = 21;
/** Rounds that count for nothing: connections, logins, compiled code. */
const WARM_UP_ROUNDS = 4;

/** @returns requests a second of each client: the median of its rounds */
export async function throughput(clients) {
  const rates = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const [name, requests] of Object.entries(clients)) {
      const rate = await rateOf(requests);
      if (round >= 0) rates[name].push(rate);
    }
  }
  return Object.fromEntries(
    Object.entries(rates).map(([name, found]) => [name, found.sort((a, b) => a - b)[ROUNDS >> 1]]),
  );
}

/** @param requests one function a device; each sends one request and waits for its reply */
async function rateOf(requests) {
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    requests.map(async (request) => {
      while (performance.now() - startedAt < ROUND_MS) {
        await request();
        done += 1;
      }
    }),
  );
  return (done * 1000) / (performance.now() - startedAt);
}

/** The limit: node:https and nothing else. */
export async function bareClients(ports, { username, password }) {
  const md5 = (text) => createHash('md5').update(text).digest('hex');
  return Promise.all(
    ports.map(async (port) => {
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      const send = (headers) =>
        new Promise((resolve, reject) => {
          const length = { 'Content-Type': 'application/json', 'Content-Length': BODY.length };
          const options = {
            agent,
            host: '127.0.0.1',
            port,
            method: 'PUT',
            path: PATH,
            headers: { ...length, ...headers },
          };
          const request = https.request(options, (response) => {
            const chunks = [];
            response.on('data', (chunk) => chunks.push(chunk));
            response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }));
          });
          request.on('error', reject);
          request.end(BODY);
        });
      const { response } = await send({});
      const nonce = /nonce="([^"]+)"/.exec(response.headers['www-authenticate'])[1];
      const ha1 = md5(`${username}:bench:${password}`);
      const signature = md5(`${ha1}:${nonce}:00000001:abc:auth:${md5(`PUT:${PATH}`)}`);
      const Authorization =
        `Digest username="${username}", realm="bench", nonce="${nonce}", uri="${PATH}", ` +
        `response="${signature}", qop=auth, nc=00000001, cnonce="abc"`;
      return async () => {
        const { body } = await send({ Authorization });
        if (JSON.parse(body).statusCode !== 1) throw new Error('the bare client was refused');
      };
    }),
  );
}

/** A terminal of this package on each port. */
export function ownClients(terminals) {
  return terminals.map((terminal) => async () => {
    await terminal.call({
      operation: 'update person',
      method: 'PUT',
      path: PATH,
      contentType: 'application/json',
      body: BODY,
      policy: 'repeatable',
    });
  });
}

/** Node-RED's http request node: one node, a message at a time to each port. */
export function coreClients(ports, send) {
  const url = (port) => `https://127.0.0.1:${port}${PATH}`;
  return ports.map((port) => async () => {
    const { statusCode } = await send({
      url: url(port),
      payload: BODY,
      headers: { 'content-type': 'application/json' },
    });
    if (statusCode !== 200) throw new Error(`the http request node got ${statusCode}`);
  });
}
