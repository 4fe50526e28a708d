import { withAnyOf } from '../../../http/turns/wait.js';
import { extractJpeg } from '../../protocol/jpeg.js';
import { text } from '../../protocol/document.js';
import { pathOf } from '../../protocol/picture-url.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { LogRecord } from '../options.js';

/** No picture of an event is larger (65 to 116 KB on DS-K1T341BM). */
const MOST_BYTES = 2 * 1024 * 1024;
/** A picture that takes longer is left away: the event is worth more. Milliseconds. */
const LONGEST_MS = 5000;
/** So many that came by the stream wait until their event is read. */
const MOST_KEPT = 4;

/** Pictures of events: from the stream, or by their URL, from the same terminal only. One that cannot be had is none. */
export class EventPictures {
  private readonly kept = new Map<number, Buffer>();

  constructor(private readonly terminal: Pick<Terminal, 'call'>) {}

  /** It came by the stream; its event is still to be read. */
  keep(serial: number, picture: Buffer): void {
    if (picture.length > MOST_BYTES) return;
    this.kept.set(serial, picture);
    const [first] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && first !== undefined) this.kept.delete(first);
  }

  async of(record: LogRecord, signal: AbortSignal): Promise<Buffer | undefined> {
    const kept = this.kept.get(record.serial);
    for (const serial of this.kept.keys()) if (serial <= record.serial) this.kept.delete(serial);
    const url = text(record.raw, 'pictureURL')?.trim();
    if (kept !== undefined || url === undefined || url === '') return kept;
    const late = new AbortController();
    // Over its place in the queue and all repeats.
    const timer = setTimeout(() => late.abort(), LONGEST_MS);
    try {
      const { body } = await withAnyOf([signal, late.signal], (either) =>
        this.terminal.call({
          ...{ operation: 'download picture', method: 'GET', policy: 'repeatable' },
          // Whatever host it names, only this terminal is asked.
          ...{ path: pathOf(url), timeoutMs: LONGEST_MS, maxBytes: MOST_BYTES, signal: either },
        }),
      );
      return extractJpeg(body);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
