/** The least that is set aside once a second piece comes, in bytes. */
const LEAST_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The part of a long stream that has come and is not dealt with yet. However small the pieces are, each byte is copied
 * a bounded number of times, and no more memory is held than a few times what there is in it.
 */
export class ByteWindow {
  private block: Buffer = NOTHING;
  private start = 0;
  private end = 0;
  /** A block that came as a piece belongs to node:http, and to others. */
  private isOwn = false;

  /** What is there; good until the next `add`. */
  get bytes(): Buffer {
    return this.block.subarray(this.start, this.end);
  }

  get length(): number {
    return this.end - this.start;
  }

  add(piece: Buffer): void {
    const held = this.length;
    if (held === 0) {
      this.hold(piece, piece.length, false);
      return;
    }
    const needed = held + piece.length;
    if (!this.isOwn || this.end + piece.length > this.block.length) this.makeRoom(held, needed);
    piece.copy(this.block, this.end);
    this.end += piece.length;
  }

  /** Lets the first so many bytes go. */
  drop(count: number): void {
    this.start += count;
    if (this.start >= this.end) this.hold(NOTHING, 0, false);
  }

  private makeRoom(held: number, needed: number): void {
    const { block, start, end } = this;
    const fits = this.isOwn && 2 * needed <= block.length && block.length <= Math.max(8 * needed, LEAST_BYTES);
    const target = fits ? block : Buffer.allocUnsafeSlow(Math.max(2 * needed, LEAST_BYTES));
    block.copy(target, 0, start, end);
    this.hold(target, held, true);
  }

  private hold(block: Buffer, length: number, isOwn: boolean): void {
    Object.assign(this, { block, start: 0, end: length, isOwn });
  }
}
