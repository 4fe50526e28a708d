import type { NodeAPI } from 'node-red';

import { nameCodeOf } from '../../core/isapi/events/meaning/codes.js';
import type { TerminalNotice } from '../../core/isapi/events/options.js';
import { say, wordsOf } from '../common/texts.js';

const CATALOGUE = 'access-events';

/** What an event is called, in the server's language. */
export function nameOf(RED: NodeAPI, code: string): string {
  if (code.startsWith('call')) return say(RED, CATALOGUE, `events.${code}`, {});
  const found = nameCodeOf(code);
  if (!found) return say(RED, CATALOGUE, 'events.other', { code });
  return say(RED, CATALOGUE, `events.${found.code}`, { number: found.number ?? '' });
}

/** A notice as a flow gets it: with a sentence, and a failure in words and codes. */
export function noticeInWords(RED: NodeAPI, notice: TerminalNotice): object {
  const { terminal } = notice;
  const text = (key: string, params: Record<string, string | number> = {}): string =>
    say(RED, CATALOGUE, `notice.${key}`, { terminal, ...params });
  switch (notice.notice) {
    case 'connected':
      return { ...notice, text: text(`connected.${notice.route}`) };
    case 'disconnected': {
      const { failure, ...rest } = notice;
      const { what, hint } = wordsOf(RED, failure);
      return { ...rest, code: failure.code, reason: failure.reason, hint, text: text('disconnected', { why: what }) };
    }
    case 'route':
      return { ...notice, text: text(`route.${notice.why}`) };
    case 'gap':
      return { ...notice, text: text('gap', { from: notice.from, to: notice.to }) };
    case 'renumbered':
      return { ...notice, text: text(`renumbered.${notice.why}`, { serialNumber: notice.serialNumber }) };
    case 'clock':
      return { ...notice, text: text(clockText(notice), { seconds: Math.abs(notice.seconds) }) };
    case 'unacknowledged':
      return { ...notice, text: text('unacknowledged', { id: notice.id, serial: notice.serial }) };
  }
}

function clockText({ seconds, before }: { seconds: number; before?: number }): string {
  if (seconds === 0) return 'clock.right';
  const what = before === undefined ? 'clock' : 'clockJumped';
  return `${what}.${seconds > 0 ? 'ahead' : 'behind'}`;
}
