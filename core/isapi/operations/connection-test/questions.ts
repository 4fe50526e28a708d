import { asFailure, type HikvisionError } from '../../../errors/hikvision-error.js';
import { nobodyAnswered } from '../../../http/findings.js';
import { seenCertificate, type SeenCertificate } from '../../../http/seen-certificate.js';
import { captureCapabilities, type CaptureCapabilities } from '../../terminal/capabilities.js';
import type { Terminal } from '../../terminal/terminal.js';
import { failureIn, isFinal, isRemembered, type Answer, type Answers } from './answers.js';
import { shapeOfFailure, shapeOfReply, type ReplyShape } from './report.js';

/** Asks a terminal one thing after another, until an answer says that more would be of no use. */
export class Questions {
  private readonly replies: ReplyShape[] = [];
  private final: HikvisionError | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Throws only the reason of the aborted signal. */
  async askAll(): Promise<Answers> {
    const deviceInfo = await this.ask('/ISAPI/System/deviceInfo');
    let sentAt = Date.now();
    const time = await this.ask('/ISAPI/System/time', () => (sentAt = Date.now()));
    const timeSaidAt = (sentAt + Date.now()) / 2;
    const userCheck = await this.ask('/ISAPI/Security/userCheck');
    const access = await this.ask('/ISAPI/AccessControl/capabilities');
    const capture = await this.askCapture();
    const certificate = await this.lookAtCertificate();
    const otherProtocol = await this.tryOtherProtocol(failureIn(deviceInfo));
    const askedForLogin = this.terminal.nonceStatistics.algorithm !== undefined;
    const { final, replies } = this;
    return {
      ...{ deviceInfo, time, timeSaidAt, userCheck, access, capture, certificate, otherProtocol },
      ...{ final, askedForLogin, replies },
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
      this.replies.push(shapeOfReply(path, reply));
      return reply;
    } catch (error) {
      return this.failed(path, error);
    }
  }

  private async askCapture(): Promise<CaptureCapabilities | HikvisionError | undefined> {
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
    this.replies.push(shapeOfFailure(path, failure));
    if (isFinal(failure)) this.final = failure;
    return failure;
  }

  private async lookAtCertificate(): Promise<SeenCertificate | undefined> {
    const { protocol, host, port, timeoutMs } = this.terminal.settings;
    const isPointless = this.final && (nobodyAnswered(this.final) || isRemembered(this.final));
    if (protocol !== 'https' || isPointless) return undefined;
    return seenCertificate(host, port, timeoutMs);
  }

  /** Where nothing comes of the chosen protocol: whether the port speaks the other one. */
  private async tryOtherProtocol(failure: HikvisionError | undefined): Promise<'http' | 'https' | undefined> {
    const { protocol, host, port, timeoutMs } = this.terminal.settings;
    const reason = failure?.reason;
    if (reason === 'notTls') return 'http';
    const isBroken = reason === 'connectionLost' || reason === 'notHttp' || reason === 'httpStatus';
    if (protocol === 'https' || !isBroken) return undefined;
    return (await seenCertificate(host, port, timeoutMs)) ? 'https' : undefined;
  }
}
