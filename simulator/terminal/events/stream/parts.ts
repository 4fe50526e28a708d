import { facePicture } from '../../picture/simulated-face.js';
import type { JsonObject } from '../../protocol/request-documents.js';
import type { BoundaryForm, FormBehaviour } from '../behaviour.js';

const CRLF = '\r\n';

/** What the Content-Type says, and what stands between the parts. */
const BOUNDARIES: Record<BoundaryForm, { parameter?: string; delimiter: string }> = {
  MIME_boundary: { parameter: 'MIME_boundary', delimiter: '--MIME_boundary' },
  boundary: { parameter: 'boundary', delimiter: '--boundary' },
  quoted: { parameter: '"MIME_boundary"', delimiter: '--MIME_boundary' },
  'angle brackets': { parameter: '<boundary>', delimiter: '--<boundary>' },
  'angle brackets in the header only': { parameter: '<boundary>', delimiter: '--boundary' },
  'dashes twice': { parameter: '--myboundary', delimiter: '----myboundary' },
  'dashes once': { parameter: '--myboundary', delimiter: '--myboundary' },
  absent: { delimiter: '--MIME_boundary' },
};

/** Of the multipart within a part. */
const INNER = 'inner_boundary';

/** The Content-Type of the whole stream. */
export function contentType({ boundary }: FormBehaviour): string {
  const { parameter } = BOUNDARIES[boundary];
  return parameter === undefined ? 'multipart/mixed' : `multipart/mixed; boundary=${parameter}`;
}

/** One part of the stream. */
export interface Part {
  headers: [string, string][];
  body: Buffer;
}

/** The parts that tell of one event: its document, then its picture. */
export function eventParts(document: JsonObject, face: string | undefined, form: FormBehaviour): Part[] {
  const parts = [textPart('json', JSON.stringify(document)), ...(face === undefined ? [] : [picturePart(face, form)])];
  if (!form.nested) return parts;
  const inner = parts.map((part) =>
    writtenPart(part, `--${INNER}`, { ...form, delimiterEnd: 'CRLF', lengths: 'right' }),
  );
  const body = Buffer.concat([...inner, Buffer.from(`--${INNER}--${CRLF}`)]);
  return [{ headers: [['Content-Type', `multipart/form-data; boundary=${INNER}`]], body }];
}

export function textPart(format: 'json' | 'xml', text: string): Part {
  return { headers: [['Content-Type', `application/${format}; charset="UTF-8"`]], body: Buffer.from(text) };
}

/** Whether the part is a picture. */
export function isPicture({ headers }: Part): boolean {
  return headers.some(([, value]) => value === 'image/jpeg');
}

/** A part as it goes out, with the delimiter before it. */
export function streamPart(part: Part, form: FormBehaviour): Buffer {
  return writtenPart(part, BOUNDARIES[form.boundary].delimiter, form);
}

function writtenPart({ headers, body }: Part, delimiter: string, form: FormBehaviour): Buffer {
  const { delimiterEnd, lengths, types, headerCase } = form;
  const said = headers.filter(([name]) => types === 'right' || name !== 'Content-Type');
  const lines = (length: number): string => {
    const all = lengths === 'absent' ? said : [...said, ['Content-Length', String(length)]];
    return all.map(([name = '', value = '']) => `${cased(name, headerCase)}: ${value}${CRLF}`).join('');
  };
  const first = delimiter + (delimiterEnd === 'LF' ? '\n' : CRLF);
  const wrapper = first.length + lines(body.length).length + 2 * CRLF.length;
  const length = lengths === 'of the wrapper' ? body.length + wrapper : body.length;
  return Buffer.concat([Buffer.from(first + lines(length) + CRLF), body, Buffer.from(CRLF)]);
}

function cased(name: string, form: FormBehaviour['headerCase']): string {
  return form === 'usual' ? name : form === 'lower' ? name.toLowerCase() : name.toUpperCase();
}

function picturePart(face: string, form: FormBehaviour): Part {
  return {
    headers: [
      ['Content-Disposition', 'form-data; name="Picture"; filename="Picture.jpg"'],
      ['Content-Type', 'image/jpeg'],
      ['Content-ID', 'pictureImage'],
    ],
    body: form.treacherousPictures ? treacherous(facePicture(face), form) : facePicture(face),
  };
}

/** The JPEG with a comment that parsers stumble over; where lengths are right it may hold the very delimiter. */
function treacherous(jpeg: Buffer, { boundary, lengths }: FormBehaviour): Buffer {
  const { delimiter } = BOUNDARIES[boundary];
  const nearly = `${CRLF}${delimiter.slice(0, -1)}${CRLF}{"a":{"b":[ -- <x> }`;
  const very = `${CRLF}${delimiter}${CRLF}Content-Type: application/json${CRLF}${CRLF}{`;
  const text = Buffer.from(lengths === 'right' ? nearly + very : nearly);
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, text, jpeg.subarray(2)]);
}
