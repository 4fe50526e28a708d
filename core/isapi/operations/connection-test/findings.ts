import { HikvisionError, type TextParams } from '../../../errors/hikvision-error.js';
import { clockFinding, nobodyAnswered, type Finding } from '../../../http/findings.js';
import type { SeenCertificate } from '../../../http/seen-certificate.js';
import { readLoginState } from '../../login/login-state.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { TerminalSettings } from '../../terminal/terminal.js';
import { contentOf, failureIn, isFinal, isRemembered, type Answer, type Answers } from './answers.js';
import { identityIn, supportFlags } from './report.js';
import { clockAhead } from './terminal-clock.js';

export type TerminalFindingId =
  'address' | 'certificate' | 'login' | 'lock' | 'device' | 'time' | 'capture' | 'faces' | 'persons';

export type TerminalFinding = Finding<TerminalFindingId>;

/** With no more tries left than this, the next mistake may lock the account. */
const FEW_TRIES = 2;
/** Models whose behaviour was seen on hardware. */
const KNOWN_MODELS = [
  'DS-K1T343EFWX',
  'DS-K1T342MX-E1',
  'DS-K1T342MFWX-E1',
  'DS-K1T341CMFW',
  'DS-K1T673DX',
  'DS-K1T341AMF',
];

/** What the answers of a terminal show, in the order in which it is shown. */
export function findingsIn(answers: Answers, settings: TerminalSettings): TerminalFinding[] {
  const { deviceInfo, access } = answers;
  const supports = supportFlags(contentOf(access));
  const login = loginFinding(deviceInfo, answers.askedForLogin);
  return [
    otherProtocolFinding(answers.otherProtocol) ?? addressFinding(deviceInfo),
    certificateFinding(settings, answers.final, answers.certificate),
    login,
    lockFinding(answers.userCheck, deviceInfo),
    deviceFinding(deviceInfo, login),
    timeFinding(answers.time, answers.timeSaidAt),
    captureFinding(answers.capture, supports['isSupportCaptureFace'], contentOf(deviceInfo) !== undefined),
    supportFinding('faces', supports['isSupportFDLib'], access),
    supportFinding('persons', supports['isSupportUserInfo'], access),
  ];
}

function otherProtocolFinding(protocol: Answers['otherProtocol']): TerminalFinding | undefined {
  const id = 'address';
  if (protocol === 'http') return { id, state: 'failed', text: 'speaksHttp', advice: 'adviceSpeaksHttp' };
  return protocol && { id, state: 'failed', text: 'speaksHttps', advice: 'adviceSpeaksHttps' };
}

function addressFinding(deviceInfo: Answer): TerminalFinding {
  const id = 'address';
  const failure = failureIn(deviceInfo);
  if (!failure) {
    return contentOf(deviceInfo) ? { id, state: 'passed' } : { id, state: 'warned', advice: true };
  }
  if (nobodyAnswered(failure)) return { id, state: 'failed', advice: true, failure };
  if (isRemembered(failure)) return { id, state: 'unknown' };
  switch (failure.code) {
    case 'BAD_REPLY':
    case 'TOO_LARGE':
      return { id, state: 'warned', advice: true, failure };
    case 'CERTIFICATE':
      return failure.reason === 'tlsSettings' ? { id, state: 'unknown' } : { id, state: 'passed', text: 'reached' };
    case 'QUEUE_FULL':
      return { id, state: 'unknown', failure };
    default:
      return { id, state: 'passed' };
  }
}

function certificateFinding(
  { protocol, certificate }: TerminalSettings,
  final: HikvisionError | undefined,
  seen: SeenCertificate | undefined,
): TerminalFinding {
  const id = 'certificate';
  if (protocol === 'http') return { id, state: 'warned', text: 'plain', advice: 'advicePlain' };
  if (final?.code === 'CERTIFICATE') {
    if (final.reason === 'tlsSettings') return { id, state: 'failed', text: 'unusable', failure: final };
    if (certificate.mode === 'verify') return { id, state: 'failed', params: reasonIn(final), advice: true };
    return certificate.fingerprint === undefined
      ? { id, state: 'failed', text: 'unpinned', advice: 'adviceUnpinned' }
      : { id, state: 'failed', text: 'changed', params: { pinned: certificate.fingerprint }, advice: 'adviceChanged' };
  }
  if (!seen) return { id, state: 'unknown' };
  if (certificate.mode === 'none') return { id, state: 'warned', advice: true };
  if (Date.parse(seen.validTo) < Date.now()) return { id, state: 'warned', text: 'expired', advice: 'adviceExpired' };
  return { id, state: 'passed', ...(certificate.mode === 'pin' ? { text: 'pinned' } : {}) };
}

function loginFinding(deviceInfo: Answer, wasAsked: boolean): TerminalFinding {
  const id = 'login';
  const failure = failureIn(deviceInfo);
  switch (failure?.code) {
    case 'UNAUTHORIZED': {
      if (isRemembered(failure)) return { id, state: 'failed', text: rememberedText(failure) };
      const tries = triesIn(failure);
      return tries === undefined
        ? { id, state: 'failed', advice: true }
        : { id, state: 'failed', text: 'rejected', params: { tries }, advice: true };
    }
    case 'LOCKED':
      return { id, state: 'unknown' };
    case 'NOT_CONFIGURED':
      return { id, state: 'failed', text: 'missing', failure };
    case 'BASIC_REFUSED':
      return { id, state: 'failed', failure };
    default:
  }
  if (failure?.reason === 'noChallenge') return { id, state: 'failed', failure };
  if (failure && failure.delivery !== 'answered') return { id, state: 'unknown' };
  return wasAsked ? { id, state: 'passed' } : { id, state: failure ? 'unknown' : 'warned' };
}

/** Whether the account is locked or close to it: from the answer to userCheck or, where the login failed, from the 401. */
function lockFinding(userCheck: Answer, deviceInfo: Answer): TerminalFinding {
  const id = 'lock';
  const failure = failureIn(deviceInfo);
  if (failure?.code === 'LOCKED') {
    const minutes = failure.params['minutes'];
    return failure.reason === 'lockedForLong' || minutes === undefined
      ? { id, state: 'failed', advice: true }
      : { id, state: 'failed', text: 'lockedFor', params: { minutes }, advice: true };
  }
  if (failure?.code === 'UNAUTHORIZED') return triesFinding(triesIn(failure));
  if (userCheck instanceof HikvisionError || !userCheck.document) return { id, state: 'unknown' };
  const { locked, triesLeft } = readLoginState(userCheck.body);
  return locked ? { id, state: 'failed', advice: true } : triesFinding(triesLeft, 'passed');
}

function triesFinding(tries: number | undefined, untold: 'passed' | 'unknown' = 'unknown'): TerminalFinding {
  const id = 'lock';
  if (tries === undefined) return { id, state: untold };
  return tries <= FEW_TRIES
    ? { id, state: 'warned', params: { tries }, advice: 'adviceTries' }
    : { id, state: 'passed', text: 'triesLeft', params: { tries } };
}

function deviceFinding(deviceInfo: Answer, login: TerminalFinding): TerminalFinding {
  const id = 'device';
  const failure = failureIn(deviceInfo);
  if (failure) {
    const isAnswer = failure.delivery === 'answered' && login.state !== 'failed';
    return isAnswer ? { id, state: 'failed', advice: true, failure } : { id, state: 'unknown' };
  }
  const { model, firmware, serial } = identityIn(deviceInfo);
  if (model === '') return { id, state: 'failed', advice: true };
  const params = { model, firmware: firmware || '?', serial: serial || '?' };
  return KNOWN_MODELS.some((known) => model.startsWith(known))
    ? { id, state: 'passed', params }
    : { id, state: 'warned', params, advice: 'adviceUntried' };
}

function timeFinding(time: Answer, saidAt: number): TerminalFinding {
  const id = 'time';
  if (time instanceof HikvisionError) {
    return time.delivery === 'answered' && !isFinal(time)
      ? { id, state: 'failed', failure: time }
      : { id, state: 'unknown' };
  }
  const difference = clockAhead(time.document?.content ?? {}, saidAt);
  return difference === undefined ? { id, state: 'failed' } : clockFinding(id, difference);
}

function captureFinding(
  capture: Answers['capture'],
  isSupported: boolean | undefined,
  isTerminal: boolean,
): TerminalFinding {
  const id = 'capture';
  if (capture instanceof HikvisionError) {
    if (isFinal(capture)) return { id, state: 'unknown' };
    return { id, state: 'failed', failure: capture };
  }
  if (capture && (capture.url || capture.binary)) {
    const { url, binary, infrared } = capture;
    return { id, state: 'passed', params: { url, binary, infrared } };
  }
  if (isSupported === false) return { id, state: 'failed', advice: true };
  return { id, state: isTerminal ? 'warned' : 'unknown' };
}

function supportFinding(id: 'faces' | 'persons', isSupported: boolean | undefined, access: Answer): TerminalFinding {
  if (isSupported !== undefined) return isSupported ? { id, state: 'passed' } : { id, state: 'failed', advice: true };
  const failure = failureIn(access);
  const isRefusal = failure !== undefined && !isFinal(failure) && !isNotSupported(failure);
  return isRefusal ? { id, state: 'failed', failure } : { id, state: 'unknown' };
}

function rememberedText({ reason }: HikvisionError): string {
  return reason === 'lastTry' ? 'lastTry' : 'sameLogin';
}

function triesIn({ reason, params }: HikvisionError): number | undefined {
  const { tries } = params;
  return reason === 'rejectedTries' && typeof tries === 'number' ? tries : undefined;
}

function reasonIn({ params }: HikvisionError): TextParams {
  return { reason: params['reason'] ?? '?' };
}
