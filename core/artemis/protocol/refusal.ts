import { HikvisionError, type TextParams } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { clockIsOff } from '../../http/findings.js';
import type { Advice } from '../../errors/reasons.js';
import { meaningOf, type Product } from './codes.js';
import { redact } from './redaction.js';
import { credentialsTrouble, type Secrets } from '../signing/credentials.js';
import { echoedLines, firstDifference } from '../signing/echoed-signature.js';
import type { Answer } from './reply.js';
import type { SignatureShape, SignedLine } from '../signing/signature.js';

/** What advice may name of the gateway that was called. */
export interface CalledGateway extends Secrets {
  product: Product;
  protocol: 'http' | 'https';
  host: string;
  port: number;
  basePath: string;
  certificate: { mode: string };
  signature: SignatureShape;
}

/** What is known of the exchange that ended in a refusal. */
export interface Exchange {
  settings: CalledGateway;
  httpStatus: number;
  /** What was signed. */
  lines: readonly SignedLine[];
  /** Seconds by which the gateway's clock is ahead of ours; undefined where it did not say. */
  clockAhead: number | undefined;
}

/** A refusal as an error `artemis-<code>`: its meaning, and what to do with what could be checked already checked. */
export function refusal(answer: Answer, exchange: Exchange): HikvisionError {
  const { settings, httpStatus } = exchange;
  const code = printable(answer.code, 40);
  const { key, repetition } = meaningOf(answer.code, settings.product);
  const msg = printable(redact(answer.msg, settings));
  const number = Number(code);
  const special = signatureAdvice(answer, exchange) ?? (key === '64' ? authenticationAdvice(exchange) : NOTHING);
  return HikvisionError.of('gatewayRefused', {
    code: `artemis-${code}`,
    httpStatus,
    ...(Number.isFinite(number) ? { errorCode: number } : {}),
    ...(msg === '' ? {} : { errorMsg: msg }),
    retryable: repetition !== 'never',
    delivery: 'answered',
    advice: special.advice,
    params: { code, meaning: key, detail: msg === '' ? '' : `: ${msg}`, ...special.params },
  });
}

/** What comparing with our own side has shown. */
interface Found {
  advice?: Advice;
  params?: TextParams;
}

const NOTHING: Found = {};

/** Compares the string that the gateway says it signed with ours. */
function signatureAdvice({ msg }: Answer, { lines, settings }: Exchange): Found | undefined {
  const echoed = echoedLines(msg);
  if (!echoed) return undefined;
  const difference = firstDifference(lines, echoed);
  // Both signed the same text with the same method: what is left is the secret.
  if (!difference) return { advice: 'signature.secret' };
  const shown = (text: string | null): string => (text === null ? '' : printable(redact(text, settings), 200));
  const { line, server, ours } = difference;
  return {
    advice: server === null ? 'signature.onlyOurs' : ours === null ? 'signature.onlyServer' : 'signature.line',
    params: { line, server: shown(server), ours: shown(ours) },
  };
}

/** The ordered advice to code 64, with the facts that this side can establish. */
function authenticationAdvice({ settings, clockAhead }: Exchange): Found {
  const { appKey, appSecret, protocol, host, port, basePath, certificate, signature } = settings;
  const isClockOff = clockAhead !== undefined && clockIsOff(clockAhead);
  return {
    advice: `authentication.${credentialsTrouble(settings) === 'blanks' ? 'blanks' : isClockOff ? 'clock' : 'facts'}`,
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
