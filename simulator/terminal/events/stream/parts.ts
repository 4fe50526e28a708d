import { facePicture } from '../../picture/simulated-face.js';
import type { JsonObject } from '../../protocol/request-documents.js';

const BOUNDARY = 'MIME_boundary';
const CRLF = '\r\n';

export const CONTENT_TYPE = `multipart/mixed; boundary=${BOUNDARY}`;

/** One part of the stream. */
export interface Part {
  headers: [string, string][];
  body: Buffer;
}

/** The parts that tell of one event: its document, then its picture. */
export function eventParts(document: JsonObject, face: string | undefined): Part[] {
  return [textPart('json', JSON.stringify(document)), ...(face === undefined ? [] : [picturePart(face)])];
}

export function textPart(format: 'json' | 'xml', text: string): Part {
  return { headers: [['Content-Type', `application/${format}; charset="UTF-8"`]], body: Buffer.from(text) };
}

function picturePart(face: string): Part {
  return {
    headers: [
      ['Content-Disposition', 'form-data; name="Picture"; filename="Picture.jpg"'],
      ['Content-Type', 'image/jpeg'],
      ['Content-ID', 'pictureImage'],
    ],
    body: facePicture(face),
  };
}

/** A part as it goes out, with the delimiter before it. */
export function writtenPart({ headers, body }: Part): Buffer {
  const lines = [...headers, ['Content-Length', String(body.length)]].map((line) => line.join(': '));
  return Buffer.concat([Buffer.from([`--${BOUNDARY}`, ...lines, '', ''].join(CRLF)), body, Buffer.from(CRLF)]);
}
