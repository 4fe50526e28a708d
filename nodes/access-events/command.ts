import { invalid } from '../../core/errors/invalid.js';
import type { Message } from '../common/message-loop.js';
import type { Command } from './watching/terminal-watches.js';

const COMMANDS = ['stop', 'start', 'replay'];
/** More than any terminal counts to; a number that is greater is meant as a time. */
const MOST_SERIAL = 10_000_000_000;

/** What a message asks of the node. @throws HikvisionError `INVALID_INPUT` */
export function commandIn(msg: Message): Command {
  const { command } = msg;
  switch (typeof command === 'string' ? command.trim().toLowerCase() : command) {
    case 'stop':
      return { do: 'stop' };
    case 'start':
      return { do: 'start' };
    case 'replay':
      return { do: 'replay', from: startOf(msg['from']) };
    default:
      throw invalid('notAllowed', 'msg.command', { allowed: COMMANDS.join(', ') });
  }
}

/** A serial number, also as text; or a time: a Date, milliseconds since 1970, or text in ISO 8601. */
function startOf(from: unknown): number | Date {
  const given = typeof from === 'string' && /^\s*\d+\s*$/.test(from) ? Number(from) : from;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 && given < MOST_SERIAL) return given;
  const isText = typeof given === 'string' && /^\s*\d{4}-\d{2}/.test(given);
  const time = given instanceof Date || typeof given === 'number' || isText ? new Date(given) : new Date(NaN);
  // Also refuses what is not a number.
  if (!(time.getTime() >= 0)) throw invalid('replayFrom', 'msg.from');
  return time;
}
