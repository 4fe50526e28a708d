/** A picture made of plain tiles of 8 by 8 pixels; width and height in tiles, both even. */
interface TiledPicture {
  width: number;
  height: number;
  /** Red, green and blue of a tile, 0..255. */
  colour: (x: number, y: number) => readonly [number, number, number];
}

const TILE_PIXELS = 8;

/**
 * A baseline JPEG with 4:2:0 sampling. Every tile has one colour, so each block needs its DC coefficient alone:
 * with a quantiser of 8 that coefficient is the sample value itself, less 128.
 */
export function encodeTiledJpeg({ width, height, colour }: TiledPicture, comment: string): Buffer {
  const bits = new BitWriter();
  const last = [0, 0, 0];
  const block = (component: number, value: number): void => {
    const level = Math.max(-128, Math.min(127, Math.round(value)));
    writeDifference(bits, level - (last[component] ?? 0));
    last[component] = level;
    bits.write(0, 1); // end of block
  };
  for (let top = 0; top < height; top += 2) {
    for (let left = 0; left < width; left += 2) {
      let blueness = 0;
      let redness = 0;
      for (const [dx, dy] of TILES_OF_AN_MCU) {
        const [red, green, blue] = colour(left + dx, top + dy);
        block(0, 0.299 * red + 0.587 * green + 0.114 * blue - 128);
        blueness += (-0.1687 * red - 0.3313 * green + 0.5 * blue) / 4;
        redness += (0.5 * red - 0.4187 * green - 0.0813 * blue) / 4;
      }
      block(1, blueness);
      block(2, redness);
    }
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('4a46494600010100000100010000', 'hex')),
    segment(0xfe, Buffer.from(comment)),
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 8)])),
    segment(0xc0, frameHeader(width * TILE_PIXELS, height * TILE_PIXELS)),
    segment(0xc4, Buffer.from([0x00, ...DC_LENGTHS, ...Array(12).keys()])),
    segment(0xc4, Buffer.from([0x10, 1, ...Array<number>(15).fill(0), 0])),
    segment(0xda, Buffer.from([3, 1, 0x00, 2, 0x00, 3, 0x00, 0, 63, 0])),
    bits.finish(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** With 4:2:0 sampling a minimum coded unit (MCU) holds four blocks of brightness and one of each colour difference. */
const TILES_OF_AN_MCU = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

/** Number of Huffman codes of each length 1..16 for DC size categories 0..11, as in table K.3 of ITU-T T.81. */
const DC_LENGTHS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CODES = ['00', '010', '011', '100', '101', '110', '1110', '11110', '111110'];

function writeDifference(bits: BitWriter, difference: number): void {
  const size = Math.abs(difference).toString(2).length * Math.sign(Math.abs(difference));
  const code = DC_CODES[size] ?? '';
  bits.write(parseInt(code, 2), code.length);
  bits.write(difference < 0 ? difference + 2 ** size - 1 : difference, size);
}

function frameHeader(width: number, height: number): Buffer {
  const header = Buffer.from([8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
  header.writeUInt16BE(height, 1);
  header.writeUInt16BE(width, 3);
  return header;
}

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

class BitWriter {
  private readonly bytes: number[] = [];
  private current = 0;
  private filled = 0;

  write(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit--) {
      this.current = (this.current << 1) | ((value >> bit) & 1);
      this.filled += 1;
      if (this.filled === 8) this.flush();
    }
  }

  /** The bytes, the last one filled up with ones. */
  finish(): Buffer {
    while (this.filled > 0) this.write(1, 1);
    return Buffer.from(this.bytes);
  }

  private flush(): void {
    this.bytes.push(this.current);
    if (this.current === 0xff) this.bytes.push(0);
    this.current = 0;
    this.filled = 0;
  }
}
