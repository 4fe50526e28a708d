import { HikvisionError } from '../../../errors/hikvision-error.js';
import { printable } from '../../../errors/printable.js';
import { statesOf, type FindingState } from '../../../http/findings.js';
import { text, type Tree } from '../../protocol/document.js';
import type { IsapiReply } from '../../protocol/reply.js';
import type { CaptureCapabilities } from '../../terminal/capabilities.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { TerminalFinding, TerminalFindingId } from './findings.js';
import { contentOf, type Answer, type Answers } from './answers.js';

/** What may be passed on about a model: no address, serial number, login, person or picture. */
export interface Report {
  model?: string;
  firmware?: string;
  deviceType?: string;
  protocol: 'http' | 'https';
  findings: Partial<Record<TerminalFindingId, FindingState>>;
  /** By what `AccessControl/capabilities` says: `isSupportUserInfo` and the like. */
  supports: Record<string, boolean>;
  capture?: CaptureCapabilities;
  replies: ReplyShape[];
  nonce: Terminal['nonceStatistics'];
  /** What nodes that use it have found out: `events` is what it wants of a search in its log. */
  learnt: Record<string, string>;
}

/** The form of one reply, without what it says. */
export interface ReplyShape {
  path: string;
  httpStatus?: number;
  contentType?: string;
  format?: 'json' | 'xml';
  root?: string;
  namespace?: string;
  /** The terminal's own code, or ours. */
  code?: string;
}

const SUPPORT_FLAGS = ['isSupportUserInfo', 'isSupportFDLib', 'isSupportCaptureFace', 'isSupportRemoteControlDoor'];

export function reportOf(terminal: Terminal, answers: Answers, findings: readonly TerminalFinding[]): Report {
  const { deviceInfo, access, capture, replies } = answers;
  const { model, firmware, deviceType } = identityIn(deviceInfo);
  return {
    ...(model ? { model } : {}),
    ...(firmware ? { firmware } : {}),
    ...(deviceType ? { deviceType } : {}),
    protocol: terminal.settings.protocol,
    findings: statesOf(findings),
    supports: supportFlags(contentOf(access)),
    ...(capture && !(capture instanceof HikvisionError) ? { capture } : {}),
    replies,
    nonce: terminal.nonceStatistics,
    learnt: Object.fromEntries(terminal.physical.learnt),
  };
}

/** What the terminal says that it is; '' for what it does not say. */
export function identityIn(deviceInfo: Answer): Record<'model' | 'firmware' | 'serial' | 'deviceType', string> {
  const content = contentOf(deviceInfo) ?? {};
  const word = (name: string): string => printable(text(content, name) ?? '', 60);
  return {
    model: word('model'),
    firmware: word('firmwareVersion'),
    serial: word('serialNumber'),
    deviceType: word('deviceType'),
  };
}

/** The abilities that the terminal names in `AccessControl/capabilities`, true or false. */
export function supportFlags(access: Tree = {}): Record<string, boolean> {
  return Object.fromEntries(
    SUPPORT_FLAGS.flatMap((flag) => {
      const said = text(access, flag)?.trim().toLowerCase();
      return said === 'true' || said === 'false' ? [[flag, said === 'true']] : [];
    }),
  );
}

export function shapeOfReply(path: string, { httpStatus, headers, document, body }: IsapiReply): ReplyShape {
  const contentType = headers['content-type'];
  const namespace = /xmlns="([^"]{1,80})"/.exec(body.subarray(0, 500).toString('utf8'))?.[1];
  return {
    path,
    httpStatus,
    ...(contentType === undefined ? {} : { contentType: printable(contentType, 60) }),
    ...(document ? { format: document.format, root: printable(document.root, 60) } : {}),
    ...(namespace === undefined ? {} : { namespace: printable(namespace, 80) }),
  };
}

export function shapeOfFailure(path: string, { code, cause }: HikvisionError): ReplyShape {
  const { httpStatus } = cause;
  return { path, ...(httpStatus === undefined ? {} : { httpStatus }), code };
}
