import { parseMultipart, type Part } from '../protocol/multipart.js';
import { refuse } from '../protocol/replies.js';
import { readJson, type JsonObject } from '../protocol/request-documents.js';

/** What is asked for one face: the record, and the picture where one travels with it. */
export interface FaceRequest {
  record: JsonObject;
  picture?: Buffer;
}

/**
 * The parts of a multipart body: `FaceDataRecord`, which may be typed application/json and has no filename, then perhaps
 * a picture with a filename and the type image/jpeg.
 * @param pictureParts what the part with the picture may be called
 * @throws Refusal
 */
export function readFaceParts(contentType: string, body: Buffer, pictureParts: readonly string[]): FaceRequest {
  let parts: Part[];
  try {
    parts = parseMultipart(contentType, body);
  } catch {
    throw refuse(6, 'badParameters', 'multipart');
  }
  const [first, second] = parts;
  if (first?.name !== 'FaceDataRecord') throw refuse(6, 'badParameters', 'FaceDataRecord');
  if (first.filename !== undefined || !['', 'application/json'].includes(mediaType(first.contentType))) {
    throw refuse(6, 'badJsonContent', 'FaceDataRecord');
  }
  const record = readJson(first.content);
  if (!second) return { record };
  const isPicture = pictureParts.includes(second.name) && second.filename !== undefined;
  if (parts.length > 2 || !isPicture || mediaType(second.contentType) !== 'image/jpeg') {
    throw refuse(6, 'badParameters', 'img');
  }
  return { record, picture: second.content };
}

/** A type without its parameters; '' for none. */
export function mediaType(contentType = ''): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
