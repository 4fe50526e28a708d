import { HikvisionError, type TextParams } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { clockIsOff } from '../../http/findings.js';
import type { Advice } from '../../errors/reasons.js';
import { meaningOf, type Product } from './codes.js';
import { redact } from './redaction.js';
import { credentialsProblem, type Secrets } from '../signing/credentials.js';
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

/** What is known of the call that was refused. */
export interface RefusedCall {
  settings: CalledGateway;
  httpStatus: number;
  /** What was signed. */
  lines: readonly SignedLine[];
  /** Seconds by which the gateway's clock is ahead of ours; undefined where it did not say. */
  clockAhead: number | undefined;
}

/** A refusal as an error `artemis-<code>`: its meaning, and advice that takes in what this side can check by itself. */
export function refusal(answer: Answer, call: RefusedCall): HikvisionError {
  const { settings, httpStatus } = call;
  const code = printable(answer.code, 40);
  const { key, repetition } = meaningOf(answer.code, settings.product);
  const msg = printable(redact(answer.msg, settings));
  const number = Number(code);
  const special = signatureAdvice(answer, call) ?? (key === '64' ? authenticationAdvice(call) : NOTHING);
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

/** Better advice than the usual one, with what its text names. */
interface SpecialAdvice {
  advice?: Advice;
  params?: TextParams;
}

const NOTHING: SpecialAdvice = {};

/** Compares the string that the gateway says it signed with ours. */
function signatureAdvice({ msg }: Answer, { lines, settings }: RefusedCall): SpecialAdvice | undefined {
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

/** The advice to code 64: what to look at, in order, with the facts that this side knows. */
function authenticationAdvice({ settings, clockAhead }: RefusedCall): SpecialAdvice {
  const { appKey, appSecret, protocol, host, port, basePath, certificate, signature } = settings;
  const isClockOff = clockAhead !== undefined && clockIsOff(clockAhead);
  return {
    advice: `authentication.${credentialsProblem(settings) === 'blanks' ? 'blanks' : isClockOff ? 'clock' : 'facts'}`,
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
