import { Connection } from '../../../core/http/connection.js';

// A process of its own (node --expose-gc): says how much memory a body needs that comes from the given port.
const [port, maxBytes] = process.argv.slice(2).map(Number);
const connection = new Connection({
  ...{ protocol: 'http', host: '127.0.0.1', port: port ?? 0, certificate: { mode: 'none' }, maxSockets: 1 },
});

function retained(): number {
  global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function main(): Promise<void> {
  const call = { method: 'GET', headers: {}, timeoutMs: 60_000, maxBytes: maxBytes ?? 0 };
  await connection.send({ ...call, path: '/short' });
  const before = retained();
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, retained() - before)), 250);
  const { body } = await connection.send({ ...call, path: '/long' });
  most = Math.max(most, retained() - before);
  clearInterval(timer);
  connection.close();
  process.stdout.write(JSON.stringify({ length: body.length, most }));
}

void main();
