import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { clockFinding, nobodyAnswered, type Finding } from '../../http/findings.js';
import { credentialsProblem } from '../signing/credentials.js';
import type { Gateway, GatewayReply } from '../gateway/gateway.js';
import type { GatewaySettings } from '../gateway/gateway-settings.js';
import type { SignatureShape } from '../signing/signature.js';

type GatewayFindingId = 'credentials' | 'address' | 'tls' | 'clock' | 'signature' | 'version' | 'permission';

export type GatewayFinding = Finding<GatewayFindingId>;

/** What a connection test found out. */
export interface GatewayTestResult {
  findings: GatewayFinding[];
  /** SHA-256 of a certificate that was not accepted, to compare and pin. */
  fingerprint?: string;
}

/** Opens a gateway with other settings; the connection test closes it. */
export type OpenGateway = (settings: GatewaySettings) => Gateway;

const SHAPES: readonly SignatureShape[] = ['key-nonce-timestamp', 'key-timestamp', 'key', 'minimal'];
/** Codes, as the texts name them, of a gateway that did not accept the key or the signature. */
const NOT_AUTHENTICATED = new Set(['13', '64', '68', '0x02401000', '0x02401001', '0x02401002', '0x02401003']);
/** Refusals that another signature shape may avoid. */
const SHAPE_MATTERS = new Set(['64', '68', '0x02401003']);
/** Key and signature were accepted, but the partner may not make this call. */
const NOT_PERMITTED = new Set('17 65 66 67 69 130 0x02401007 0x02401008 0x00072201 0x00072204 tokenExpired'.split(' '));
/** Refusals that say nothing of the signature. */
const UNDECIDED = new Set([
  ...['1', '3', '4', '5', '6', '16', 'other'],
  ...['0x02401009', '0x00052101', '0x00052102', '0x00052103', '0x00052104'],
]);

/**
 * Calls `version` and says what that shows of settings and gateway; with another signature shape too, where that may help.
 * Throws only the reason of an aborted `signal`.
 */
export async function testGateway(
  settings: GatewaySettings,
  open: OpenGateway,
  signal?: AbortSignal,
): Promise<GatewayTestResult> {
  const { outcome, clockAhead } = await askVersion(settings, open, signal);
  const failure = outcome instanceof HikvisionError ? outcome : undefined;
  const shape = mayBeShape(failure) ? await otherShape(settings, open, signal) : undefined;
  const fingerprint = failure?.code === 'CERTIFICATE' ? failure.params['fingerprint'] : undefined;
  return {
    findings: [
      credentials(settings),
      address(failure),
      encryption(settings, failure),
      clock(clockAhead, failure),
      signature(failure, shape),
      version(outcome),
      permission(failure),
    ],
    ...(typeof fingerprint === 'string' && fingerprint !== '?' ? { fingerprint } : {}),
  };
}

interface Outcome {
  outcome: GatewayReply | HikvisionError;
  clockAhead: number | undefined;
}

async function askVersion(settings: GatewaySettings, open: OpenGateway, signal?: AbortSignal): Promise<Outcome> {
  const gateway = open(settings);
  const call = { operation: 'version', method: 'POST', path: '/api/common/v1/version', body: {} };
  try {
    const reply = await gateway.call({ ...call, idempotent: true, retries: 0, ...(signal ? { signal } : {}) });
    return { outcome: reply, clockAhead: gateway.clockAhead };
  } catch (error) {
    signal?.throwIfAborted();
    return { outcome: asFailure(error), clockAhead: gateway.clockAhead };
  } finally {
    gateway.close();
  }
}

/** Whether another signature shape may help; not where both sides have signed the same text. */
function mayBeShape(failure: HikvisionError | undefined): boolean {
  return SHAPE_MATTERS.has(codeOf(failure)) && failure?.advice !== 'signature.secret';
}

/** The first other signature shape that the gateway accepts. */
async function otherShape(
  settings: GatewaySettings,
  open: OpenGateway,
  signal?: AbortSignal,
): Promise<SignatureShape | undefined> {
  for (const shape of SHAPES.filter((each) => each !== settings.signature)) {
    const { outcome } = await askVersion({ ...settings, signature: shape }, open, signal);
    if (!(outcome instanceof HikvisionError) || isAuthenticated(outcome)) return shape;
  }
  return undefined;
}

function credentials(settings: GatewaySettings): GatewayFinding {
  const id = 'credentials';
  const params = { keyLength: settings.appKey.length, secretLength: settings.appSecret.length };
  const problem = credentialsProblem(settings);
  if (problem === undefined) return { id, state: 'passed', params };
  return { id, state: problem === 'missing' ? 'failed' : 'warned', params, advice: true };
}

function address(failure: HikvisionError | undefined): GatewayFinding {
  const id = 'address';
  if (!failure || codeOf(failure) !== '') return { id, state: 'passed' };
  if (isNoHttp(failure)) return { id, state: 'failed', advice: true, failure };
  const isForeign = failure.code === 'BAD_REPLY' || failure.code === 'UNAUTHORIZED';
  return isForeign ? { id, state: 'warned', advice: true, failure } : { id, state: 'unknown' };
}

function encryption({ protocol, certificate }: GatewaySettings, failure: HikvisionError | undefined): GatewayFinding {
  const id = 'tls';
  if (failure?.code === 'CERTIFICATE') return { id, state: 'failed', advice: true, failure };
  if (failure && (isNoHttp(failure) || failure.code === 'NOT_CONFIGURED')) {
    return { id, state: 'unknown' };
  }
  if (protocol === 'http') return { id, state: 'warned' };
  return certificate.mode === 'none' ? { id, state: 'warned', advice: true } : { id, state: 'passed' };
}

function clock(clockAhead: number | undefined, failure: HikvisionError | undefined): GatewayFinding {
  const id = 'clock';
  if (clockAhead === undefined) return { id, state: 'unknown' };
  return clockFinding(id, clockAhead, NOT_AUTHENTICATED.has(codeOf(failure)) ? 'failed' : 'warned');
}

function signature(failure: HikvisionError | undefined, shape: SignatureShape | undefined): GatewayFinding {
  const id = 'signature';
  if (shape !== undefined) {
    const advised = failure?.withAdvice('signature.otherShape', { shape });
    return { id, state: 'warned', params: { shape }, advice: true, ...(advised ? { failure: advised } : {}) };
  }
  if (!failure || isAuthenticated(failure)) return { id, state: 'passed' };
  return NOT_AUTHENTICATED.has(codeOf(failure))
    ? { id, state: 'failed', advice: true, failure }
    : { id, state: 'unknown' };
}

function version(outcome: GatewayReply | HikvisionError): GatewayFinding {
  const id = 'version';
  if (outcome instanceof HikvisionError) {
    if (!isAuthenticated(outcome) || NOT_PERMITTED.has(codeOf(outcome))) return { id, state: 'unknown' };
    return { id, state: codeOf(outcome) === '8' ? 'warned' : 'failed', advice: true, failure: outcome };
  }
  const { data } = outcome;
  const said = typeof data === 'object' && data !== null && 'softVersion' in data ? data.softVersion : undefined;
  return typeof said === 'string' && said !== ''
    ? { id, state: 'passed', params: { version: printable(said, 60) } }
    : { id, state: 'warned', advice: true };
}

function permission(failure: HikvisionError | undefined): GatewayFinding {
  const id = 'permission';
  if (!failure) return { id, state: 'passed' };
  return NOT_PERMITTED.has(codeOf(failure)) ? { id, state: 'failed', advice: true, failure } : { id, state: 'unknown' };
}

/** Whether nobody answered, or nobody who speaks HTTP. */
function isNoHttp(failure: HikvisionError): boolean {
  return nobodyAnswered(failure) || failure.reason === 'notHttp';
}

function isAuthenticated(failure: HikvisionError): boolean {
  const code = codeOf(failure);
  return code !== '' && !NOT_AUTHENTICATED.has(code) && !UNDECIDED.has(code);
}

/** The gateway's own code by its meaning on this product; '' where it gave none. */
function codeOf(failure: HikvisionError | undefined): string {
  return failure?.reason === 'gatewayRefused' ? String(failure.params['meaning']) : '';
}
