/** Markers without a length behind them: TEM and the restart markers. */
const STANDALONE = new Set([0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7]);
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** No more beginnings than this are tried: a body made of nothing else would take for ever. */
const CANDIDATES = 100;
/** For all of them together a long body is walked so many times, and a short one so many bytes. */
const MOST_WALKS = 4;
const LEAST_WALKED_BYTES = 1024 * 1024;

/**
 * The first JPEG inside these bytes, from its SOI to its own EOI exactly: what stands behind it (a CRLF, a boundary)
 * breaks a later upload, and a thumbnail inside it has an EOI of its own. Undefined where there is no whole JPEG.
 */
export function extractJpeg(bytes: Buffer): Buffer | undefined {
  const soi = Buffer.from([0xff, SOI, 0xff]);
  let start = bytes.indexOf(soi);
  let bytesLeft = Math.max(MOST_WALKS * bytes.length, LEAST_WALKED_BYTES);
  for (let candidate = 0; start >= 0 && candidate < CANDIDATES; candidate += 1, start = bytes.indexOf(soi, start + 1)) {
    const { end, reached } = walk(bytes, start + 2);
    if (end !== undefined) return bytes.subarray(start, end);
    bytesLeft -= reached - start;
    if (bytesLeft < 0) return undefined;
  }
  return undefined;
}

/** Whether these bytes are one JPEG and nothing else. */
export function isJpeg(bytes: Buffer): boolean {
  return extractJpeg(bytes)?.length === bytes.length;
}

interface Walk {
  /** The position behind EOI; absent where there is none. */
  end?: number;
  /** How far the walk went. */
  reached: number;
}

/** Walks the segments from behind SOI. */
function walk(bytes: Buffer, from: number): Walk {
  let at = from;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === EOI) return { end: at + 2, reached: at + 2 };
    if (marker === 0xff) {
      at += 1;
    } else if (STANDALONE.has(marker)) {
      at += 2;
    } else if (at + 3 < bytes.length) {
      const length = bytes.readUInt16BE(at + 2);
      if (length < 2) break;
      at += 2 + length;
      if (marker === SOS) at = endOfScan(bytes, at);
    } else {
      break;
    }
  }
  return { reached: Math.min(at, bytes.length) };
}

/** The position of the next marker behind entropy-coded data, in which FF 00 and restart markers are data. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}
