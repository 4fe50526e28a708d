import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';

import fc from 'fast-check';

import { der, selfSigned, type CertificateText } from '../../harness/http/certificates.js';
import { RawServer, reply } from '../../harness/http/raw-server.js';
import { line } from '../../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';
import { HARMLESS, HOSTILE_BODIES, HOSTILE_CONNECTIONS, spoilt, type Answer } from '../../harness/hostile/devices.js';

/** The same cases in every run; FUZZ_SEED tries others. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
/** Milliseconds of its own work after which Node-RED has to look at everything else. */
const LONGEST_SILENCE_MS = 200;
/** A machine under load is silent now and then; a reply that silences Node-RED does so each time. */
const TIMES_RUNNING = 3;
/** Seconds for one request of the nodes. */
const TIMEOUT = 1;
const PATIENCE_MS = 20_000;
const KINDS = ['request', 'text', 'capture', 'gateway'] as const;
/** The credentials that the gateway's nodes sign with. */
const CREDENTIALS = { appKey: '29374122', appSecret: 'qT4nB8vKz1Xw' };
const DATES = ['25XX01000000Z', '999999999999Z', '250230000000Z', '2501010000Z', '250101000000+', '-50101000000Z'];
const NAMES = ['terminal', '', '\0', 'a\r\nb', 'x'.repeat(3000), '__proto__', '$t(a)', '\u202e'];

interface Outcome {
  /** The code of the error that was caught; '' where the message left by an output. */
  code: string;
}

/**
 * Beats in the runtime and keeps the longest time between two beats: of the clock, or of the processor where that is
 * shorter, since on a busy machine the process may simply not be running. The thread's own work counts where Node can
 * tell it (from 23.9 on), and else that of the whole process.
 */
const HEART = `
  const spent = (since) => (proc.threadCpuUsage ?? proc.cpuUsage).call(proc, since);
  const beat = () => {
    const now = perf.performance.now(), { user, system } = spent(used);
    const silent = Math.min(now - last, (user + system) / 1000);
    if (silent > (context.get('longest') || 0)) context.set('longest', silent);
    last = now; used = spent();
  };
  let last = perf.performance.now(), used = spent();
  setInterval(beat, 5);
`;

const libs = [
  { var: 'perf', module: 'perf_hooks' },
  { var: 'proc', module: 'process' },
];

/** An HTTP endpoint that sends a message through a node of the kind, and answers with what became of it. */
function chain(kind: (typeof KINDS)[number], settings: object): object[] {
  const z = `tab-${kind}`;
  const outputs =
    kind === 'capture'
      ? [
          [`${kind}-out`, `${kind}-sink`],
          [`${kind}-out`, `${kind}-sink`],
        ]
      : [[`${kind}-out`, `${kind}-sink`]];
  return [
    { id: z, type: 'tab', label: kind },
    { id: `${kind}-in`, type: 'http in', z, url: `/${kind}`, method: 'post', wires: [[`${kind}-to`]] },
    {
      ...{ id: `${kind}-to`, type: 'change', z, wires: [[`${kind}-node`]] },
      rules: [{ t: 'set', p: 'terminal', pt: 'msg', to: 'req.query.terminal', tot: 'msg' }],
    },
    { id: `${kind}-node`, z, name: '', ...settings, wires: outputs },
    {
      id: `${kind}-sink`,
      type: 'function',
      z,
      func: 'msg.payload = null; return msg;',
      outputs: 1,
      libs: [],
      wires: [[]],
    },
    {
      id: `${kind}-out`,
      type: 'function',
      z,
      func: "msg.payload = { code: '' }; msg.headers = {}; msg.statusCode = 200; return msg;",
      outputs: 1,
      libs: [],
      wires: [[`${kind}-reply`]],
    },
    { id: `${kind}-catch`, type: 'catch', z, scope: null, uncaught: false, wires: [[`${kind}-caught`]] },
    {
      id: `${kind}-caught`,
      type: 'function',
      z,
      func: 'msg.payload = { code: msg.error.code }; msg.headers = {}; msg.statusCode = 200; return msg;',
      outputs: 1,
      libs: [],
      wires: [[`${kind}-reply`]],
    },
    { id: `${kind}-reply`, type: 'http response', z, wires: [] },
  ];
}

function flow(terminal: { port: number }, secure: { port: number }): object[] {
  const address = { host: '127.0.0.1', timeout: String(TIMEOUT), retries: '0' };
  const request = {
    type: 'isapi-request',
    method: 'GET',
    path: '/ISAPI/System/deviceInfo',
    pathType: 'str',
    terminal: 'terminal',
  };
  return [
    {
      id: 'terminal',
      type: 'isapi-config',
      name: 'plain',
      protocol: 'http',
      port: String(terminal.port),
      certificate: 'verify',
      ...address,
    },
    {
      id: 'secure',
      type: 'isapi-config',
      name: 'Secure',
      protocol: 'https',
      port: String(secure.port),
      certificate: 'verify',
      ...address,
    },
    {
      id: 'unchecked',
      type: 'isapi-config',
      name: 'Unchecked',
      protocol: 'https',
      port: String(secure.port),
      certificate: 'none',
      ...address,
    },
    {
      id: 'hq',
      type: 'artemis-config',
      name: 'HQ',
      protocol: 'http',
      port: String(terminal.port),
      basePath: '/artemis',
      ...address,
    },
    ...chain('request', { ...request, returnType: 'parsed' }),
    ...chain('text', { ...request, terminal: '', returnType: 'text' }),
    ...chain('capture', {
      type: 'capture-face',
      terminal: 'terminal',
      dataType: 'url',
      deadline: '1',
      interval: '0.05',
      hold: false,
      download: false,
    }),
    ...chain('gateway', {
      type: 'artemis-request',
      gateway: 'hq',
      method: 'POST',
      path: '/api/a',
      pathType: 'str',
      body: '{}',
      bodyType: 'json',
      paging: 'none',
    }),
    { id: 'tab', type: 'tab', label: 'heart' },
    { id: 'heart-in', type: 'http in', z: 'tab', url: '/silence', method: 'get', wires: [['heart']] },
    {
      id: 'heart',
      type: 'function',
      z: 'tab',
      initialize: HEART,
      func: "msg.payload = { longest: context.get('longest') || 0 }; context.set('longest', 0); return msg;",
      outputs: 1,
      libs,
      wires: [['heart-out']],
    },
    { id: 'heart-out', type: 'http response', z: 'tab', wires: [] },
  ];
}

describe(`hostile devices and Node-RED ${line}`, function () {
  this.timeout(120_000);
  let red: NodeRedProcess;
  let plain: RawServer;
  let answer: Answer = () => undefined;
  /** The server behind the port of the secure terminals, by turns with another certificate. */
  let certificate: RawServer | undefined;
  let front: net.Server;

  before(async () => {
    plain = await RawServer.start((request) => answer(request));
    front = net.createServer((socket) => {
      const behind = net.connect(certificate?.port ?? 1, '127.0.0.1');
      for (const each of [socket, behind]) each.on('error', () => undefined);
      socket.pipe(behind).pipe(socket);
      socket.once('close', () => behind.destroy());
      behind.once('close', () => socket.destroy());
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    red = await NodeRedProcess.start({
      flow: flow(plain, front.address() as net.AddressInfo),
      credentials: { hq: CREDENTIALS },
      settings: { functionExternalModules: true },
    });
    // Whatever the first replies have to load is no silence of theirs.
    for (const kind of KINDS) {
      for (const each of Object.values(HARMLESS)) await outcome(kind, each);
    }
    await silence();
  });

  after(async () => {
    await red.remove();
    front.close();
    await plain.stop();
  });

  /** What became of a message through a node of that kind; throws where nothing does in time, or Node-RED is gone. */
  async function outcome(kind: (typeof KINDS)[number], how: Answer, terminal = 'plain'): Promise<Outcome> {
    answer = how;
    const reply = await fetch(`${red.url}/${kind}?terminal=${terminal}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return (await reply.json()) as Outcome;
  }

  /** The longest silence in Node-RED since this was asked last, in milliseconds. */
  async function silence(): Promise<number> {
    const reply = await fetch(`${red.url}/silence`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ((await reply.json()) as { longest: number }).longest;
  }

  /** Does it again, where Node-RED was silent for too long, up to three times in all. */
  async function neverSilent(what: string, work: () => Promise<void>): Promise<void> {
    const silences: number[] = [];
    do {
      await silence();
      await work();
      silences.push(await silence());
    } while (silences.length < TIMES_RUNNING && silences.every((each) => each > LONGEST_SILENCE_MS));
    const inWords = silences.map((each) => each.toFixed(0)).join(', ');
    assert.ok(Math.min(...silences) <= LONGEST_SILENCE_MS, `${what}: silent for ${inWords} ms`);
  }

  // A capture whose reply was lost keeps the terminal waiting; what happens on the connection is the same for all kinds.
  const cases = [
    ...Object.entries(HOSTILE_BODIES).map(([what, how]) => ({
      what,
      how,
      kinds: ['request', 'capture', 'gateway'] as const,
    })),
    ...Object.entries(HOSTILE_CONNECTIONS).map(([what, how]) => ({
      what,
      how,
      kinds: ['request', 'gateway'] as const,
    })),
  ];
  for (const { what, how, kinds } of cases) {
    it(`${what}: the message ends, and nothing else does`, async () => {
      await neverSilent(what, async () => {
        for (const { code } of await Promise.all(kinds.map((kind) => outcome(kind, how)))) {
          assert.equal(typeof code, 'string');
        }
      });
    });
  }

  it('a document that is nested too deep is refused', async () => {
    const deep = HOSTILE_BODIES['JSON nested 2,000 deep'] ?? assert.fail();
    assert.equal((await outcome('request', deep)).code, 'BAD_REPLY');
    assert.equal(
      (await outcome('gateway', HOSTILE_BODIES['JSON nested 2,000 deep, of a gateway'] ?? deep)).code,
      'BAD_REPLY',
    );
  });

  it('replies that are spoilt anywhere', async () => {
    const whole = [
      reply(200, '{"statusCode":1,"code":"0","msg":"","data":{"list":[1,2,3]}}', { 'Keep-Alive': 'timeout=5' }),
      reply(401, '<userCheck/>', { 'WWW-Authenticate': 'Digest realm="a", nonce="b", qop="auth"' }),
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: a\r\n\r\n2\r\n{}\r\n0\r\na: b\r\n\r\n'),
    ];
    const numbers = fc.array(fc.nat(0xffffff), { minLength: 1, maxLength: 4 });
    const kinds = fc.constantFrom(...KINDS.filter((kind) => kind === 'request' || kind === 'gateway'));
    await neverSilent('spoilt replies', () =>
      fc.assert(
        fc.asyncProperty(kinds, fc.constantFrom(...whole), numbers, async (kind, bytes, where) => {
          await outcome(kind, spoilt(bytes, where));
        }),
        { seed, numRuns: 60, endOnFailure: true },
      ),
    );
  });

  describe('certificates', () => {
    async function shown(text: CertificateText): Promise<void> {
      let pair: ReturnType<typeof selfSigned>;
      try {
        pair = selfSigned(text);
        certificate = await RawServer.start(({ socket }) => socket.write(reply(200, '{"statusCode":1}')), pair);
      } catch {
        // What OpenSSL does not even load, nobody can serve.
        return;
      }
      try {
        assert.equal((await outcome('text', () => undefined, 'secure')).code, 'CERTIFICATE');
        assert.equal((await outcome('text', () => undefined, 'unchecked')).code, '');
        await assertTested('secure');
        await assertTested('unchecked');
      } finally {
        await certificate.stop();
      }
    }

    /** Test connection says something of this certificate. */
    async function assertTested(id: string): Promise<void> {
      const { port } = front.address() as net.AddressInfo;
      const mode = id === 'secure' ? 'verify' : 'none';
      const dialog = {
        name: id,
        protocol: 'https',
        host: '127.0.0.1',
        port: String(port),
        certificate: mode,
        timeout: '2',
      };
      const tested = await red.fetch(`isapi-config/${id}/test`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
        body: JSON.stringify({
          ...dialog,
          username: '',
          password: '',
          fingerprint: '',
          tls: '',
          retries: '0',
          queueLimit: '10',
        }),
      });
      const { findings } = (await tested.json()) as { findings: { id: string; state: string }[] };
      assert.equal(findings.find((each) => each.id === 'certificate')?.state, id === 'secure' ? 'failed' : 'warned');
    }

    for (const date of DATES) {
      it(`with the date ${date}`, async () => {
        await neverSilent(date, async () => {
          await shown({ notBefore: date });
          await shown({ notAfter: date });
        });
      });
    }

    it('with names, numbers and extensions of any kind', async () => {
      const bytes = fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each));
      const texts = fc.record({
        names: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
        serial: bytes.filter(({ length }) => length > 0),
        altNames: bytes.map((each) => der(0x30, der(0x82, each))),
        notAfter: fc.constantFrom('491231235959Z', ...DATES),
      });
      await neverSilent('certificates', () =>
        fc.assert(fc.asyncProperty(texts, shown), { seed, numRuns: 12, endOnFailure: true }),
      );
    });
  });
});
