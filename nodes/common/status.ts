import type { Node, NodeStatusFill } from 'node-red';

import type { HikvisionError } from '../../core/errors/hikvision-error.js';
import { catalogueKey } from './texts.js';

/** Codes of ours with a short text in the catalogue; a terminal's own code is shown as it is. */
const OWN_CODE = /^[A-Z_]+$/;

/**
 * The status under a device node. Texts are keys of the catalogue, so that each viewer reads them in the editor's
 * language; a number stands at the end of the key, and nodes/editor/statuses.ts puts it into the text.
 */
export class Status {
  /** While true, what would be green is yellow: the terminal's certificate is not checked. */
  unchecked = false;

  constructor(
    private readonly node: Node,
    private readonly nodeType: string,
  ) {}

  /** Nothing going on. */
  idle(): void {
    if (this.unchecked) this.show('yellow', 'ring', catalogueKey('isapi-config', 'status.unchecked'));
    else this.node.status({});
  }

  /** Something is going on, with a number where the text has one. */
  busy(key: string, number?: number): void {
    this.show('blue', 'dot', catalogueKey(this.nodeType, `status.${numbered(key, number)}`));
  }

  /** Sent, or in the queue behind so many requests. */
  sending(key: string, ahead: number): void {
    if (ahead > 0) this.waiting(ahead);
    else this.busy(key);
  }

  /** In the queue behind others. */
  waiting(ahead: number): void {
    this.show('grey', 'ring', catalogueKey('isapi-config', `status.${numbered('waiting', ahead)}`));
  }

  done(key: string): void {
    this.show(this.unchecked ? 'yellow' : 'green', 'dot', catalogueKey(this.nodeType, `status.${key}`));
  }

  warn(key: string): void {
    this.show('yellow', 'ring', catalogueKey(this.nodeType, `status.${key}`));
  }

  failed(failure: HikvisionError): void {
    const { code } = failure;
    this.show('red', 'ring', OWN_CODE.test(code) ? catalogueKey('isapi-config', `status.${code}`) : code);
  }

  private show(fill: NodeStatusFill, shape: 'dot' | 'ring', text: string): void {
    this.node.status({ fill, shape, text });
  }
}

function numbered(key: string, number: number | undefined): string {
  return number === undefined ? key : `${key}-${Math.max(0, number)}`;
}
