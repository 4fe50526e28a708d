import { HikvisionError } from '../../../errors/hikvision-error.js';
import type { SeenCertificate } from '../../../http/seen-certificate.js';
import type { Tree } from '../../protocol/document.js';
import type { IsapiReply } from '../../protocol/reply.js';
import type { CaptureCapabilities } from '../../terminal/capabilities.js';
import type { ReplyShape } from './report.js';

/** What a question brought: a reply, or why there is none. */
export type Answer = IsapiReply | HikvisionError;

/** Everything that a connection test asks, with what came of it. */
export interface Answers {
  deviceInfo: Answer;
  time: Answer;
  /** When the terminal said its time: the middle between sending and reply, in milliseconds since 1970. */
  timeSaidAt: number;
  userCheck: Answer;
  access: Answer;
  /** Undefined where the terminal does not say. */
  capture: CaptureCapabilities | HikvisionError | undefined;
  /** The certificate that the terminal shows, accepted or not. */
  certificate: SeenCertificate | undefined;
  /** The protocol that the port speaks, where it is not the chosen one. */
  otherProtocol: 'http' | 'https' | undefined;
  /** The failure after which nothing more was asked. */
  final: HikvisionError | undefined;
  /** Whether the terminal asked for a login. */
  askedForLogin: boolean;
  /** The form of each reply, in the order of the questions. */
  replies: ReplyShape[];
}

/** Failures after which asking on is of no use: nobody answers, nobody may, or the question itself was cancelled. */
const FINAL = new Set([
  ...['UNREACHABLE', 'TIMEOUT', 'CERTIFICATE', 'UNAUTHORIZED', 'LOCKED', 'BASIC_REFUSED', 'NOT_CONFIGURED'],
  ...['QUEUE_FULL', 'CANCELLED'],
]);

/** Whether this failure says something of the connection as a whole, and nothing of the one question. */
export function isFinal({ code }: HikvisionError): boolean {
  return FINAL.has(code);
}

/** Whether this is a refusal that is known from before: nothing was sent. */
export function isRemembered({ code, delivery }: HikvisionError): boolean {
  return (code === 'UNAUTHORIZED' || code === 'LOCKED') && delivery === 'unsent';
}

/** The failure in an answer, if it is one. */
export function failureIn(answer: Answer): HikvisionError | undefined {
  return answer instanceof HikvisionError ? answer : undefined;
}

/** What stands in the document of an answer, if it has one. */
export function contentOf(answer: Answer): Tree | undefined {
  return answer instanceof HikvisionError ? undefined : answer.document?.content;
}
