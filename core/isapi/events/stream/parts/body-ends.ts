/** Where a body ends by what it is, found while it comes, each byte looked at once. */
export interface BodyEnd {
  /** @returns the position behind the end; undefined while it has not come; `none` where the body has no such end */
  find(bytes: Buffer): number | 'none' | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/** The bracket that closes the first one. */
export class JsonEnd implements BodyEnd {
  private at = 0;
  private depth = 0;
  private isInString = false;

  find(bytes: Buffer): number | undefined {
    for (; this.at < bytes.length; this.at += 1) {
      const byte = bytes[this.at] ?? 0;
      if (this.isInString) {
        if (byte === BACKSLASH) this.at += 1;
        else if (byte === QUOTE) this.isInString = false;
      } else if (byte === QUOTE) {
        this.isInString = true;
      } else if (OPENING.has(byte)) {
        this.depth += 1;
      } else if (CLOSING.has(byte)) {
        this.depth -= 1;
        if (this.depth <= 0) return this.at + 1;
      }
    }
    return undefined;
  }
}

/** The root stands this near to the beginning, and its end tag within so many bytes. */
const XML_HEAD_BYTES = 1024;
const XML_TAIL_BYTES = 256;

/** The root's end tag, where it is the last that has come so far. */
export class XmlEnd implements BodyEnd {
  private root: string | undefined;

  find(bytes: Buffer): number | undefined {
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
    if (bytes[end - 1] !== 0x3e) return undefined;
    this.root ??= /<([A-Za-z_][\w.:-]*)/.exec(bytes.toString('latin1', 0, XML_HEAD_BYTES))?.[1];
    const tail = bytes.toString('latin1', Math.max(0, end - XML_TAIL_BYTES), end);
    return this.root !== undefined && tail.replace(/\s+>$/, '>').endsWith(`</${this.root}>`) ? end : undefined;
  }
}

const SOS = 0xda;
const EOI = 0xd9;

/** The end of a JPEG by its own structure: there may be anything within it, thumbnails with an end of their own too. */
export class JpegEnd implements BodyEnd {
  private at = 2;
  private isInScan = false;

  find(bytes: Buffer): number | 'none' | undefined {
    for (;;) {
      if (this.isInScan) this.toEndOfScan(bytes);
      if (this.at + 1 >= bytes.length) return undefined;
      if (bytes[this.at] !== 0xff) return 'none';
      const marker = bytes[this.at + 1] ?? 0;
      if (marker === EOI) return this.at + 2;
      if (marker === 0xff) {
        this.at += 1;
      } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
        this.at += 2;
      } else {
        if (this.at + 3 >= bytes.length) return undefined;
        const length = bytes.readUInt16BE(this.at + 2);
        if (length < 2) return 'none';
        this.at += 2 + length;
        this.isInScan = marker === SOS;
      }
    }
  }

  /** Goes to the next marker behind entropy-coded data, in which FF 00 and restart markers are data. */
  private toEndOfScan(bytes: Buffer): void {
    for (; this.at + 1 < bytes.length; this.at += 1) {
      if (bytes[this.at] !== 0xff) continue;
      const next = bytes[this.at + 1] ?? 0;
      if (next === 0x00 || next === 0xff || (next >= 0xd0 && next <= 0xd7)) continue;
      this.isInScan = false;
      return;
    }
  }
}
