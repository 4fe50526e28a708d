import { printable } from './printable.js';
import { REASONS, type Advice, type AdviceParams, type ParamsOf, type Reason } from './reasons.js';

/** The facts of a failure that a Catch node finds in `msg.error.cause`. Never a password, a digest response or a picture. */
export interface FailureFacts {
  terminal?: string;
  gateway?: string;
  operation?: string;
  /** Which step of a registration, or of a sync, failed; absent where none had begun. */
  step?: 'capture' | 'person' | 'face' | 'card' | 'remove';
  /** Whether the person whom the registration had created was taken away again; absent where nothing was to be. */
  removed?: boolean;
  httpStatus?: number;
  statusCode?: number;
  subStatusCode?: string;
  errorCode?: number;
  errorMsg?: string;
  /** True where the same message may succeed later without anybody changing anything. */
  retryable: boolean;
}

/**
 * What is known of a request that failed: `unsent` provably never arrived, `unknown` may have taken effect,
 * `answered` was refused by the terminal or gateway itself.
 */
export type Delivery = 'unsent' | 'unknown' | 'answered';

export type TextParams = Readonly<Record<string, string | number>>;

export interface FailureDetails extends Partial<FailureFacts> {
  /** The terminal's or gateway's own code, where the reason has none of ours. */
  code?: string;
  /** `unknown` where absent. */
  delivery?: Delivery;
  /** Better advice than the one that belongs to the reason, with its own parameters among `params`. */
  advice?: Advice | undefined;
  params?: TextParams;
  /** Where one failure stands for several: each of them with what it is about. Their texts make the parameter `list`. */
  items?: readonly FailureItem[];
}

/** One of several mistakes in the same message. */
export interface FailureItem {
  /** Which entry, such as `3 (00012)`: its place in the list from 1, and its number. */
  label: string;
  failure: HikvisionError;
}

/** The details of one reason: its parameters are needed exactly where it has any. */
type DetailsOf<R extends Reason> = keyof ParamsOf<R> extends never
  ? [details?: FailureDetails]
  : [details: FailureDetails & { params: ParamsOf<R> }];

/**
 * The one error class of this package: a reason to decide upon and the facts around it. The words for people are given
 * by nodes/common, in their language.
 */
export class HikvisionError extends Error {
  readonly code: string;
  readonly params: TextParams;
  readonly delivery: Delivery;
  readonly advice: Advice | undefined;
  readonly items: readonly FailureItem[];
  declare readonly cause: FailureFacts & { reason: Reason };

  private constructor(
    readonly reason: Reason,
    private readonly details: FailureDetails,
  ) {
    const { code, params = {}, delivery = 'unknown', advice, items = [], ...facts } = details;
    const ownCode = REASONS[reason].code;
    const shown = code ?? ownCode;
    super(`${shown} (${reason})`);
    this.name = 'HikvisionError';
    this.code = shown;
    this.params = params;
    this.delivery = delivery;
    this.advice = advice;
    this.items = items;
    this.cause = { ...facts, reason, retryable: details.retryable ?? false };
  }

  static of<R extends Reason>(reason: R, ...[details]: DetailsOf<R>): HikvisionError {
    return new HikvisionError(reason, details ?? {});
  }

  /** The same failure with facts added that only the caller knows (terminal, operation); what is known already stays. */
  withFacts(facts: Partial<FailureFacts>): HikvisionError {
    return new HikvisionError(this.reason, { ...facts, ...this.details });
  }

  /** The same failure with better advice, after which a flow may be told not to send the message again. */
  withAdvice<A extends Advice>(advice: A, params: AdviceParams<A>, retryable = this.cause.retryable): HikvisionError {
    return new HikvisionError(this.reason, {
      ...this.details,
      advice,
      retryable,
      params: { ...this.params, ...params },
    });
  }

  /** The same failure, where more is known of the request that it ended. */
  delivered(delivery: Delivery): HikvisionError {
    return new HikvisionError(this.reason, { ...this.details, delivery });
  }

  /** The same answer of the terminal, understood better. */
  as(reason: 'picturesNotTaken' | 'personsNotListed'): HikvisionError {
    return new HikvisionError(reason, { ...this.details, code: this.code, retryable: false });
  }
}

/** Any thrown value as a HikvisionError; what is not one of ours is an unexpected reply or state. */
export function asFailure(thrown: unknown): HikvisionError {
  if (thrown instanceof HikvisionError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return HikvisionError.of('unexpected', { params: { detail: printable(detail) } });
}
