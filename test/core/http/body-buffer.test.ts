import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { BodyBuffer } from '../../../core/http/body-buffer.js';
import { RawServer, reply } from '../../harness/http/raw-server.js';

const MIB = 1024 * 1024;
const PROBE = path.resolve(__dirname, '../../harness/http/body-memory.ts');

describe('body buffer', () => {
  it('gives what came, in pieces of any size', () => {
    for (const sizes of [[], [0], [5], [1, 1, 1], [70_000], [70_000, 1, 40_000], [0, 3, 0, 99_997]]) {
      const body = new BodyBuffer(MIB);
      const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1));
      assert.ok(pieces.every((piece) => body.add(piece)));
      assert.deepEqual(body.content, Buffer.concat(pieces));
    }
  });

  it('leaves the pieces as they are', () => {
    const first = Buffer.from('first');
    const body = new BodyBuffer(100);
    body.add(first);
    body.add(Buffer.from('second'));
    assert.equal(first.toString(), 'first');
  });

  it('takes as much as the limit and no byte more', () => {
    const body = new BodyBuffer(10);
    assert.ok(body.add(Buffer.alloc(9)));
    assert.ok(body.add(Buffer.alloc(1)));
    assert.ok(!body.add(Buffer.alloc(1)));
    assert.ok(!new BodyBuffer(10).add(Buffer.alloc(11)));
  });

  it('keeps less than three times the limit of a body that comes byte by byte', async () => {
    const chunks = Buffer.from('1\r\nx\r\n'.repeat(MIB) + '0\r\n\r\n');
    const server = await RawServer.start(({ path: asked, socket }) => {
      if (asked === '/short') socket.write(reply(200, 'ok'));
      else socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), chunks]));
    });
    try {
      const args = ['--expose-gc', '--require', 'tsx/cjs', PROBE, String(server.port), String(MIB)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { length, most } = JSON.parse(stdout) as { length: number; most: number };
      assert.equal(length, MIB);
      assert.ok(most < 3 * MIB, `${(most / MIB).toFixed(1)} MiB`);
    } finally {
      await server.stop();
    }
  }).timeout(60_000);
});
