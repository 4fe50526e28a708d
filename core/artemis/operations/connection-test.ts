import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { clockFinding, type Finding } from '../../http/findings.js';
import { credentialsProblem } from '../signing/credentials.js';
import type { Gateway, GatewayReply } from '../gateway/gateway.js';
import type { GatewaySettings } from '../gateway/gateway-settings.js';
import type { SignatureShape } from '../signing/signature.js';
import { tryNeeds, UNKNOWN_NEEDS, type NeedId } from './needs.js';
import { codeOf, isAuthenticated, isNoHttp, isNotAuthenticated, isNotPermitted, isPartnerBarred } from './standing.js';

type GatewayFindingId = 'credentials' | 'address' | 'tls' | 'clock' | 'signature' | 'version' | 'permission' | NeedId;

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
/** Refusals that another signature shape may avoid. */
const SHAPE_MATTERS = new Set(['64', '68', '0x02401003']);
/** HikCentral before this has none of the visitor calls. */
const FIRST_MAJOR_VERSION = 2;

/**
 * Calls `version`, with another signature shape too where that may help, and then reads the lists that flows need; says
 * what that shows of settings, gateway and rights. Changes nothing, and stops asking where the rest would be useless.
 * Throws only the reason of an aborted `signal`.
 */
export async function testGateway(
  settings: GatewaySettings,
  open: OpenGateway,
  signal?: AbortSignal,
): Promise<GatewayTestResult> {
  const { outcome, clockAhead } = await askVersion(settings, open, signal);
  const failure = outcome instanceof HikvisionError ? outcome : undefined;
  const other = mayBeShape(failure) ? await otherShape(settings, open, signal) : undefined;
  const accepted = { ...settings, ...(other ? { signature: other.shape } : {}) };
  const said = other?.outcome ?? outcome;
  const needs = isWorthAsking(said) ? await askNeeds(accepted, open, signal) : UNKNOWN_NEEDS;
  const fingerprint = failure?.code === 'CERTIFICATE' ? failure.params['fingerprint'] : undefined;
  return {
    findings: [
      credentials(settings),
      address(failure),
      encryption(settings, failure),
      clock(clockAhead, failure),
      signature(failure, other?.shape),
      version(said, settings),
      permission(said, needs),
      ...needs,
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

/** Whether key and signature are known to be accepted, and the partner is not barred as a whole. */
function isWorthAsking(outcome: GatewayReply | HikvisionError): boolean {
  return !(outcome instanceof HikvisionError) || (isAuthenticated(outcome) && !isPartnerBarred(outcome));
}

async function askNeeds(
  settings: GatewaySettings,
  open: OpenGateway,
  signal?: AbortSignal,
): Promise<readonly Finding<NeedId>[]> {
  const gateway = open(settings);
  try {
    return await tryNeeds(gateway, signal);
  } finally {
    gateway.close();
  }
}

/** Whether another signature shape may help; not where both sides have signed the same text. */
function mayBeShape(failure: HikvisionError | undefined): boolean {
  return SHAPE_MATTERS.has(codeOf(failure)) && failure?.advice !== 'signature.secret';
}

interface OtherShape {
  shape: SignatureShape;
  /** What the gateway says to it. */
  outcome: GatewayReply | HikvisionError;
}

/** The first other signature shape that the gateway accepts. */
async function otherShape(
  settings: GatewaySettings,
  open: OpenGateway,
  signal?: AbortSignal,
): Promise<OtherShape | undefined> {
  for (const shape of SHAPES.filter((each) => each !== settings.signature)) {
    const { outcome } = await askVersion({ ...settings, signature: shape }, open, signal);
    if (!(outcome instanceof HikvisionError) || isAuthenticated(outcome)) return { shape, outcome };
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
  return clockFinding(id, clockAhead, isNotAuthenticated(failure) ? 'failed' : 'warned');
}

function signature(failure: HikvisionError | undefined, shape: SignatureShape | undefined): GatewayFinding {
  const id = 'signature';
  if (shape !== undefined) {
    const advised = failure?.withAdvice('signature.otherShape', { shape });
    return { id, state: 'warned', params: { shape }, advice: true, ...(advised ? { failure: advised } : {}) };
  }
  if (!failure || isAuthenticated(failure)) return { id, state: 'passed' };
  return isNotAuthenticated(failure) ? { id, state: 'failed', advice: true, failure } : { id, state: 'unknown' };
}

function version(outcome: GatewayReply | HikvisionError, { product }: GatewaySettings): GatewayFinding {
  const id = 'version';
  if (outcome instanceof HikvisionError) return noVersion(outcome);
  const { data } = outcome;
  const said = typeof data === 'object' && data !== null && 'softVersion' in data ? data.softVersion : undefined;
  const major = typeof said === 'string' ? /^\D*(\d+)/.exec(said)?.[1] : undefined;
  if (typeof said !== 'string' || major === undefined) return { id, state: 'warned', advice: true };
  const params = { version: printable(said, 60) };
  // iSecure Center counts its versions for itself.
  const isOld = product === 'hikcentral' && Number(major) < FIRST_MAJOR_VERSION;
  return isOld ? { id, state: 'failed', text: 'old', params, advice: 'update' } : { id, state: 'passed', params };
}

function noVersion(failure: HikvisionError): GatewayFinding {
  const id = 'version';
  if (!isAuthenticated(failure) || isPartnerBarred(failure)) return { id, state: 'unknown' };
  if (isNotPermitted(failure)) return { id, state: 'failed', text: 'forbidden', advice: 'right', failure };
  return { id, state: codeOf(failure) === '8' ? 'warned' : 'failed', advice: true, failure };
}

/** What the single calls show together. */
function permission(outcome: GatewayReply | HikvisionError, needs: readonly Finding<NeedId>[]): GatewayFinding {
  const id = 'permission';
  const failure = outcome instanceof HikvisionError ? outcome : undefined;
  if (failure && isPartnerBarred(failure)) return { id, state: 'failed', advice: true, failure };
  const barred = needs.find((need) => need.failure && isPartnerBarred(need.failure))?.failure;
  if (barred) return { id, state: 'failed', advice: true, failure: barred };
  const isForbidden = needs.some(({ text }) => text === 'forbidden') || (failure && isNotPermitted(failure));
  const hasPassed = needs.some(({ state }) => state === 'passed');
  if (isForbidden) return { id, state: hasPassed ? 'warned' : 'failed', advice: true };
  return { id, state: needs.every(({ state }) => state === 'passed') ? 'passed' : 'unknown' };
}
