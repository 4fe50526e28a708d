import { HikvisionError } from '../../errors/hikvision-error.js';

/** What a user of the terminal has to be allowed; the texts name it. */
export type Right = 'right.persons' | 'right.faces' | 'right.capture' | 'right.log';

/** Rethrows what a call failed with; where the user may not do this, with the right that is missing. */
export function namingRight(right: Right): (error: unknown) => never {
  return (error) => {
    throw withRight(error, right);
  };
}

export function withRight(error: unknown, right: Right): unknown {
  if (!(error instanceof HikvisionError)) return error;
  return ['nopermission', 'lowprivilege'].includes(error.code.toLowerCase()) ? error.withAdvice(right, {}) : error;
}
