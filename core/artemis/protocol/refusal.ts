import { HikvisionError, printable, type FailureDetails } from '../../errors/failure.js';
import { meaningOf } from './codes.js';
import { conceal } from './conceal.js';
import { credentialsTrouble } from '../signing/credentials.js';
import { echoedLines, firstDifference } from '../signing/echoed-signature.js';
import type { GatewaySettings } from '../gateway/gateway-settings.js';
import type { Answer } from './reply.js';
import type { SignedLine } from '../signing/signature.js';

/** What is known of the exchange that ended in a refusal. */
export interface Exchange {
  settings: GatewaySettings;
  httpStatus: number;
  /** What was signed. */
  lines: readonly SignedLine[];
  /** Seconds by which the gateway's clock is ahead of ours; undefined where it did not say. */
  clockAhead: number | undefined;
}

/** From this many seconds on a clock is worth naming before the rest of the advice. */
export const CLOCK_TOLERANCE_S = 60;

/** A refusal as an error `artemis-<code>`: its meaning, and what to do with what could be checked already checked. */
export function refusal(answer: Answer, exchange: Exchange): HikvisionError {
  const { settings, httpStatus } = exchange;
  const code = printable(answer.code, 40);
  const { key, repetition } = meaningOf(answer.code, settings.product);
  const msg = printable(conceal(answer.msg, settings));
  const number = Number(code);
  const special = signatureAdvice(answer, exchange) ?? (key === '64' ? authenticationAdvice(exchange) : {});
  return new HikvisionError(`artemis-${code}`, {
    catalogue: 'artemis-config',
    text: `codes.${key}`,
    httpStatus,
    ...(Number.isFinite(number) ? { errorCode: number } : {}),
    ...(msg === '' ? {} : { errorMsg: msg }),
    retryable: repetition !== 'never',
    delivery: 'answered',
    ...special,
    params: { code, detail: msg === '' ? '' : `: ${msg}`, ...special.params },
  });
}

type Advice = Pick<FailureDetails, 'hintText' | 'params'>;

/** Compares the string that the gateway says it signed with ours. */
function signatureAdvice({ msg }: Answer, { lines, settings }: Exchange): Advice | undefined {
  const echoed = echoedLines(msg);
  if (!echoed) return undefined;
  const difference = firstDifference(lines, echoed);
  // Both signed the same text with the same method: what is left is the secret.
  if (!difference) return { hintText: 'signature.secret' };
  const shown = (text: string | null): string => (text === null ? '' : printable(conceal(text, settings), 200));
  const { line, server, ours } = difference;
  return {
    hintText: server === null ? 'signature.onlyOurs' : ours === null ? 'signature.onlyServer' : 'signature.line',
    params: { line, server: shown(server), ours: shown(ours) },
  };
}

/** The ordered advice to code 64, with the facts that this side can establish. */
function authenticationAdvice({ settings, clockAhead }: Exchange): Advice {
  const { appKey, appSecret, protocol, host, port, basePath, certificate, signature } = settings;
  const clockIsOff = clockAhead !== undefined && Math.abs(clockAhead) > CLOCK_TOLERANCE_S;
  return {
    hintText: `authentication.${credentialsTrouble(settings) === 'blanks' ? 'blanks' : clockIsOff ? 'clock' : 'facts'}`,
    params: {
      keyLength: appKey.length,
      secretLength: appSecret.length,
      address: `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`,
      certificate: protocol === 'http' ? '–' : certificate.mode,
      difference: clockAhead ?? '?',
      shape: signature,
    },
  };
}
