import { node, type Message } from './flow.js';

interface Waiting {
  isThere: (messages: readonly Message[]) => boolean;
  resolve: () => void;
}

/** Keeps every message that arrives at a helper node, in order. */
export class Inbox {
  readonly messages: Message[] = [];
  private readonly waiting = new Set<Waiting>();

  /** @param id of a helper node that is deployed */
  constructor(private readonly id: string) {
    node(id).on('input', (msg: Message) => {
      this.messages.push(msg);
      for (const each of this.waiting) {
        if (!each.isThere(this.messages)) continue;
        this.waiting.delete(each);
        each.resolve();
      }
    });
  }

  /** All messages, as soon as there are so many. */
  async first(count: number): Promise<readonly Message[]> {
    await this.until((messages) => messages.length >= count);
    return this.messages;
  }

  /** The first message for which this is so. */
  async find(isIt: (msg: Message) => boolean): Promise<Message> {
    await this.until((messages) => messages.some(isIt));
    const found = this.messages.find(isIt);
    if (!found) throw new Error(`nothing at ${this.id}`);
    return found;
  }

  /** Settled when there are so many messages for which this is so. */
  count(isIt: (msg: Message) => boolean, wanted: number): Promise<void> {
    return this.until((messages) => messages.filter(isIt).length >= wanted);
  }

  private until(isThere: Waiting['isThere']): Promise<void> {
    if (isThere(this.messages)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add({ isThere, resolve }));
  }
}
