import { HikvisionError } from '../../../errors/hikvision-error.js';
import { isNotSupported } from '../../protocol/reply.js';

/**
 * Why there is no stream. `ended`: the terminal ended it. `silent`: nothing came for too long. `slotTaken`: others have
 * all the streams that the terminal gives. `refused`: the terminal gives none at all. Or what else failed.
 */
export type StreamLoss = 'ended' | 'silent' | 'slotTaken' | 'refused' | HikvisionError;

const TAKEN = 'deployexceedmax';

/**
 * What it means that a stream could not be opened. All slots taken looks like `deployExceedMax`, a 403 or 404 without a
 * word, or silence before the headers (K1T341BM V3.7.80).
 */
export function lossOf(failure: HikvisionError): StreamLoss {
  const { subStatusCode, httpStatus } = failure.cause;
  if (failure.code.toLowerCase() === TAKEN || failure.reason === 'noAnswer') return 'slotTaken';
  if (subStatusCode === undefined && (httpStatus === 403 || httpStatus === 404)) return 'slotTaken';
  return isNotSupported(failure) || httpStatus === 405 || httpStatus === 501 ? 'refused' : failure;
}

/** Two losses that are the same to whoever is told. */
export function isSameLoss(one: StreamLoss | undefined, other: StreamLoss): boolean {
  if (!(one instanceof HikvisionError) || !(other instanceof HikvisionError)) return one === other;
  return one.code === other.code && one.reason === other.reason;
}
