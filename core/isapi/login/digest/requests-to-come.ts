import { MOST_FORESEEN, type RequestLine } from './authorization.js';

/** So many that were expected may be left out, as those of a person who was refused. */
const MOST_LEFT_OUT = 8;

/** What somebody who works through a list is going to send. It may come otherwise: then only time is lost. */
export class RequestsToCome {
  private lines: readonly RequestLine[] = [];
  private next = 0;

  /** @param lines in their order; in place of those before */
  foresee(lines: readonly RequestLine[]): void {
    this.lines = lines;
    this.next = 0;
  }

  /** Notes that this one is sent; gives the next ones, or undefined where it was not expected. */
  after({ method, target }: RequestLine): readonly RequestLine[] | undefined {
    const { lines, next } = this;
    const end = Math.min(lines.length, next + 1 + MOST_LEFT_OUT);
    for (let index = next; index < end; index += 1) {
      const line = lines[index];
      if (line?.target !== target || line.method !== method) continue;
      this.next = index + 1;
      return lines.slice(this.next, index + MOST_FORESEEN);
    }
    return undefined;
  }
}
