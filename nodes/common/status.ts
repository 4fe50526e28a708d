import type { Node, NodeStatusFill } from 'node-red';

import type { HikvisionError } from '../../core/errors/hikvision-error.js';
import { meaningOf } from '../../core/errors/terminal-codes.js';
import type { WaitReason } from '../../core/isapi/terminal/enrolment.js';
import { catalogueKey } from './texts.js';

/** Codes of ours with a short text in the catalogue. */
const OWN_CODE = /^[A-Z_]+$/;
/** A code as devices write them: shown as it is where nobody knows what it means. Another text is not put into a status. */
const DEVICE_CODE = /^[A-Za-z][\w-]{0,39}$/;

/**
 * The status under a device node. Texts are keys of the catalogue, so that each viewer reads them in the editor's
 * language; a number or a terminal's own code stands at the end of the key, and nodes/editor/statuses.ts puts it into the text.
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

  /** Why a capture waits; behind so many others. */
  waitingFor(reason: WaitReason, ahead: number): void {
    if (reason !== 'elsewhere' && reason !== 'settling') this.waiting(ahead);
    else this.show('grey', 'ring', catalogueKey('isapi-config', `status.${reason}`));
  }

  /** In the queue behind others. */
  waiting(ahead: number): void {
    this.show('grey', 'ring', catalogueKey('isapi-config', `status.${numbered('waiting', ahead)}`));
  }

  /** Nothing is wrong, and nothing came of it. */
  note(key: string): void {
    this.show('grey', 'ring', catalogueKey(this.nodeType, `status.${key}`));
  }

  /** @param number two of them as `3_5`: three of five */
  done(key: string, number?: number | string): void {
    const text = catalogueKey(this.nodeType, `status.${numbered(key, number)}`);
    this.show(this.unchecked ? 'yellow' : 'green', 'dot', text);
  }

  warn(key: string, number?: number | string): void {
    this.show('yellow', 'ring', catalogueKey(this.nodeType, `status.${numbered(key, number)}`));
  }

  failed(failure: HikvisionError): void {
    this.show('red', 'ring', textOfCode(failure.code));
  }

  private show(fill: NodeStatusFill, shape: 'dot' | 'ring', text: string): void {
    this.node.status({ fill, shape, text });
  }
}

function textOfCode(code: string): string {
  if (OWN_CODE.test(code)) return catalogueKey('isapi-config', `status.${code}`);
  const meaning = meaningOf(code);
  if (meaning !== undefined) return catalogueKey('isapi-config', `status.refusals.${meaning}-${code}`);
  return DEVICE_CODE.test(code) ? code : catalogueKey('isapi-config', 'status.refusals.other');
}

function numbered(key: string, number: number | string | undefined): string {
  if (number === undefined) return key;
  return `${key}-${typeof number === 'number' ? Math.max(0, number) : number}`;
}
