import type { HikvisionError } from '../../errors/hikvision-error.js';
import { nobodyAnswered } from '../../http/findings.js';

/** Codes, as the texts name them, of a gateway that did not accept the key or the signature. */
const NOT_AUTHENTICATED = new Set(['13', '64', '68', '0x02401000', '0x02401001', '0x02401002', '0x02401003']);
/** The linked user or the OpenAPI as a whole: no call of this partner is carried out. */
const NOT_PERMITTED_ANY = new Set(['17', '65', '66', '67', 'tokenExpired']);
/** Key and signature were accepted, but the partner may not make this call. */
const NOT_PERMITTED_THIS = new Set(['69', '130', '0x02401007', '0x02401008', '0x00072201', '0x00072204']);
/** Refusals that say nothing of the signature. */
const UNDECIDED = new Set([
  ...['1', '3', '4', '5', '6', '16', 'other'],
  ...['0x02401009', '0x00052101', '0x00052102', '0x00052103', '0x00052104'],
]);
const CALL_LIMIT = '0x02401009';

/** The gateway's own code by its meaning on this product; '' where it gave none. */
export function codeOf(failure: HikvisionError | undefined): string {
  return failure?.reason === 'gatewayRefused' ? String(failure.params['meaning']) : '';
}

/** Whether nobody answered, or nobody who speaks HTTP. */
export function isNoHttp(failure: HikvisionError): boolean {
  return nobodyAnswered(failure) || failure.reason === 'notHttp';
}

/** Whether the gateway did not accept the key or the signature. */
export function isNotAuthenticated(failure: HikvisionError | undefined): boolean {
  return NOT_AUTHENTICATED.has(codeOf(failure));
}

/** Whether the failure shows that key and signature were accepted. */
export function isAuthenticated(failure: HikvisionError): boolean {
  const code = codeOf(failure);
  return code !== '' && !NOT_AUTHENTICATED.has(code) && !UNDECIDED.has(code);
}

/** Whether a right is missing: for this call, or for every one. */
export function isNotPermitted(failure: HikvisionError): boolean {
  return NOT_PERMITTED_THIS.has(codeOf(failure)) || isPartnerBarred(failure);
}

/** Whether the partner may make no call at all. */
export function isPartnerBarred(failure: HikvisionError): boolean {
  return NOT_PERMITTED_ANY.has(codeOf(failure));
}

/** Whether further calls would only fail in the same way, or do harm. */
export function isPointless(failure: HikvisionError): boolean {
  const isUnusable = isNoHttp(failure) || failure.code === 'CERTIFICATE' || failure.code === 'NOT_CONFIGURED';
  return isUnusable || isNotAuthenticated(failure) || isPartnerBarred(failure) || codeOf(failure) === CALL_LIMIT;
}
