/** Pieces of a JPEG without its length: marker, length, content. */
function segments(jpeg: Buffer): { marker: number; from: number; to: number }[] {
  const found = [];
  let at = 2;
  while (jpeg[at] === 0xff && jpeg[at + 1] !== 0xd9) {
    const to = at + 2 + jpeg.readUInt16BE(at + 2);
    found.push({ marker: jpeg[at + 1] ?? 0, from: at, to });
    if (jpeg[at + 1] === 0xda) break;
    at = to;
  }
  return found;
}

/** What looks like a JPEG at its beginning and its end and cannot be decoded. */
export function brokenPictures(jpeg: Buffer): Record<string, Buffer> {
  const parts = segments(jpeg);
  const frame = parts.find(({ marker }) => marker === 0xc0 || marker === 0xc2);
  const scan = parts.find(({ marker }) => marker === 0xda);
  if (!frame || !scan) throw new Error('a whole JPEG is needed');
  const end = Buffer.from([0xff, 0xd9]);
  const without = (marker: number): Buffer => {
    const kept = parts.filter((part) => part.marker !== marker && part.marker !== 0xda);
    return Buffer.concat([jpeg.subarray(0, 2), ...kept.map(({ from, to }) => jpeg.subarray(from, to)), jpeg.subarray(scan.from)]);
  };
  const flat = Buffer.from(jpeg);
  flat.writeUInt16BE(0, frame.from + 5);
  const endless = Buffer.from(jpeg);
  endless.writeUInt16BE(0xffff, frame.from + 2);
  return {
    'no frame': without(frame.marker),
    'no height': flat,
    'a frame longer than the file': endless,
    'no tables': without(0xdb),
    'only its beginning and end': Buffer.concat([jpeg.subarray(0, 2), end]),
    'no scan': Buffer.concat([jpeg.subarray(0, scan.from), end]),
    'an empty scan': Buffer.concat([jpeg.subarray(0, scan.to), end]),
    'cut in the scan': jpeg.subarray(0, scan.to + 20),
    'cut in the scan, with a thumbnail that is whole': Buffer.concat([
      jpeg.subarray(0, 2),
      Buffer.from([0xff, 0xe1, (jpeg.length + 2) >> 8, (jpeg.length + 2) & 255]),
      jpeg,
      jpeg.subarray(2, scan.to + 20),
    ]),
  };
}
