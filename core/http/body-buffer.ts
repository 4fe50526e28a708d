/** The least that is set aside once a second piece comes, in bytes. */
const LEAST_BYTES = 16 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The bytes of a body as they come. A piece that node:http hands over keeps the whole block alive in which it was
 * received, and an object of its own: so pieces are copied, and what is kept is less than twice the limit at any time,
 * however small they are.
 */
export class BodyBuffer {
  private bytes = NOTHING;
  private length = 0;

  /** @param limit the most bytes that it takes */
  constructor(private readonly limit: number) {}

  /** False where the body would be longer than the limit; then nothing is kept of it. */
  add(piece: Buffer): boolean {
    const length = this.length + piece.length;
    if (length > this.limit) {
      this.bytes = NOTHING;
      return false;
    }
    // Most bodies come in one piece.
    if (this.length === 0) {
      this.bytes = piece;
    } else {
      if (length > this.bytes.length) this.grow(length);
      piece.copy(this.bytes, this.length);
    }
    this.length = length;
    return true;
  }

  /** What has come. */
  get content(): Buffer {
    return this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length);
  }

  private grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.limit, Math.max(length, 2 * this.bytes.length, LEAST_BYTES)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
