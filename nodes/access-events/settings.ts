import { EVENT_KINDS, type EventKind } from '../../core/isapi/events/options.js';
import { checkbox, choice, configNode, duration, text, wholeNumber } from '../../core/settings/kinds.js';
import { rule, withRule, type Rule } from '../../core/settings/rule.js';

const ALL: readonly EventKind[] = EVENT_KINDS;
/** What stands in the field where all are meant, those too that a later version may know. */
export const ALL_KINDS = 'all';

/** Words between commas or blanks, or a list of them. */
const kinds: Rule<readonly EventKind[]> = rule<readonly EventKind[]>(
  'text',
  { value: ALL },
  (value) => {
    const words = wordsIn(value);
    const found = ALL.filter((kind) => words.includes(kind));
    const isUsable =
      words.length > 0 && words.every((word) => word === ALL_KINDS || found.some((kind) => kind === word));
    if (!isUsable) return { refused: 'notAllowed', params: { allowed: [ALL_KINDS, ...ALL].join(', ') } };
    return { value: words.includes(ALL_KINDS) ? ALL : found };
  },
  { default: ALL_KINDS },
);

const whenAcked = { acknowledge: ['acked'] } as const;

export const settings = {
  name: text(),
  terminal: withRule(configNode('isapi-config'), { blank: { refused: 'noSource' } }),
  kinds,
  pictures: checkbox(false),
  begin: choice(['now', 'kept']),
  acknowledge: choice(['sent', 'acked']),
  inFlight: withRule(wholeNumber({ usual: 20, min: 1, max: 1000 }), { when: whenAcked }),
  ackTimeout: withRule(duration({ usual: 60, min: 0.1 }), { when: whenAcked }),
  route: choice(['auto', 'stream', 'poll']),
  poll: duration({ usual: 5, min: 0.5, max: 3600 }),
  ownLogins: checkbox(false),
};

function wordsIn(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,;]+/) : [value];
  return list.map((each) => (typeof each === 'string' ? each.trim().toLowerCase() : '?')).filter((each) => each !== '');
}
