import * as connection from '../../../core/settings/connection.js';
import { choice, configNode, optionalWholeNumber, text, wholeNumber } from '../../../core/settings/kinds.js';
import { rule, withRule, type Reading, type Rule } from '../../../core/settings/rule.js';
import { trimmed } from '../../../core/settings/values.js';

/** Why a field of the fleet's database is refused. */
type FleetReason = 'databaseMissing' | 'urlMissing' | 'url' | 'userMissing' | 'schema' | 'name' | 'sites';

const BY_FIELDS = { connection: ['fields'] };
const BY_URL = { connection: ['url'] };

/** What the editor has in the field of a secret that is stored. */
const STORED = '__PWRD__';
/** PostgreSQL knows an instance by its name; a longer one is cut off there. */
const MOST_CHARACTERS = 60;
const HOURS = { min: 0, max: 23 };

/** A name that needs no quotes in SQL; the queue has one of its own that is five longer, and takes 50 characters. */
const schema: Rule<string, FleetReason> = rule<string, FleetReason>(
  'text',
  { value: 'hikvision_fleet' },
  (value) => {
    const given = trimmed(value) ?? '';
    return /^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,44}$/.test(given) ? { value: given } : { refused: 'schema' };
  },
  { default: 'hikvision_fleet' },
);

const url: Rule<string, FleetReason> = rule<string, FleetReason>(
  'text',
  { refused: 'urlMissing' },
  (value) => {
    const given = trimmed(value) ?? '';
    const isOne = /^postgres(ql)?:\/\/\S+$/.test(given) && URL.canParse(given);
    return given === STORED || isOne ? { value: given } : { refused: 'url' };
  },
  { when: BY_URL, credential: 'password' },
);

/** Sites between commas; none means all. */
const sites: Rule<readonly string[], FleetReason> = rule<readonly string[], FleetReason>(
  'text',
  { value: [] },
  (value) => {
    const given = trimmed(value);
    if (given === undefined || /\p{Cc}/u.test(given)) return { refused: 'sites' };
    const found = given
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    return { value: [...new Set(found)] };
  },
);

export const settings = {
  name: text(),
  connection: choice(['fields', 'url']),
  host: withRule(connection.host, { when: BY_FIELDS }),
  port: withRule(wholeNumber({ usual: 5432, min: 1, max: 65_535 }), { when: BY_FIELDS }),
  database: withRule(plainName({ refused: 'databaseMissing' }), { when: BY_FIELDS }),
  user: withRule(plainName({ refused: 'userMissing' }), { when: BY_FIELDS, credential: 'text' }),
  password: withRule(connection.secret, { when: BY_FIELDS }),
  url,
  tls: configNode('tls-config'),
  schema,
  directory: withRule(configNode('terminal-directory'), { blank: { refused: 'noDirectory' } }),
  sites,
  parallel: wholeNumber({ usual: 20, min: 1, max: 500 }),
  instance: plainName({ value: '' }),
  auditFrom: withRule(optionalWholeNumber(HOURS), { default: 1 }),
  auditTo: withRule(optionalWholeNumber(HOURS), { default: 5 }),
};

/** A name as people give it: no line breaks, and not too long. */
function plainName(blank: Reading<string, FleetReason>): Rule<string, FleetReason> {
  return rule<string, FleetReason>('text', blank, (value) => {
    const given = trimmed(value);
    const isName = given !== undefined && !/[\p{Cc}\p{Cs}]/u.test(given) && given.length <= MOST_CHARACTERS;
    return isName ? { value: given } : { refused: 'name' };
  });
}
