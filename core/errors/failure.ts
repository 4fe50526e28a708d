/* eslint-disable no-restricted-imports -- the English texts, until the words are given by nodes/common */
import gatewayTexts from '../../nodes/artemis-config/locales/en-US/artemis-config.json';
import terminalTexts from '../../nodes/isapi-config/locales/en-US/isapi-config.json';

/** Codes of our own, used where the device named none itself. */
export type OwnCode =
  | 'INVALID_INPUT'
  | 'NOT_CONFIGURED'
  | 'UNAUTHORIZED'
  | 'LOCKED'
  | 'CERTIFICATE'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'BAD_REPLY'
  | 'TOO_LARGE'
  | 'FACE_SUPERSEDED'
  | 'FOREIGN_FACE_URL'
  | 'NOT_VERIFIED'
  | 'QUEUE_FULL'
  | 'CANCELLED'
  | 'BASIC_REFUSED';

/** What a Catch node finds in `msg.error.cause`. Never holds a password, a digest response or a picture. */
export interface FailureCause {
  terminal?: string;
  gateway?: string;
  operation?: string;
  httpStatus?: number;
  statusCode?: number;
  subStatusCode?: string;
  errorCode?: number;
  errorMsg?: string;
  /** True where the same message may succeed later without anybody changing anything. */
  retryable: boolean;
  /** What to do, in one or two sentences. */
  hint: string;
}

/** Sentences about terminals and connections, or about gateways. */
export type Catalogue = 'isapi-config' | 'artemis-config';

export type TextParams = Readonly<Record<string, string | number>>;

/** Names a sentence of an error catalogue (`errors.<key>`), so that it can be said in another language. */
export interface TextRef {
  catalogue: Catalogue;
  key: string;
  params: TextParams;
}

/**
 * What is known of a request that failed: `unsent` provably never arrived, `unknown` may have taken effect,
 * `answered` was refused by the device itself.
 */
export type Delivery = 'unsent' | 'unknown' | 'answered';

export interface FailureDetails extends Partial<Omit<FailureCause, 'hint'>> {
  /** Where the sentences stand; `isapi-config` where absent. */
  catalogue?: Catalogue;
  /** Sentence to say instead of the one named after the code. */
  text?: string;
  /** Advice to give instead of the one that belongs to the sentence. */
  hintText?: string;
  params?: TextParams;
  delivery?: Delivery;
  /** A ready advice where the device or caller already knows better than the catalogue. */
  hint?: string;
}

/** The one error class of this package: what happened, what to do, and the facts to decide upon. */
export class HikvisionError extends Error {
  readonly code: string;
  declare readonly cause: FailureCause;
  readonly what: TextRef;
  readonly hint: TextRef;
  readonly delivery: Delivery;

  constructor(
    code: string,
    private readonly details: FailureDetails = {},
  ) {
    const { catalogue = 'isapi-config', text, hintText, params = {}, delivery, hint: readyHint, ...facts } = details;
    const key = text ?? code;
    const what = { catalogue, key: `${key}.what`, params };
    const hint = { catalogue, key: hintText ?? `${key}.hint`, params };
    const advice = readyHint ?? englishText(hint);
    super(joinSentences(englishText(what), advice));
    this.name = 'HikvisionError';
    this.code = code;
    this.cause = { ...facts, retryable: details.retryable ?? false, hint: advice };
    this.what = what;
    this.hint = hint;
    this.delivery = delivery ?? 'unknown';
  }

  /** The same failure with facts added that only the caller knows (terminal, operation); what is known already stays. */
  withFacts(facts: Partial<FailureCause>): HikvisionError {
    return new HikvisionError(this.code, { ...facts, ...this.details });
  }
}

/** Joins what happened and what to do into the message that people read. */
export function joinSentences(what: string, hint: string): string {
  return hint === '' ? what : `${what} ${hint}`;
}

const english: Record<Catalogue, unknown> = {
  'isapi-config': terminalTexts['isapi-config'].errors,
  'artemis-config': gatewayTexts['artemis-config'].errors,
};

/** The text in English, with `__name__` replaced; an unknown key gives ''. */
function englishText({ catalogue, key, params }: TextRef): string {
  let found: unknown = english[catalogue];
  for (const step of key.split('.')) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[step] : undefined;
  }
  return typeof found === 'string' ? fillIn(found, params) : '';
}

/** Replaces `__name__` by its value, as Node-RED's own catalogues do. */
export function fillIn(text: string, params: TextParams): string {
  return text.replace(/__(\w+?)__/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Any thrown value as a HikvisionError; what is not one of ours is an unexpected reply or state. */
export function asFailure(thrown: unknown): HikvisionError {
  if (thrown instanceof HikvisionError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new HikvisionError('BAD_REPLY', { text: 'unexpected', params: { detail: printable(detail) } });
}

/** Text from outside, safe to show: no control characters, of bounded length. */
export function printable(text: string, limit = 300): string {
  // eslint-disable-next-line no-control-regex -- control characters are what has to go
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}
