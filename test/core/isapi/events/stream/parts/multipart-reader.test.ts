import assert from 'node:assert/strict';

import { MultipartReader } from '../../../../../../core/isapi/events/stream/parts/multipart-reader.js';

/** A part as it is compared: documents as text. */
type Seen = [kind: string, name: string, body: string | Buffer];

const EVENT = '{"eventType":"AccessControllerEvent","AccessControllerEvent":{"serialNo":30412,"name":"{ } \\" --b"}}';
const BEAT = '{ "eventType": "videoloss", "eventState": "inactive" }';
const XML = '<?xml version="1.0"?><EventNotificationAlert><eventType>videoloss</eventType></EventNotificationAlert>';

/** A JPEG whose scan holds these bytes. */
function jpeg(scan: string | Buffer = 'abc'): Buffer {
  const app = Buffer.from('ffe1000a4578696600ffd8d9', 'hex');
  return Buffer.concat([
    ...[Buffer.from('ffd8', 'hex'), app, Buffer.from('ffda0002', 'hex')],
    ...[Buffer.from(scan), Buffer.from('ffd9', 'hex')],
  ]);
}

const bytes = (...all: (string | Buffer)[]): Buffer => Buffer.concat(all.map((each) => Buffer.from(each)));
const headers = (type: string, length?: number): string =>
  `Content-Type: ${type}\r\n${length === undefined ? '' : `Content-Length: ${length}\r\n`}\r\n`;
const json = (body: string, boundary = '--b'): Buffer =>
  bytes(`${boundary}\r\n`, headers('application/json; charset="UTF-8"', Buffer.byteLength(body)), body, '\r\n');

function read(contentType: string, ...pieces: Buffer[]): Seen[] {
  const reader = new MultipartReader(contentType);
  const seen: Seen[] = [];
  for (const piece of pieces) {
    reader.add(piece);
    for (let part = reader.next(); part; part = reader.next()) {
      if (part.kind === 'document') seen.push([part.kind, part.name, part.body.toString().trim()]);
      else if (part.kind === 'picture') seen.push([part.kind, part.name, Buffer.from(part.body)]);
    }
  }
  return seen;
}

const documents = (...bodies: string[]): Seen[] => bodies.map((body) => ['document', '', body]);

describe('multipart reader', () => {
  describe('boundaries', () => {
    for (const [what, contentType, delimiter] of [
      ['MIME_boundary (K1T342MWX, K1T344MX)', 'multipart/mixed; boundary=MIME_boundary', '--MIME_boundary'],
      ['boundary', 'multipart/mixed; boundary=boundary', '--boundary'],
      ['multipart/form-data (K1T344MX)', 'multipart/form-data; boundary=MIME_boundary', '--MIME_boundary'],
      ['quoted', 'multipart/mixed; boundary="MIME_boundary"', '--MIME_boundary'],
      ['in angle brackets', 'multipart/mixed; boundary=<boundary>', '--<boundary>'],
      ['in angle brackets that do not belong to it', 'multipart/mixed; boundary=<boundary>', '--boundary'],
      ['with dashes already', 'multipart/mixed; boundary=--myboundary', '--myboundary'],
      ['with dashes to which others are added', 'multipart/mixed; boundary=--myboundary', '----myboundary'],
      ['none declared', 'multipart/mixed', '--whatever-it-is'],
      ['none declared, and no type either', '', '--whatever-it-is'],
      ['another one than declared', 'multipart/mixed; boundary=boundary', '--MIME_boundary'],
      ['Boundary with a capital, and another parameter', 'Multipart/Mixed; Boundary=b; charset=x', '--b'],
    ] as const) {
      it(what, () => {
        const stream = bytes(json(EVENT, delimiter), json(BEAT, delimiter), json(EVENT, delimiter));
        assert.deepEqual(read(contentType, stream), documents(EVENT, BEAT, EVENT));
        if (!contentType.includes(delimiter.replace(/^-*|[<>]/g, ''))) return;
        // What is declared is known, whatever stands before it.
        assert.deepEqual(read(contentType, bytes('-- not it\r\n', stream)), documents(EVENT, BEAT, EVENT));
      });
    }

    it('blank lines and words before the first, blanks behind it', () => {
      const stream = bytes('\r\n\r\nThis is a MIME message\r\n', json(EVENT, '--b  '), json(BEAT));
      assert.deepEqual(read('multipart/mixed; boundary=b', stream), documents(EVENT, BEAT));
    });

    it('goes on behind the mark of the end', () => {
      const stream = bytes(json(EVENT), '--b--\r\n', json(BEAT));
      assert.deepEqual(read('multipart/mixed; boundary=b', stream), documents(EVENT, BEAT));
    });

    it('ends a part also as the mark of the end', () => {
      assert.deepEqual(read('multipart/mixed; boundary=b', bytes('--b\r\n\r\n', XML, '\r\n--b--\r\n')), documents(XML));
    });

    it('is not learned from what stands behind a part', () => {
      const stream = bytes(json(EVENT), '--junk\r\n\r\n{"a":1}\r\n', json(BEAT));
      assert.deepEqual(read('multipart/mixed; boundary=b', stream), documents(EVENT, BEAT));
    });

    it('is not taken for one that only begins like it', () => {
      const stream = bytes('--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--bc\r\n{"a":1}\r\n', json(BEAT));
      assert.deepEqual(read('multipart/mixed; boundary=b', stream), documents(BEAT));
    });
  });

  describe('forms of parts', () => {
    const type = 'multipart/mixed; boundary=b';
    for (const [what, part, expected] of [
      ['LF after the delimiter, headers with CRLF', `--b\n${headers('application/json', EVENT.length)}${EVENT}`, EVENT],
      ['only LF', `--b\nContent-Type: application/json\n\n${EVENT}\n`, EVENT],
      ['headers in lower case', `--b\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}`, '{"a":1}'],
      ['headers in upper case', `--b\r\nCONTENT-TYPE: TEXT/X\r\nCONTENT-LENGTH: 7\r\n\r\n{"a":1}`, '{"a":1}'],
      ['no Content-Length', `--b\r\n${headers('application/json')}${EVENT}`, EVENT],
      ['a Content-Length that is too short', `--b\r\n${headers('application/json', 10)}${EVENT}`, EVENT],
      ['a Content-Length that is too long', `--b\r\n${headers('application/json', 100_000)}${EVENT}`, EVENT],
      ['a Content-Length of 0', `--b\r\n${headers('application/json', 0)}${EVENT}`, EVENT],
      ['no Content-Type (K1T342EFWX V3.3.5)', `--b\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`, EVENT],
      ['no headers', `--b\r\n\r\n${EVENT}`, EVENT],
      ['no headers, and no blank line', `--b\r\n${EVENT}`, EVENT],
      ['a byte order mark', `--b\r\n${headers('application/json')}\ufeff${EVENT}`, EVENT],
      ['a wrong Content-Type', `--b\r\n${headers('image/jpeg', EVENT.length)}${EVENT}`, EVENT],
      ['no line break before the next delimiter', `--b\r\n${headers('application/json')}${EVENT}--b\r\n\r\n`, EVENT],
      ['XML', `--b\r\n${headers('application/xml; charset="UTF-8"', XML.length)}${XML}`, XML],
      ['XML without length and type', `--b\r\n\r\n${XML}\r\n`, XML],
      [
        'JSON in another layer (length of the whole layer)',
        `--b\r\n${headers('multipart/form-data; boundary=inner', 400)}--inner\r\n${headers('application/json')}${EVENT}\r\n--inner--\r\n`,
        EVENT,
      ],
      [
        'JSON in another layer that is not declared',
        `--b\r\n${headers('application/octet-stream', 400)}--inner\r\n${headers('application/json')}${EVENT}\r\n--inner--\r\n`,
        EVENT,
      ],
      [
        'JSON in another layer behind words',
        `--b\r\n${headers('multipart/form-data; boundary=inner', 400)}A message\r\n--inner\r\n\r\n${EVENT}\r\n--inner--\r\n`,
        EVENT,
      ],
      ['JSON in another layer with the same boundary', `--b\r\nContent-Length: 400\r\n\r\n--b\r\n\r\n${EVENT}`, EVENT],
    ] as const) {
      it(what, () => {
        const stream = bytes(part, '\r\n', json(BEAT));
        assert.deepEqual(read(type, stream), documents(expected, BEAT));
      });

      it(`${what}: read as soon as it is there, not when the next part comes`, () => {
        assert.deepEqual(read(type, bytes(part.replace(/--b\r\n\r\n$/, ''))), documents(expected));
      });
    }

    it('the name of a part (K1T671: event_log; K1T344MX: AccessControllerEvent)', () => {
      const part = (disposition: string): string => `--b\r\nContent-Disposition: ${disposition}\r\n\r\n${EVENT}\r\n`;
      const stream = bytes(
        part('form-data; name="event_log"'),
        part('form-data; filename="x.json"; name=AccessControllerEvent'),
      );
      assert.deepEqual(
        read(type, stream).map(([, name]) => name),
        ['event_log', 'AccessControllerEvent'],
      );
    });

    it('a document without any multipart around it', () => {
      assert.deepEqual(read('application/json', bytes(EVENT, BEAT)), documents(EVENT, BEAT));
      assert.deepEqual(read('application/xml', bytes(XML)), documents(XML));
    });

    it('a document that is cut: the next one is read', () => {
      for (const cut of ['{"a":"b', '{"a":{"b":1}', '{"a":"x\\"}']) {
        assert.deepEqual(read(type, bytes(`--b\r\n\r\n${cut}\r\n`, json(BEAT))), documents(BEAT), cut);
      }
    });
  });

  describe('pictures', () => {
    const type = 'multipart/mixed; boundary=b';
    const head = (length?: number): string =>
      `--b\r\nContent-Disposition: form-data; name="Picture"; filename="Picture.jpg"\r\n${headers('image/jpeg', length)}`;
    const nasty =
      '{"a":1}\r\n--b\r\nContent-Type: application/json\r\n\r\n{"eventType":"AccessControllerEvent"}\r\n--b--';

    it('with { and -- inside (K1T344MBFWX-E V4.47.0)', () => {
      const picture = jpeg(bytes('{{{}--\r\n--\n--x', Buffer.from('ff000004ffd3ff00', 'hex'), 'x'));
      for (const length of [picture.length, undefined]) {
        assert.deepEqual(read(type, bytes(head(length), picture, '\r\n', json(BEAT))), [
          ['picture', 'Picture', picture],
          ...documents(BEAT),
        ]);
      }
    });

    it('with delimiters and whole parts inside', () => {
      const picture = jpeg(nasty);
      const expected: Seen[] = [['picture', 'Picture', picture], ...documents(BEAT)];
      assert.deepEqual(read(type, bytes(head(picture.length), picture, '\r\n', json(BEAT))), expected);
    });

    it('without a length, with delimiters inside', () => {
      const picture = jpeg(bytes('x\r\n--b\r\n', Buffer.alloc(100, 7)));
      const expected: Seen[] = [['picture', 'Picture', picture], ...documents(BEAT)];
      assert.deepEqual(read(type, bytes(head(), picture, '\r\n', json(BEAT))), expected);
    });

    it('with a wrong length', () => {
      const picture = jpeg(Buffer.alloc(1000, 7));
      for (const length of [0, 10, 999, 5_000, 100_000]) {
        assert.deepEqual(read(type, bytes(head(length), picture, '\r\n', json(BEAT))), [
          ['picture', 'Picture', picture],
          ...documents(BEAT),
        ]);
      }
    });

    it('without headers', () => {
      const picture = jpeg();
      assert.deepEqual(read(type, bytes('--b\r\n', picture, '\r\n', json(BEAT))), [
        ['picture', '', picture],
        ...documents(BEAT),
      ]);
    });

    it('read as soon as it is there', () => {
      const picture = jpeg();
      assert.deepEqual(read(type, bytes(head(), picture)), [['picture', 'Picture', picture]]);
    });

    it('cut in the middle: the next part is read', () => {
      const cut = jpeg(Buffer.alloc(1000, 7)).subarray(0, 500);
      const next = bytes('\r\n', json(EVENT), json(BEAT));
      assert.deepEqual(read(type, bytes(head(), cut, next)), documents(EVENT, BEAT));
      // As long as more may come of what was declared, it is waited for.
      assert.deepEqual(read(type, bytes(head(1016), cut, next), json(XML), jsonOf(700)), [
        ...documents(EVENT, BEAT, XML),
        ...documents(jsonOf(700).subarray(-702, -2).toString()),
      ]);
    });
  });

  it('any form, however it is cut into pieces', () => {
    const type = 'multipart/mixed; boundary=b';
    const picture = jpeg('{"a":1}\r\n--b\r\nContent-Type: a\r\n\r\n{}\r\n--b--\r\n');
    const stream = bytes(
      ...[
        json(EVENT),
        '--b\r\n\r\n',
        picture.subarray(0, 20),
        '\r\n',
        json(EVENT),
        `--b\n${headers('image/jpeg', picture.length)}`,
        picture,
        `\r\n--b\r\n\r\n${XML}\r\n`,
      ],
      ...[
        `--b\r\n${headers('multipart/mixed; boundary="i n"')}--i n\r\n${EVENT}\r\n--i n--\r\n--b\r\n${BEAT}\r\n`,
        json(BEAT),
      ],
    );
    const expected = read(type, stream);
    assert.equal(expected.length, 7);
    for (let size = 1; size < stream.length; size += 1) {
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
        stream.subarray(i * size, (i + 1) * size),
      );
      assert.deepEqual(read(type, ...pieces), expected, `pieces of ${size}`);
    }
  });

  function jsonOf(length: number): Buffer {
    return json(`{"a":"${'x'.repeat(length - 8)}"}`);
  }
});
