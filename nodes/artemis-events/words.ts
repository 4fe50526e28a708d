import type { NodeAPI } from 'node-red';

import type { GatewayNotice } from '../../core/artemis/events/gateway-event.js';
import { KNOWN_TYPES } from '../../core/settings/gateway-events.js';
import { say, wordsOf } from '../common/texts.js';

const CATALOGUE = 'artemis-events';

/** What an event is called, in the server's language. */
export function nameOf(RED: NodeAPI, type: number): string {
  return Object.hasOwn(KNOWN_TYPES, type)
    ? say(RED, CATALOGUE, `types.${type}`, {})
    : say(RED, CATALOGUE, 'types.other', { type });
}

/** A notice as a flow gets it: with a sentence, and a failure in words and codes. */
export function noticeInWords(RED: NodeAPI, notice: GatewayNotice): object {
  const { gateway } = notice;
  const text = (key: string, params: Record<string, string> = {}): string =>
    say(RED, CATALOGUE, `notice.${key}`, { gateway, ...params });
  switch (notice.notice) {
    case 'connected':
      return { ...notice, text: text('connected') };
    case 'disconnected': {
      if ('why' in notice) return { ...notice, text: text(`disconnected.${notice.why}`) };
      const { failure, ...rest } = notice;
      const { what, hint } = wordsOf(RED, failure);
      const { code, reason } = failure;
      return { ...rest, code, reason, hint, text: text('disconnected.failed', { why: what }) };
    }
    case 'gap': {
      const { from, to, types, why } = notice;
      return { ...notice, text: text(`gap.${why}`, { from, to, types: types.join(', ') }) };
    }
    case 'unacknowledged':
      return { ...notice, text: text('unacknowledged', { id: notice.id }) };
  }
}
