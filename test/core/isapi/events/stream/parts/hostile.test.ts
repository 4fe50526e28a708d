import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../../../core/errors/hikvision-error.js';
import { ByteWindow } from '../../../../../../core/isapi/events/stream/parts/byte-window.js';
import { MultipartReader } from '../../../../../../core/isapi/events/stream/parts/multipart-reader.js';

const TYPE = 'multipart/mixed; boundary=b';
const MIB = 1024 * 1024;
const BEAT = '--b\r\n\r\n{"eventType":"heartBeat"}\r\n';
const JPEG_START = Buffer.from('ffd8ffe00002ffda0002', 'hex');

/** What came of it: kinds of parts, and how often each. */
interface Outcome {
  parts: Record<string, number>;
  failure?: HikvisionError;
}

/** Reads these bytes in pieces of this size, as often as it says. */
function read(all: Buffer, { piece = 65_536, times = 1, reader = new MultipartReader(TYPE) } = {}): Outcome {
  const parts: Record<string, number> = {};
  try {
    for (let time = 0; time < times; time += 1) {
      for (let at = 0; at < all.length; at += piece) {
        reader.add(all.subarray(at, at + piece));
        for (let part = reader.next(); part; part = reader.next()) parts[part.kind] = (parts[part.kind] ?? 0) + 1;
      }
    }
    return { parts };
  } catch (error) {
    assert.ok(error instanceof HikvisionError, String(error));
    return { parts, failure: error };
  }
}

const bytes = (...all: (string | Buffer)[]): Buffer => Buffer.concat(all.map((each) => Buffer.from(each)));

/** CPU seconds (user) that it takes, the least of three. */
function cost(work: () => unknown): number {
  const once = (): number => {
    const before = process.cpuUsage();
    work();
    return process.cpuUsage(before).user / 1e6;
  };
  return Math.min(once(), once(), once());
}

describe('multipart reader, against a hostile terminal', () => {
  for (const [what, start, unit] of [
    ['headers without an end', '--b\r\n', 'X-Header: yes\r\n'],
    ['a header line without an end', '--b\r\nX: ', 'xxxxxxxx'],
    ['a part of 1 GB, declared', '--b\r\nContent-Length: 1000000000\r\n\r\nx', 'xxxxxxxx'],
    ['a picture of 1 GB, declared', bytes('--b\r\nContent-Length: 1000000000\r\n\r\n', JPEG_START), 'xxxxxxxx'],
    ['JSON without an end', '--b\r\n\r\n{', '"a":"b",'],
    ['JSON that is one text', '--b\r\n\r\n{"', 'aaaaaaaa'],
    ['XML without an end', '--b\r\n\r\n<a>', '<b>c</b>'],
    ['a preamble without an end', 'x', `${'some text '.repeat(20)}\r\n`],
    ['a preamble of blank lines', '', '\r\n'],
    ['a preamble of one line', 'x', 'xxxxxxxx'],
    ['a first line of dashes without an end', '--', '--------'],
    ['nothing behind a part', '--b\r\n\r\n{}', 'xxxxxxxx'],
  ] as const) {
    it(`${what}: is given up at 16 MiB, with little of it kept`, () => {
      const reader = new MultipartReader(TYPE);
      read(bytes(start), { reader });
      const unitBlock = bytes(unit.repeat(8192));
      const { failure } = read(unitBlock, { reader, times: Math.ceil((15 * MIB) / unitBlock.length) });
      assert.equal(failure, undefined);
      const more = read(unitBlock, { reader, times: Math.ceil((4 * MIB) / unitBlock.length) });
      assert.equal(more.failure?.code, 'TOO_LARGE');
    });

    it(`${what}: what follows within that is read`, () => {
      const reader = new MultipartReader(TYPE);
      read(bytes(start, unit.repeat(Math.ceil((3 * MIB) / unit.length))), { reader });
      const { parts } = read(bytes('\r\n', BEAT, BEAT), { reader });
      assert.equal(parts['document'], 2);
    });
  }

  it('deep JSON and XML are parts like others', () => {
    const deep = bytes('--b\r\n\r\n', '{"a":'.repeat(50_000), '0', '}'.repeat(50_000), '\r\n', BEAT);
    assert.deepEqual(read(deep).parts, { document: 2 });
  });

  /** Each has to take time as its length. */
  const GROWING: Readonly<Record<string, (length: number) => [Buffer, number]>> = {
    'tiny parts': (length) => [bytes('--b\r\n\r\n{}\r\n'.repeat(length / 12)), MIB],
    'empty parts': (length) => [bytes('--b\r\n'.repeat(length / 5)), MIB],
    'broken JSON': (length) => [bytes('--b\r\n\r\n{"\r\n'.repeat(length / 12)), MIB],
    'one byte at a time': (length) => [bytes(BEAT.repeat(length / 8 / BEAT.length)), 1],
    'headers, one byte at a time': (length) => [bytes('--b\r\n', 'X: y\r\n'.repeat(length / 48)), 1],
    'one header line, one byte at a time': (length) => [bytes('--b\r\nX', 'y'.repeat(length / 8)), 1],
    'a picture, one byte at a time': (length) => [bytes('--b\r\n\r\n', JPEG_START, Buffer.alloc(length / 8, 7)), 1],
    'JSON, one byte at a time': (length) => [bytes('--b\r\n\r\n{"', 'a'.repeat(length / 8)), 1],
    'XML, one byte at a time': (length) => [bytes('--b\r\n\r\n<a>', '>'.repeat(length / 8)), 1],
    'lines of dashes': (length) => [bytes('--b\r\n\r\nx', '\n--'.repeat(length / 3)), 65_536],
    'delimiters that are none': (length) => [bytes('--b\r\n\r\nx', '\n--bc'.repeat(length / 5)), 65_536],
    'delimiters within one picture': (length) => [
      bytes('--b\r\n\r\n', JPEG_START, '\n--b\n'.repeat(length / 5)),
      65_536,
    ],
    'pictures that are declared too long': (length) => [
      bytes(...Array<Buffer>(length / 64).fill(bytes('--b\r\nContent-Length: 2000000\r\n\r\n', JPEG_START, '\r\n'))),
      65_536,
    ],
    'pictures that end in nothing': (length) => [
      bytes(...Array<Buffer>(length / 64).fill(bytes('--b\r\n\r\n', Buffer.from('ffd8ffe0ffff', 'hex'), '\r\n'))),
      65_536,
    ],
    'layers within layers': (length) => [
      bytes(...Array.from({ length: length / 32 }, (_, i) => `--b\r\n\r\n--inner${i}\r\n\r\n{}\r\n`)),
      65_536,
    ],
    'declared layers': (length) => [
      bytes(
        ...Array.from({ length: length / 64 }, (_, i) => `--b\r\nContent-Type: multipart/x; boundary=${i}\r\n\r\n`),
      ),
      65_536,
    ],
  };
  for (const [what, make] of Object.entries(GROWING)) {
    it(`${what}: eight times as many take about eight times as long`, () => {
      const [short, long] = [make(MIB / 16), make(MIB / 2)];
      const timeOf = ([all, piece]: [Buffer, number]): number => cost(() => read(all, { piece }));
      timeOf(short);
      const ratioOf = (): number => timeOf(long) / Math.max(timeOf(short), 0.004);
      // What grows with the square is at 64 each time; what else this process has left to clean up is not there each time.
      const isLinear = [1, 2, 3].some(() => ratioOf() < 32);
      assert.ok(isLinear, `${ratioOf()} times`);
    });
  }

  it('never throws anything else, nor stops reading, whatever is thrown together', () => {
    const bricks = [
      ...[
        '--b\r\n',
        '--b--\r\n',
        '\r\n',
        '\n',
        '--',
        '--inner\r\n',
        'Content-Length: 20\r\n',
        'Content-Length: 99\r\n',
      ],
      ...[
        'Content-Type: image/jpeg\r\n',
        'content-type: multipart/mixed; boundary=inner\r\n',
        '{"a":1}',
        '{"',
        '"}',
        '}',
      ],
      ...['<a>', '</a>', 'x', JPEG_START, Buffer.from('ffd9', 'hex'), Buffer.from('ff', 'hex'), '\ufeff', ' ', '\0'],
    ];
    const random = seeded(7);
    for (let round = 0; round < 3000; round += 1) {
      const all = bytes(...Array.from({ length: 1 + random(30) }, () => bricks[random(bricks.length)] ?? ''));
      // Where no boundary is declared, the first line is.
      const reader = new MultipartReader(random(2) ? TYPE : '');
      read(bytes(BEAT), { reader });
      const whole = read(all, { reader: new MultipartReader(TYPE) });
      assert.equal(whole.failure, undefined);
      read(all, { reader, piece: 1 + random(all.length) });
      // Behind anything, one whole part may be lost in it, but not the next ones.
      const { parts } = read(bytes('\r\n', BEAT, BEAT, BEAT, JPEG_TAIL, BEAT, BEAT), { reader, piece: 1 + random(20) });
      assert.ok((parts['document'] ?? 0) >= 1, JSON.stringify(all.toString('latin1')));
    }
  });

  const JPEG_TAIL = bytes('\r\n', Buffer.from('ffd9', 'hex'), '\r\n');

  it('keeps no more of a picture than it needs', () => {
    const window = new ByteWindow();
    const content = bytes('0123456789'.repeat(1000));
    for (let at = 0; at < content.length; at += 7) window.add(content.subarray(at, at + 7));
    assert.deepEqual(window.bytes, content);
    window.drop(9_990);
    for (let at = 0; at < 100_000; at += 1) {
      window.add(content.subarray(at % 10, (at % 10) + 1));
      window.drop(1);
    }
    assert.deepEqual([window.bytes.toString(), window.bytes.buffer.byteLength < 40_000], ['0123456789', true]);
    window.drop(10);
    assert.equal(window.bytes.buffer.byteLength, 0);
  });
});

/** Numbers below `below` that are the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}
