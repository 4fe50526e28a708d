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

/** A whole JPEG of 8 by 8 grey pixels, with a comment that makes it another one. @param comment at most 1000 characters of ASCII */
export function greyPicture(comment: string): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xfe, Buffer.from(comment)),
    segment(0xdb, Buffer.alloc(65, 8).fill(0, 0, 1)),
    segment(0xc0, Buffer.from([8, 0, 8, 0, 8, 1, 1, 0x11, 0])),
    // One code each: no difference, and the end of the block.
    segment(0xc4, Buffer.from([0x00, 1, ...Array<number>(15).fill(0), 0])),
    segment(0xc4, Buffer.from([0x10, 1, ...Array<number>(15).fill(0), 0])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([0x3f, 0xff, 0xd9]),
  ]);
}

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}
