import { wait } from '../../../core/http/turns/wait.js';

/** Lets several wait for news of something, or of anything. */
export class News {
  private readonly expected = new Set<Expected>();

  /**
   * Counts from now on, so that news between a question and the wait for a better answer is not missed.
   * @param of what; blank: of anything
   */
  expect(of = ''): Expected {
    const expected = new Expected(of, () => this.expected.delete(expected));
    this.expected.add(expected);
    return expected;
  }

  /** @param of what; blank: of everything */
  tell(of = ''): void {
    for (const expected of [...this.expected]) {
      if (of === '' || expected.of === '' || expected.of === of) expected.tell();
    }
  }
}

/** What somebody waits for; to be ended. */
export class Expected {
  private readonly told = new AbortController();

  constructor(
    readonly of: string,
    readonly end: () => void,
  ) {}

  tell(): void {
    this.told.abort();
  }

  /** Until there is news, or for so many milliseconds. @param signal gives it up; its reason is thrown */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    const stop = (): void => this.told.abort();
    signal?.addEventListener('abort', stop);
    try {
      await wait(ms, this.told.signal).catch(() => undefined);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    signal?.throwIfAborted();
  }
}
