import { rule, type Reading, type Rule } from './rule.js';
import { numberOf, trimmed } from './values.js';

const DAY_SECONDS = 86_400;

/** Free text, such as a name; what an environment variable gives as a number or as true is taken as its text. */
export function text(): Rule<string> {
  return rule('text', { value: '' }, (value) => {
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isPlain ? { value: String(value) } : { refused: 'notText' };
  });
}

/** A short name without spaces, as `blackFD` or `1`. */
export function identifier(usual: string): Rule<string> {
  return rule(
    'text',
    { value: usual },
    (value) => {
      const given = trimmed(value);
      return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? { value: given } : { refused: 'notText' };
    },
    { default: usual },
  );
}

interface Range {
  min: number;
  max: number;
}

/** A number, a fraction too; blank means the default. */
function number({ usual, min, max }: Range & { usual: number }): Rule<number> {
  return rule('number', { value: usual }, (value) => inRange(value, { min, max }), { default: usual, min, max });
}

/** A number without a fraction; blank means the default. */
export function wholeNumber({ usual, min, max }: Range & { usual: number }): Rule<number> {
  return rule<number>('number', { value: usual }, (value) => wholeInRange(value, { min, max }), {
    default: usual,
    min,
    max,
  });
}

/** A whole number that may be left out; blank is undefined. */
export function optionalWholeNumber({ min, max }: Range): Rule<number | undefined> {
  return rule<number | undefined>('number', { value: undefined }, (value) => wholeInRange(value, { min, max }), {
    min,
    max,
  });
}

/** A duration: seconds in the field, milliseconds when read. Up to a day, unless it says otherwise. */
export function duration({ usual, min = 0, max = DAY_SECONDS }: Partial<Range> & { usual: number }): Rule<number> {
  const seconds = number({ usual, min, max });
  return { ...seconds, blank: { value: usual * 1000 }, read: (value) => inMilliseconds(seconds.read(value)) };
}

/** A duration that may be left out; blank is undefined. */
export function optionalDuration({ min = 0, max = DAY_SECONDS }: Partial<Range> = {}): Rule<number | undefined> {
  const judge = (value: unknown): Reading<number> => inMilliseconds(inRange(value, { min, max }));
  return rule<number | undefined>('number', { value: undefined }, judge, { min, max });
}

/**
 * One of a few words, whatever its case; the first is the default, and blank means the default.
 * @param unknownWord what any other word means; without it, any other is refused
 */
export function choice<const T extends string>(
  choices: readonly [T, ...T[]],
  { usual = choices[0], unknownWord }: { usual?: NoInfer<T>; unknownWord?: NoInfer<T> } = {},
): Rule<T> {
  return rule<T>(
    'choice',
    { value: usual },
    (value) => {
      const given = trimmed(value)?.toLowerCase();
      const found = choices.find((each) => each.toLowerCase() === given) ?? unknownWord;
      return found === undefined
        ? { refused: 'notAllowed', params: { allowed: choices.join(', ') } }
        : { value: found };
    },
    { default: usual, choices },
  );
}

/** On or off. An environment variable gives it as text; what is neither on nor blank is off. */
export function checkbox(usual: boolean): Rule<boolean> {
  return rule('checkbox', { value: usual }, (value) => ({ value: value === true || value === 'true' }), {
    default: usual,
  });
}

/** Yes or no that a message may bring: what is neither is refused, since the other one might be meant. */
export function trueOrFalse(usual: boolean): Rule<boolean> {
  return rule<boolean>(
    'choice',
    { value: usual },
    (value) => {
      const word = String(value).trim().toLowerCase();
      if (word === 'true' || word === 'false') return { value: word === 'true' };
      return { refused: 'notAllowed', params: { allowed: 'true, false' } };
    },
    { default: usual },
  );
}

/** A value of any kind, judged where it is used. */
export function anything(): Rule<unknown> {
  return rule<unknown>('any', { value: undefined }, (value) => ({ value }));
}

/** Another node that is chosen by its id; blank where none is. */
export function configNode(nodeType: string): Rule<string> {
  return rule('node', { value: '' }, (value) => (typeof value === 'string' ? { value } : { refused: 'notText' }), {
    nodeType,
  });
}

function inRange(value: unknown, { min, max }: Range): Reading<number> {
  const found = numberOf(value);
  const fits = found !== undefined && found >= min && found <= max;
  return fits ? { value: found } : { refused: 'number', params: { min, max } };
}

function wholeInRange(value: unknown, { min, max }: Range): Reading<number> {
  const { value: found } = inRange(value, { min, max });
  const fits = found !== undefined && Number.isInteger(found);
  return fits ? { value: found } : { refused: 'wholeNumber', params: { min, max } };
}

function inMilliseconds(seconds: Reading<number>): Reading<number> {
  return seconds.refused === undefined ? { value: seconds.value * 1000 } : seconds;
}
