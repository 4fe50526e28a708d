import type { SeenCertificate } from '../../../http/seen-certificate.js';
import { Terminal, type TerminalSettings } from '../../terminal/terminal.js';
import { findingsIn, type TerminalFinding } from './findings.js';
import { Questions } from './questions.js';
import { reportOf, type Report } from './report.js';

export type { TerminalFinding };

/** What a connection test found out. */
export interface TerminalTestResult {
  findings: TerminalFinding[];
  /** SHA-256 of the certificate that was seen, accepted or not. */
  fingerprint?: string;
  certificate?: Omit<SeenCertificate, 'fingerprint'>;
  report: Report;
}

/**
 * Looks at a terminal with a connection of its own: address, certificate, login, clock and what the terminal can do. A
 * wrong password is signed once, and one that is known to be wrong only when the same is asked a second time. Where the certificate is not accepted nothing but the handshake is sent.
 * Throws only the reason of an aborted `signal`.
 */
export async function testTerminal(settings: TerminalSettings, signal?: AbortSignal): Promise<TerminalTestResult> {
  const terminal = new Terminal({ ...settings, retries: 0 });
  try {
    terminal.beginLoginTrial();
    const answers = await new Questions(terminal, signal).askAll();
    const findings = findingsIn(answers, settings);
    return { findings, ...shown(answers.certificate), report: reportOf(terminal, answers, findings) };
  } finally {
    terminal.endLoginTrial();
    await terminal.close();
  }
}

function shown(seen: SeenCertificate | undefined): Pick<TerminalTestResult, 'fingerprint' | 'certificate'> {
  if (!seen) return {};
  const { fingerprint, ...certificate } = seen;
  return { fingerprint, certificate };
}
