import { createHash } from 'node:crypto';
import { encodeTiledJpeg } from './tiled-jpeg.js';

const COMMENT_PREFIX = 'simulated face: ';
/** UTF-8; a JPEG comment could hold 64 kB. */
const MAX_NAME_BYTES = 1000;

/** Drawing takes longer than all else that a terminal does, and the same few faces come again and again. */
const drawn = new Map<string, Buffer>();
const MOST_DRAWN = 50;

/**
 * The picture of a simulated face: a JPEG of 480 by 560 pixels with a drawn face in the colours of its name,
 * which it carries in a comment.
 * @throws Error for a name that is empty or longer than 1000 bytes
 */
export function facePicture(name: string): Buffer {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new Error(`The name of a face is a text of 1 to ${MAX_NAME_BYTES} bytes`);
  }
  let jpeg = drawn.get(name);
  if (!jpeg) {
    jpeg = encodeTiledJpeg({ width: 60, height: 70, colour: portrait(name) }, COMMENT_PREFIX + name);
    if (drawn.size === MOST_DRAWN) drawn.clear();
    drawn.set(name, jpeg);
  }
  return Buffer.from(jpeg);
}

/**
 * The name of the face in a JPEG: the one that facePicture wrote, `photo-` and a fingerprint for any other complete
 * JPEG, undefined for anything else (even one byte before SOI or after EOI).
 */
export function faceNameOf(jpeg: Buffer): string | undefined {
  if (jpeg.length < 4 || jpeg.readUInt16BE(0) !== 0xffd8 || jpeg.readUInt16BE(jpeg.length - 2) !== 0xffd9) {
    return undefined;
  }
  let name: string | undefined;
  let hasFrame = false;
  let position = 2;
  while (position + 4 <= jpeg.length) {
    const marker = jpeg.readUInt16BE(position);
    const length = jpeg.readUInt16BE(position + 2);
    if (marker < 0xffc0 || length < 2) return undefined;
    if (marker === 0xffda) return hasFrame ? (name ?? fingerprint(jpeg)) : undefined;
    if (marker === 0xffc0 || marker === 0xffc2) hasFrame = true;
    const content = jpeg.toString('utf8', position + 4, position + 2 + length);
    if (marker === 0xfffe && content.startsWith(COMMENT_PREFIX)) name = content.slice(COMMENT_PREFIX.length);
    position += 2 + length;
  }
  return undefined;
}

function fingerprint(jpeg: Buffer): string {
  return `photo-${createHash('sha256').update(jpeg).digest('hex').slice(0, 12)}`;
}

type Colour = readonly [number, number, number];

/** The colours of a drawn face, tile by tile, on a picture of 60 by 70 tiles. */
function portrait(name: string): (x: number, y: number) => Colour {
  const [hue = 0, tone = 0, dark = 0, mood = 0] = createHash('sha256').update(name).digest();
  const angle = (hue / 256) * 2 * Math.PI;
  const wheel = (middle: number, swing: number): Colour => [
    middle + swing * Math.cos(angle),
    middle + swing * Math.cos(angle - (2 * Math.PI) / 3),
    middle + swing * Math.cos(angle + (2 * Math.PI) / 3),
  ];
  const light = 0.55 + (tone / 255) * 0.45;
  const skin: Colour = [240 * light, 195 * light, 160 * light];
  const nose: Colour = [204 * light, 166 * light, 136 * light];
  const lips: Colour = [165 * light, 60 * light, 65 * light];
  const hair: Colour = [30 + dark / 3, 20 + dark / 4, 15 + dark / 8];
  const background = wheel(205, 35);
  const clothes = wheel(115, 90);
  return (x, y) => {
    const middle = 29.5;
    const side = Math.abs(x - middle);
    const inEllipse = (dx: number, dy: number, rx: number, ry: number): boolean => (dx / rx) ** 2 + (dy / ry) ** 2 <= 1;
    const smile = (side ** 2 / 64) * (mood / 80);
    if (inEllipse(side - 9, y - 31, 1.4, 1.6)) return PUPIL;
    if (inEllipse(side - 9, y - 31, 3, 2.2)) return EYE;
    if (side >= 5 && side <= 13 && y >= 26 && y <= 27) return hair;
    if (side <= 1.5 && y >= 33 && y <= 40) return nose;
    if (side <= 8 && Math.abs(y - 47 + smile) <= 1) return lips;
    if (inEllipse(side, y - 34, 20, 25)) return y < 18 + side / 8 ? hair : skin;
    if (inEllipse(side, y - 28, 23, 25)) return hair;
    if (side <= 8 && y > 50 && y < 62) return skin;
    return inEllipse(side, y - 74, 30, 16) ? clothes : background;
  };
}

const PUPIL: Colour = [25, 25, 30];
const EYE: Colour = [250, 250, 250];
