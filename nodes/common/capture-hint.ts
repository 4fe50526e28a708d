import type { NodeAPI } from 'node-red';

import type { TerminalAdvice } from '../../core/errors/reasons.js';
import type { NoCapture } from '../../core/isapi/operations/capture/capture.js';
import { adviceText } from './texts.js';

/** What helps where nobody was captured; whoever cancelled needs no advice. */
const ADVICE: Partial<Record<NoCapture['reason'], TerminalAdvice>> = { timeout: 'nobodyCame', busy: 'stayedBusy' };

/** A capture that nobody came to, with what helps in the server's language. */
export function withHint(RED: NodeAPI, capture: NoCapture): NoCapture & { hint?: string } {
  const advice = ADVICE[capture.reason];
  return advice ? { ...capture, hint: adviceText(RED, advice) } : capture;
}
