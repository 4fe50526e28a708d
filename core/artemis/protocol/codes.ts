import { backOff } from '../../http/turns/wait.js';

/** HikCentral Professional, or the Chinese iSecure Center, which shifts some codes. */
export type Product = 'hikcentral' | 'isecure';

/** How a call that failed with a code may be repeated, where it may be made twice at all. */
export type Repetition = 'never' | 'once' | 'soon' | 'slowly' | 'after-pause';

export interface CodeMeaning {
  /** Sentence and advice: `errors.codes.<key>` of the gateway's catalogue. */
  key: string;
  repetition: Repetition;
}

/** Codes whose meaning is known; each has a sentence of its own in the catalogue. */
const REPETITIONS: Readonly<Record<string, Repetition>> = {
  '1': 'once',
  '2': 'never',
  '3': 'soon',
  '4': 'soon',
  '5': 'slowly',
  '6': 'soon',
  '7': 'never',
  '8': 'never',
  '13': 'never',
  '16': 'soon',
  '17': 'never',
  '64': 'never',
  '65': 'never',
  '66': 'never',
  '67': 'never',
  '68': 'never',
  '69': 'never',
  '128': 'never',
  '129': 'soon',
  '130': 'never',
  '131': 'never',
  '132': 'never',
  '133': 'soon',
  '0x02401000': 'never',
  '0x02401001': 'never',
  '0x02401002': 'never',
  '0x02401003': 'never',
  '0x02401007': 'never',
  '0x02401008': 'never',
  '0x02401009': 'after-pause',
  '0x00052101': 'soon',
  '0x00052102': 'soon',
  '0x00052103': 'soon',
  '0x00052104': 'soon',
  '0x00072001': 'never',
  '0x00072002': 'never',
  '0x00072003': 'never',
  '0x00072004': 'never',
  '0x00072201': 'never',
  '0x00072202': 'never',
  '0x00072203': 'never',
  '0x00072204': 'never',
};

/** iSecure Center shifts these; what it means by 0x0240100a is not known. */
const ISECURE: Readonly<Record<string, CodeMeaning>> = {
  '0x02401007': { key: 'tokenExpired', repetition: 'never' },
  '0x02401008': { key: '69', repetition: 'never' },
  '0x02401009': { key: '0x02401008', repetition: 'never' },
  '0x0240100a': { key: 'other', repetition: 'never' },
  '0x0240100b': { key: '0x02401009', repetition: 'after-pause' },
};

/** Every meaning that a code may have. */
export const CODE_MEANINGS: readonly string[] = [...Object.keys(REPETITIONS), 'tokenExpired', 'other'];

/** What a code means on this product; a code that is not known has the key `other` and is never repeated. */
export function meaningOf(code: string, product: Product): CodeMeaning {
  const shifted = product === 'isecure' && Object.hasOwn(ISECURE, code) ? ISECURE[code] : undefined;
  if (shifted) return shifted;
  const repetition = Object.hasOwn(REPETITIONS, code) ? REPETITIONS[code] : undefined;
  return repetition === undefined ? { key: 'other', repetition: 'never' } : { key: code, repetition };
}

/** A code as the tables write it: text, hexadecimal ones in lower case with eight digits. */
export function normalCode(code: string | number): string {
  const text = String(code).trim();
  const hex = /^0x([0-9a-f]{1,8})$/i.exec(text)?.[1];
  return hex === undefined ? text : `0x${hex.toLowerCase().padStart(8, '0')}`;
}

const LATER_MS = 5_000;
const PAUSE_MS = 10_000;
const SLOWER = 6;

/**
 * Milliseconds before repeat number `repeat` (from 1); undefined where there is none.
 * @param random from 0 to 1
 */
export function pauseBefore(repetition: Repetition, repeat: number, random?: () => number): number | undefined {
  switch (repetition) {
    case 'never':
      return undefined;
    case 'once':
      return repeat === 1 ? LATER_MS : undefined;
    case 'soon':
      return backOff(repeat, random);
    case 'slowly':
      return backOff(repeat, random) * SLOWER;
    case 'after-pause':
      return PAUSE_MS * repeat;
  }
}
