// The device side of the bench, in a process of its own: as many face terminals as are asked for, each on a TLS port,
// with a digest login. It does as little as it can, so that what is measured is the client.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

const pem = (name) => readFileSync(new URL(`../../test/harness/http/keys/${name}.pem`, import.meta.url));
const [key, cert] = [pem('key'), pem('signed')];
const REALM = 'bench';
const [, , username, password, captureMs] = process.argv;
const md5 = (text) => createHash('md5').update(text).digest('hex');
const HA1 = md5(`${username}:${REALM}:${password}`);
const OK = '{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}';
const counts = { requests: 0, handshakes: 0, challenges: 0 };
let captures = 0;

const answer = (status, body, more = '') =>
  `HTTP/1.1 ${status} -\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

function capture(host) {
  captures += 1;
  const counter = String(captures).padStart(12, '0');
  const url = `https://${host}/LOCALS/pic/web_face_enrollpic.jpg@WEB${counter}`;
  return answer(
    200,
    `<CaptureFaceData><captureProgress>100</captureProgress><faceDataUrl>${url}</faceDataUrl></CaptureFaceData>`,
  );
}

const CAPABILITIES = answer(200, '<CaptureFaceDataCap><dataType opt="url,binary"/></CaptureFaceDataCap>');
const SUCCESS = answer(200, OK);

/** Whether the response is right; nc may come twice, for the client with a ready-made header. */
function isSigned(method, path, header) {
  const field = (name) => new RegExp(`[ ,]${name}="?([^",]+)`).exec(header)?.[1];
  const ha2 = md5(`${method}:${path}`);
  return field('response') === md5(`${HA1}:${field('nonce')}:${field('nc')}:${field('cnonce')}:auth:${ha2}`);
}

function serve(socket) {
  counts.handshakes += 1;
  let pending = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (text) => {
    pending += text;
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(pending)?.[1] ?? 0);
    if (pending.length < end + 4 + length) return;
    const [method, path] = pending.split(' ', 2);
    const header = /\r\nauthorization: *([^\r]+)/i.exec(pending)?.[1];
    const host = /\r\nhost: *([^\r]+)/i.exec(pending)?.[1];
    pending = '';
    counts.requests += 1;
    if (header === undefined || !isSigned(method, path, header)) {
      counts.challenges += 1;
      const nonce = randomBytes(16).toString('base64');
      socket.write(answer(401, '', `WWW-Authenticate: Digest realm="${REALM}", nonce="${nonce}", qop="auth"\r\n`));
    } else if (path.endsWith('/capabilities')) socket.write(CAPABILITIES);
    else if (path.endsWith('/CaptureFaceData'))
      setTimeout(() => socket.write(capture(host)), captureMs * (0.5 + Math.random()));
    else socket.write(SUCCESS);
  });
}

process.on('message', async ({ open }) => {
  if (!open) {
    process.send(counts);
    return;
  }
  const ports = await Promise.all(
    Array.from({ length: open }, async () => {
      const server = tls.createServer({ key, cert }, serve).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return server.address().port;
    }),
  );
  process.send(ports);
});
process.on('disconnect', () => process.exit());
