import { rule, type Rule } from './rule.js';
import { numberOf } from './values.js';

/** What an event of a gateway is about. */
export type GatewayEventKind = 'accepted' | 'denied' | 'door' | 'alarm' | 'visitor' | 'other';

interface KnownType {
  kind: GatewayEventKind;
  /** By what somebody was recognised. */
  method?: string;
}

/**
 * The types of events that clients in the field have recorded; the vendor's own table was never found. Those of visitors
 * are iSecure Center's. Each has its name in the locales of artemis-events, under `types`.
 */
export const KNOWN_TYPES: Readonly<Record<number, KnownType>> = {
  196893: { kind: 'accepted', method: 'face' },
  196890: { kind: 'accepted', method: 'faceAndCard' },
  197162: { kind: 'accepted', method: 'idCard' },
  198914: { kind: 'accepted', method: 'card' },
  198915: { kind: 'accepted', method: 'cardAndPassword' },
  197151: { kind: 'door' },
  198919: { kind: 'door' },
  198657: { kind: 'door' },
  983302: { kind: 'alarm' },
  983303: { kind: 'alarm' },
  1392513025: { kind: 'visitor' },
  1392513026: { kind: 'visitor' },
};

const FACE_PASSED = 196_893;
/** That one subscription may name. */
const MOST_TYPES = 100;
const MOST_NUMBER = 0xffff_ffff;
const LONGEST_ADDRESS = 900;

/** Numbers of types, with commas or blanks between them; a flow written by hand may have a list. Each once, in order. */
export const eventTypes: Rule<readonly number[], 'eventTypes'> = rule<readonly number[], 'eventTypes'>(
  'text',
  { value: [FACE_PASSED] },
  (value) => {
    const given = Array.isArray(value) ? (value as unknown[]) : String(value).split(/[\s,;]+/);
    const numbers = given.filter((each) => each !== '').map(numberOf);
    const isTypes = numbers.every(
      (each): each is number => each !== undefined && Number.isInteger(each) && each >= 0 && each <= MOST_NUMBER,
    );
    const types = [...new Set(numbers)];
    return isTypes && types.length > 0 && types.length <= MOST_TYPES
      ? { value: (types as number[]).sort((one, other) => one - other) }
      : { refused: 'eventTypes' };
  },
  { default: String(FACE_PASSED) },
);

/** Where the gateway reaches this Node-RED: scheme and host, perhaps port and path; no slash at the end. */
export const ownAddress: Rule<string, 'eventAddressMissing' | 'eventAddress'> = rule<
  string,
  'eventAddressMissing' | 'eventAddress'
>('text', { refused: 'eventAddressMissing' }, (value) => {
  const given = typeof value === 'string' ? value.trim() : '';
  const url = /^https?:\/\/[^\s?#@\\]+$/i.test(given) && URL.canParse(given) ? new URL(given) : undefined;
  const isAddress = url !== undefined && url.hostname !== '' && given.length <= LONGEST_ADDRESS;
  return isAddress ? { value: `${url.origin}${url.pathname.replace(/\/+$/, '')}` } : { refused: 'eventAddress' };
});
