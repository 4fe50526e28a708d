import { asFailure, HikvisionError, type TextParams } from '../../../errors/hikvision-error.js';
import { printable } from '../../../errors/printable.js';
import { seenCertificate, type SeenCertificate } from '../../../http/seen-certificate.js';
import { captureCapabilities, type CaptureCapabilities } from '../../terminal/capabilities.js';
import { clockAhead } from './terminal-clock.js';
import { text, type Tree } from '../../protocol/document.js';
import { readLoginState } from '../../login/login-state.js';
import { isNotSupported, type IsapiReply } from '../../protocol/reply.js';
import { Terminal, type TerminalSettings } from '../../terminal/terminal.js';

export type FindingId =
  'address' | 'certificate' | 'login' | 'lock' | 'device' | 'time' | 'capture' | 'faces' | 'persons';

/** One thing that was looked at. */
export interface Finding {
  id: FindingId;
  state: 'passed' | 'warned' | 'failed' | 'unknown';
  /** Names the sentence of the catalogue to say where it is not the one named after the state. */
  text?: string;
  params?: Readonly<Record<string, string | number | boolean>>;
  /** The catalogue has advice: the finding's usual one, or the one named here. */
  advice?: true | string;
  /** What exactly happened. */
  failure?: HikvisionError;
}

export interface ConnectionTest {
  findings: Finding[];
  /** SHA-256 of the certificate that was seen, accepted or not. */
  fingerprint?: string;
  certificate?: Omit<SeenCertificate, 'fingerprint'>;
  /** What is worth telling about a model: no address, serial number, login, person or picture. */
  report: Report;
}

export interface Report {
  model?: string;
  firmware?: string;
  deviceType?: string;
  protocol: 'http' | 'https';
  findings: Partial<Record<FindingId, Finding['state']>>;
  /** By what `AccessControl/capabilities` says: `isSupportUserInfo` and the like. */
  supports: Record<string, boolean>;
  capture?: CaptureCapabilities;
  replies: ReplyShape[];
  nonce: Terminal['nonceStatistics'];
}

/** The form of one reply, without what it says. */
interface ReplyShape {
  path: string;
  httpStatus?: number;
  contentType?: string;
  format?: 'json' | 'xml';
  root?: string;
  namespace?: string;
  /** The terminal's own code, or ours. */
  code?: string;
}

type Answer = IsapiReply | HikvisionError;

/** A clock that differs by this many seconds is worth a warning. */
const CLOCK_TOLERANCE_S = 60;
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
const SUPPORT_FLAGS = ['isSupportUserInfo', 'isSupportFDLib', 'isSupportCaptureFace', 'isSupportRemoteControlDoor'];
/** Failures after which asking on is of no use: nobody answers, nobody may, or the question itself was cancelled. */
const FINAL = new Set([
  ...['UNREACHABLE', 'TIMEOUT', 'CERTIFICATE', 'UNAUTHORIZED', 'LOCKED', 'BASIC_REFUSED', 'NOT_CONFIGURED'],
  ...['QUEUE_FULL', 'CANCELLED'],
]);

/**
 * Looks at a terminal with a connection of its own: address, certificate, login, clock and what the terminal can do. A
 * wrong password is signed once. Where the certificate is not accepted nothing but the handshake is sent.
 * Throws only the reason of an aborted `signal`.
 */
export async function testConnection(settings: TerminalSettings, signal?: AbortSignal): Promise<ConnectionTest> {
  const terminal = new Terminal({ ...settings, retries: 0 });
  try {
    return await new Questions(terminal, signal).examine();
  } finally {
    await terminal.close();
  }
}

class Questions {
  private readonly replies: ReplyShape[] = [];
  /** The failure after which nothing more is asked. */
  private final: HikvisionError | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async examine(): Promise<ConnectionTest> {
    const { settings } = this.terminal;
    const deviceInfo = await this.ask('/ISAPI/System/deviceInfo');
    let sentAt = Date.now();
    const time = await this.ask('/ISAPI/System/time', () => (sentAt = Date.now()));
    const clock = clockFinding(time, (sentAt + Date.now()) / 2);
    const userCheck = await this.ask('/ISAPI/Security/userCheck');
    const access = await this.ask('/ISAPI/AccessControl/capabilities');
    const capture = await this.captureAbility();
    const supports = supportFlags(contentOf(access));
    const seen = await this.certificate();

    const login = this.loginFinding(deviceInfo);
    const isTerminal = contentOf(deviceInfo) !== undefined;
    const findings = [
      (await this.speaksOtherwise(deviceInfo)) ?? addressFinding(deviceInfo),
      certificateFinding(settings, this.final, seen),
      login,
      lockFinding(userCheck, deviceInfo),
      deviceFinding(deviceInfo, login),
      clock,
      captureFinding(capture, supports['isSupportCaptureFace'], isTerminal),
      supportFinding('faces', supports['isSupportFDLib'], access),
      supportFinding('persons', supports['isSupportUserInfo'], access),
    ];
    const { model, firmware, deviceType } = deviceWords(deviceInfo);
    const { fingerprint, ...certificate } = seen ?? {};
    return {
      findings,
      ...(fingerprint === undefined
        ? {}
        : { fingerprint, certificate: certificate as Omit<SeenCertificate, 'fingerprint'> }),
      report: {
        ...(model ? { model } : {}),
        ...(firmware ? { firmware } : {}),
        ...(deviceType ? { deviceType } : {}),
        protocol: settings.protocol,
        findings: Object.fromEntries(findings.map(({ id, state }) => [id, state])),
        supports,
        ...(capture && !(capture instanceof HikvisionError) ? { capture } : {}),
        replies: this.replies,
        nonce: this.terminal.nonceStatistics,
      },
    };
  }

  private async ask(path: string, beforeSending?: () => void): Promise<Answer> {
    if (this.final) return this.final;
    try {
      const reply = await this.terminal.call({
        operation: 'test',
        method: 'GET',
        path,
        policy: 'repeatable',
        ...(this.signal ? { signal: this.signal } : {}),
        ...(beforeSending ? { beforeSending } : {}),
      });
      this.replies.push({ path, ...shapeOf(reply) });
      return reply;
    } catch (error) {
      return this.failed(path, error);
    }
  }

  private async captureAbility(): Promise<CaptureCapabilities | HikvisionError | undefined> {
    if (this.final) return this.final;
    const path = '/ISAPI/AccessControl/CaptureFaceData/capabilities';
    try {
      const found = await captureCapabilities(this.terminal, this.signal);
      this.replies.push({ path, ...(found ? {} : { code: 'not told' }) });
      return found;
    } catch (error) {
      return this.failed(path, error);
    }
  }

  private failed(path: string, error: unknown): HikvisionError {
    this.signal?.throwIfAborted();
    const failure = asFailure(error);
    const { httpStatus } = failure.cause;
    this.replies.push({ path, ...(httpStatus === undefined ? {} : { httpStatus }), code: failure.code });
    if (FINAL.has(failure.code)) this.final = failure;
    return failure;
  }

  /** Where nothing comes of the chosen protocol: whether the port speaks the other one. */
  private async speaksOtherwise(deviceInfo: Answer): Promise<Finding | undefined> {
    const { protocol, host, port, timeoutMs } = this.terminal.settings;
    const reason = failureIn(deviceInfo)?.reason;
    const id = 'address';
    if (reason === 'notTls') return { id, state: 'failed', text: 'speaksHttp', advice: 'adviceSpeaksHttp' };
    const isBroken = reason === 'connectionLost' || reason === 'notHttp' || reason === 'httpStatus';
    if (protocol === 'https' || !isBroken || !(await seenCertificate(host, port, timeoutMs))) return undefined;
    return { id, state: 'failed', text: 'speaksHttps', advice: 'adviceSpeaksHttps' };
  }

  private async certificate(): Promise<SeenCertificate | undefined> {
    const { protocol, host, port, timeoutMs } = this.terminal.settings;
    if (protocol !== 'https' || this.final?.code === 'UNREACHABLE' || this.final?.code === 'TIMEOUT') return undefined;
    return seenCertificate(host, port, timeoutMs);
  }

  private loginFinding(deviceInfo: Answer): Finding {
    const id = 'login';
    const failure = failureIn(deviceInfo);
    const wasAsked = this.terminal.nonceStatistics.algorithm !== undefined;
    switch (failure?.code) {
      case 'UNAUTHORIZED': {
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
}

function addressFinding(deviceInfo: Answer): Finding {
  const id = 'address';
  const failure = failureIn(deviceInfo);
  if (!failure) {
    return contentOf(deviceInfo) ? { id, state: 'passed' } : { id, state: 'warned', advice: true };
  }
  switch (failure.code) {
    case 'UNREACHABLE':
    case 'TIMEOUT':
      return { id, state: 'failed', advice: true, failure };
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
): Finding {
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

/** Whether the account is locked or close to it: from the answer to userCheck or, where the login failed, from the 401. */
function lockFinding(userCheck: Answer, deviceInfo: Answer): Finding {
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

function triesFinding(tries: number | undefined, untold: 'passed' | 'unknown' = 'unknown'): Finding {
  const id = 'lock';
  if (tries === undefined) return { id, state: untold };
  return tries <= FEW_TRIES
    ? { id, state: 'warned', params: { tries }, advice: 'adviceTries' }
    : { id, state: 'passed', text: 'triesLeft', params: { tries } };
}

function deviceFinding(deviceInfo: Answer, login: Finding): Finding {
  const id = 'device';
  const failure = failureIn(deviceInfo);
  if (failure) {
    const isAnswer = failure.delivery === 'answered' && login.state !== 'failed';
    return isAnswer ? { id, state: 'failed', advice: true, failure } : { id, state: 'unknown' };
  }
  const { model, firmware, serial } = deviceWords(deviceInfo);
  if (model === '') return { id, state: 'failed', advice: true };
  const params = { model, firmware: firmware || '?', serial: serial || '?' };
  return KNOWN_MODELS.some((known) => model.startsWith(known))
    ? { id, state: 'passed', params }
    : { id, state: 'warned', params, advice: 'adviceUntried' };
}

function clockFinding(time: Answer, now: number): Finding {
  const id = 'time';
  if (time instanceof HikvisionError) {
    return time.delivery === 'answered' && !FINAL.has(time.code)
      ? { id, state: 'failed', failure: time }
      : { id, state: 'unknown' };
  }
  const difference = clockAhead(time.document?.content ?? {}, now);
  if (difference === undefined) return { id, state: 'failed' };
  return Math.abs(difference) < CLOCK_TOLERANCE_S
    ? { id, state: 'passed', params: { difference } }
    : { id, state: 'warned', params: { difference }, advice: true };
}

function captureFinding(
  capture: CaptureCapabilities | HikvisionError | undefined,
  isSupported: boolean | undefined,
  isTerminal: boolean,
): Finding {
  const id = 'capture';
  if (capture instanceof HikvisionError) {
    if (FINAL.has(capture.code)) return { id, state: 'unknown' };
    return { id, state: 'failed', failure: capture };
  }
  if (capture && (capture.url || capture.binary)) {
    const { url, binary, infrared } = capture;
    return { id, state: 'passed', params: { url, binary, infrared } };
  }
  if (isSupported === false) return { id, state: 'failed', advice: true };
  return { id, state: isTerminal ? 'warned' : 'unknown' };
}

function supportFinding(id: 'faces' | 'persons', isSupported: boolean | undefined, access: Answer): Finding {
  if (isSupported !== undefined) return isSupported ? { id, state: 'passed' } : { id, state: 'failed', advice: true };
  const failure = failureIn(access);
  const isRefusal = failure !== undefined && !FINAL.has(failure.code) && !isNotSupported(failure);
  return isRefusal ? { id, state: 'failed', failure } : { id, state: 'unknown' };
}

function failureIn(answer: Answer): HikvisionError | undefined {
  return answer instanceof HikvisionError ? answer : undefined;
}

function contentOf(answer: Answer): Tree | undefined {
  return answer instanceof HikvisionError ? undefined : answer.document?.content;
}

function deviceWords(deviceInfo: Answer): Record<'model' | 'firmware' | 'serial' | 'deviceType', string> {
  const content = contentOf(deviceInfo) ?? {};
  const word = (name: string): string => printable(text(content, name) ?? '', 60);
  return {
    model: word('model'),
    firmware: word('firmwareVersion'),
    serial: word('serialNumber'),
    deviceType: word('deviceType'),
  };
}

function supportFlags(access: Tree = {}): Record<string, boolean> {
  return Object.fromEntries(
    SUPPORT_FLAGS.flatMap((flag) => {
      const said = text(access, flag)?.trim().toLowerCase();
      return said === 'true' || said === 'false' ? [[flag, said === 'true']] : [];
    }),
  );
}

function shapeOf({ httpStatus, headers, document, body }: IsapiReply): Omit<ReplyShape, 'path'> {
  const contentType = headers['content-type'];
  const namespace = /xmlns="([^"]{1,80})"/.exec(body.subarray(0, 500).toString('utf8'))?.[1];
  return {
    httpStatus,
    ...(contentType === undefined ? {} : { contentType: printable(contentType, 60) }),
    ...(document ? { format: document.format, root: printable(document.root, 60) } : {}),
    ...(namespace === undefined ? {} : { namespace: printable(namespace, 80) }),
  };
}

function triesIn({ reason, params }: HikvisionError): number | undefined {
  const { tries } = params;
  return reason === 'rejectedTries' && typeof tries === 'number' ? tries : undefined;
}

function reasonIn({ params }: HikvisionError): TextParams {
  return { reason: params['reason'] ?? '?' };
}
