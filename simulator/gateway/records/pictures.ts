import { createHash } from 'node:crypto';

import { isObject, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
/** So much of a picture's SHA-256 names it. */
const NAME_DIGITS = 16;

/**
 * The name of a picture in `field`, by its content: the picture itself is not kept.
 * @throws Refusal 2 for anything but a bare base64 JPEG
 */
export function pictureIn(input: JsonObject, field: string): string {
  const value = input[field];
  if (value === undefined || value === '') throw refuse('0x00072001', field);
  if (typeof value !== 'string' || !BASE64.test(value)) throw refuse('2', field);
  const picture = Buffer.from(value, 'base64');
  if (!picture.subarray(0, JPEG.length).equals(JPEG)) throw refuse('2', field);
  return createHash('sha256').update(picture).digest('hex').slice(0, NAME_DIGITS);
}

/** The picture in `faces: [{ faceData }]`; undefined where there is none, or a blank one. @throws Refusal as pictureIn does */
export function firstFace(input: JsonObject): string | undefined {
  const { faces } = input;
  if (faces === undefined || faces === null) return undefined;
  if (!Array.isArray(faces)) throw refuse('0x00072003', 'faces');
  const [first] = faces as unknown[];
  if (first === undefined) return undefined;
  if (!isObject(first)) throw refuse('0x00072003', 'faces');
  return first['faceData'] === undefined || first['faceData'] === '' ? undefined : pictureIn(first, 'faceData');
}
