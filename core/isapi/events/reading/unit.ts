import { HikvisionError } from '../../../errors/hikvision-error.js';
import { printable } from '../../../errors/printable.js';
import { text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { EventMemory, UnitIdentity } from '../cursor/event-memory.js';
import { asDialect, type Dialect } from '../log/dialect.js';
import { negotiate } from '../log/negotiation.js';
import { KNOWN_CODES } from '../meaning/codes.js';
import type { TerminalClock } from '../meaning/terminal-clock.js';

type UnitTerminal = Pick<Terminal, 'call' | 'named'>;

/** Who hangs at this address; '' where it does not say. @throws HikvisionError */
export async function identify(terminal: UnitTerminal, signal: AbortSignal): Promise<UnitIdentity> {
  const content = await ask(terminal, 'read serial number', '/ISAPI/System/deviceInfo', signal);
  const word = (name: string): string => printable(text(content, name)?.trim() ?? '', 80);
  return { serialNumber: word('serialNumber'), firmware: word('firmwareVersion') };
}

/** Sets the clock by the terminal's; one that does not tell the time leaves it as it was. @throws HikvisionError */
export async function readClock(terminal: UnitTerminal, clock: TerminalClock, signal: AbortSignal): Promise<void> {
  let sentAt = Date.now();
  try {
    const time = await ask(terminal, 'read clock', '/ISAPI/System/time', signal, () => (sentAt = Date.now()));
    clock.set(time, (sentAt + Date.now()) / 2);
  } catch (error) {
    if (!isNotSupported(error) && !isLastWord(error)) throw error;
  }
}

const LOGIN = new Set(['UNAUTHORIZED', 'LOCKED', 'NOT_CONFIGURED', 'BASIC_REFUSED']);

/** Whether the terminal has answered this call and would again: events are worth more than the right time. */
function isLastWord(error: unknown): boolean {
  if (!(error instanceof HikvisionError) || LOGIN.has(error.code)) return false;
  return error.delivery === 'answered' && !error.cause.retryable;
}

/** What this terminal wants of a search: remembered, or found out. @throws HikvisionError `logRefused` */
export async function dialectOf(
  terminal: UnitTerminal,
  { memory, unit, from, signal }: { memory: EventMemory; unit: UnitIdentity; from: number; signal: AbortSignal },
): Promise<Dialect> {
  const known = await memory.dialect(unit);
  if (known) return known;
  const codes = KNOWN_CODES.map((code) => {
    const [major = 0, minor = 0] = code.split('-').map(Number);
    return { major, minor };
  });
  const dialect = await negotiate(terminal, { from, codes, signal });
  if (asDialect(dialect)) await memory.saveDialect(unit, dialect);
  return dialect;
}

async function ask(
  terminal: UnitTerminal,
  operation: string,
  path: string,
  signal: AbortSignal,
  beforeSending?: () => void,
): Promise<Tree> {
  const reply = await terminal.call({
    ...{ operation, method: 'GET', path, policy: 'repeatable', signal },
    ...(beforeSending && { beforeSending }),
  });
  return reply.document?.content ?? {};
}
