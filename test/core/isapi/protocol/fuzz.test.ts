import assert from 'node:assert/strict';

import fc from 'fast-check';

import { Connection } from '../../../../core/http/connection.js';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { readCaptureReply } from '../../../../core/isapi/protocol/capture-reply.js';
import { readOffer } from '../../../../core/isapi/login/digest/challenge.js';
import { DigestSession } from '../../../../core/isapi/login/digest-session.js';
import { readDocument } from '../../../../core/isapi/protocol/document.js';
import { extractJpeg } from '../../../../core/isapi/protocol/jpeg.js';
import { readLoginState } from '../../../../core/isapi/login/login-state.js';
import { readReply } from '../../../../core/isapi/protocol/reply.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { signed } from '../../../harness/http/key-pairs.js';
import { RawServer, reply, type RawRequest } from '../../../harness/http/raw-server.js';
import { httpReply } from '../../../harness/terminal/strict-login.js';
import { inEnglish } from '../../../harness/in-english.js';

/** The same cases in every run; fast-check prints seed and path of a failure, and FUZZ_SEED tries others. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const check = (property: fc.IProperty<[unknown]>, numRuns = 500): void => fc.assert(property, { seed, numRuns });

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 0x12, 0xff, 0xd9]);
const CHALLENGES = [
  'Digest qop="auth", realm="DS-K1T343EFWX(ABC)", domain="::", nonce="bm9uY2U6MQ==", stale="FALSE", opaque=""',
  'Basic realm="x", Digest realm="a", nonce="b", algorithm=SHA-256, qop="auth,auth-int"',
  'Digest realm=a, nonce=b==, Digest realm="\\"", nonce="c", algorithm=MD5-sess',
];
const STATUSES = [
  '{"statusCode":6,"statusString":"Invalid Content","subStatusCode":"employeeNoAlreadyExist","errorCode":1610637344,"errorMsg":"checkUser"}',
  '<?xml version="1.0"?><ResponseStatus version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><statusCode>2</statusCode><subStatusCode>deviceBusy</subStatusCode></ResponseStatus>',
  '<userCheck><lockStatus>locked</lockStatus><unlockTime>1800</unlockTime><retryLoginTime>0</retryLoginTime></userCheck>',
];
const MULTIPART = Buffer.concat([
  Buffer.from('--MIME_boundary\r\nContent-Type: application/xml\r\nContent-Length: 5\r\n\r\n<?xml version="1.0"?>'),
  Buffer.from('<CaptureFaceData><captureProgress>100</captureProgress></CaptureFaceData>\r\n--MIME_boundary\r\n'),
  Buffer.from('Content-Type: image/jpeg\r\nContent-Disposition: form-data; name="FaceData"\r\n\r\n'),
  JPEG,
  Buffer.from('\r\n--MIME_boundary--\r\n'),
]);

/** One of the examples with a few bytes replaced, taken out, doubled or added. */
function mutated(examples: readonly (string | Buffer)[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat(),
    take: fc.nat(8),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .constantFrom('"', '\\', ',', '=', '<', '>', '{', '}', '&', '\0', '\r\n', '=="', 'Digest ')
        .map((text) => Buffer.from(text)),
    ),
  });
  return fc.tuple(fc.constantFrom(...examples), fc.array(change, { maxLength: 6 })).map(([example, changes]) =>
    changes.reduce(
      (bytes, { at, take, put }) => {
        const start = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + take)]);
      },
      Buffer.from(example as string),
    ),
  );
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyStatus = fc.integer({ min: 100, max: 599 });

/** Runs the reader; anything but a result or an error of ours fails. */
function typed(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof HikvisionError)) throw error;
    assert.ok(error.code.length > 0 && inEnglish(error).message.length < 3000);
  }
}

describe('fuzz', () => {
  it('arbitrary and mutated challenges give an offer', () => {
    const header = fc.oneof(mutated(CHALLENGES), anyBytes).map((bytes) => bytes.toString('latin1'));
    check(
      fc.property(fc.array(header, { maxLength: 3 }), (headers) => {
        const { challenge } = readOffer(headers);
        if (challenge) assert.ok(challenge.nonce !== '');
      }),
      2000,
    );
  });

  it('arbitrary and mutated bodies give a result or an error of ours, with any status', () => {
    const body = fc.oneof(
      mutated([...STATUSES, MULTIPART]),
      anyBytes,
      fc.json().map((text) => Buffer.from(text)),
    );
    check(
      fc.property(fc.tuple(body, anyStatus, fc.boolean()), ([bytes, status, repeatable]) => {
        typed(() => readCaptureReply(readReply({ ...httpReply(status), body: bytes }, repeatable)));
        readLoginState(bytes);
        readDocument(bytes);
      }),
      2000,
    );
  });

  for (const [what, whole] of [...STATUSES, MULTIPART].map(
    (body, i) => [`example ${i}`, Buffer.from(body as string)] as const,
  )) {
    it(`${what}, truncated at every byte, gives a result or an error of ours, and never another picture`, () => {
      for (let length = 0; length <= whole.length; length += 1) {
        const body = whole.subarray(0, length);
        typed(() => readReply({ ...httpReply(200), body }));
        typed(() => {
          const { image } = readCaptureReply(readReply({ ...httpReply(200), body }));
          if (image) assert.deepEqual(image, JPEG);
        });
      }
    });
  }

  it('a status document of an error, truncated at every byte, is never a success', () => {
    for (const whole of STATUSES.slice(0, 2)) {
      for (let length = 1; length <= whole.length; length += 1) {
        assert.throws(() => readReply(httpReply(200, {}, whole.slice(0, length))), HikvisionError);
      }
    }
  });

  it('a picture between any bytes is found whole, or none is', () => {
    const noise = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0xff)));
    check(
      fc.property(fc.tuple(noise, noise), ([before, after]) => {
        assert.deepEqual(extractJpeg(Buffer.concat([before, JPEG, after])), JPEG);
      }),
    );
    check(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const found = extractJpeg(Buffer.from(bytes));
        if (found) assert.deepEqual([found[0], found[1], found.at(-2), found.at(-1)], [0xff, 0xd8, 0xff, 0xd9]);
      }),
    );
  });

  it('a session answers any conversation with a reply that is no 401, or an error of ours, in a few requests', async () => {
    const headers = fc.array(mutated(CHALLENGES), { maxLength: 2 });
    const answer = fc.tuple(fc.constantFrom(200, 401, 401, 401, 403, 503), headers, mutated(STATUSES));
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('GET', 'PUT'),
        async (answers, method) => {
          const session = new DigestSession({ username: 'admin', password: 'secret' });
          let sent = 0;
          for (let i = 0; i < 4; i += 1) {
            const before = sent;
            const sending = session.send({ method, target: '/a' }, (sign) => {
              sign();
              const [status, challenges, body] = answers[sent % answers.length] ?? [200, [], Buffer.alloc(0)];
              sent += 1;
              return Promise.resolve({
                ...httpReply(status),
                challenges: challenges.map((each) => each.toString('latin1')),
                body,
              });
            });
            await sending.then(
              (got) => assert.notEqual(got.status, 401),
              (error: unknown) => assert.ok(error instanceof HikvisionError, String(error)),
            );
            assert.ok(sent - before <= 4);
          }
        },
      ),
      { seed, numRuns: 500 },
    );
  });
});

describe('fuzz over the wire', () => {
  let server: RawServer;
  let answer: (request: RawRequest) => void;
  const rejections: unknown[] = [];
  const rejected = (reason: unknown): void => void rejections.push(reason);

  before(async () => {
    server = await RawServer.start((request) => answer(request));
    process.on('unhandledRejection', rejected);
  });

  after(async () => {
    process.removeListener('unhandledRejection', rejected);
    await server.stop();
    assert.deepEqual(rejections, []);
  });

  it('a reply truncated at every byte gives a result or an error of ours', async () => {
    const whole = reply(200, STATUSES[0], { 'Content-Type': 'application/json' });
    const connection = new Connection({
      protocol: 'http',
      host: '127.0.0.1',
      port: server.port,
      certificate: { mode: 'none' },
      maxSockets: 1,
    });
    for (let length = 0; length < whole.length; length += 1) {
      answer = ({ socket }) => socket.end(whole.subarray(0, length));
      const call = { method: 'GET', path: '/', headers: {}, timeoutMs: 5000, maxBytes: 10_000 };
      await assert.rejects(connection.send(call), HikvisionError, `cut at ${length}`);
    }
    connection.close();
  });

  it('mutated replies give a result or an error of ours, and no socket stays behind', async () => {
    const replies = [
      reply(200, STATUSES[0]),
      reply(401, STATUSES[2], { 'WWW-Authenticate': CHALLENGES[0] ?? '' }),
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
    ];
    await fc.assert(
      fc.asyncProperty(mutated(replies), async (bytes) => {
        answer = ({ socket }) => socket.end(bytes);
        const raw = {
          protocol: 'http',
          host: '127.0.0.1',
          port: server.port,
          username: 'admin',
          password: 'secret',
          timeout: 2,
          retries: 0,
        };
        const terminal = new Terminal(terminalSettings(raw));
        await terminal.call({ operation: 'try', method: 'PUT', path: '/a', policy: 'repeatable' }).then(
          () => undefined,
          (error: unknown) => assert.ok(error instanceof HikvisionError, String(error)),
        );
        await terminal.close();
        await server.drained();
      }),
      { seed, numRuns: 200 },
    );
  });

  it('a terminal that does everything wrong by turns spoils no call that it answers', async () => {
    const faults: ((request: RawRequest) => void)[] = [
      ({ reset }) => reset(),
      ({ socket }) => socket.end(),
      ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{'),
      ({ socket }) => socket.write('garbage\r\n\r\n'),
      ({ socket }) => socket.write(reply(503)),
      ({ socket, reset }) => socket.write(reply(200, '{"statusCode":1}'), reset),
      ({ socket }) => socket.end(reply(200, '{"statusCode":1}')),
    ];
    const secure = await RawServer.start((request) => answer(request), signed);
    const raw = {
      protocol: 'https',
      host: '127.0.0.1',
      port: secure.port,
      certificate: 'none',
      timeout: 2,
      retries: 0,
    };
    const terminal = new Terminal(terminalSettings(raw));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(faults.length - 1), { maxLength: 5 }), async (order) => {
        for (const fault of order) {
          answer = faults[fault] ?? (() => undefined);
          await terminal
            .call({ operation: 'try', method: 'PUT', path: '/a', policy: 'repeatable' })
            .catch((error: unknown) => {
              assert.ok(error instanceof HikvisionError, String(error));
            });
        }
        answer = ({ socket }) => socket.write(reply(200, '{"statusCode":1,"mine":true}'));
        const got = await terminal.call({ operation: 'try', method: 'PUT', path: '/a', policy: 'repeatable' });
        assert.equal(got.document?.content['mine'], true);
      }),
      { seed, numRuns: 40 },
    );
    await terminal.close();
    await secure.drained();
    await secure.stop();
  });
});
