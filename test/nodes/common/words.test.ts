import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import {
  ADVICE,
  CONNECTION_REASONS,
  GATEWAY_REASONS,
  TERMINAL_ADVICE,
  TERMINAL_REASONS,
} from '../../../core/errors/reasons.js';
import { CODE_MEANINGS } from '../../../core/artemis/protocol/codes.js';

const NODES = path.resolve(__dirname, '../../../nodes');

/** Every text below `errors` of a catalogue by its key. */
function errorTexts(type: string, language: string): Map<string, string> {
  const file = path.join(NODES, type, 'locales', language, `${type}.json`);
  const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { errors: object }>;
  const found = new Map<string, string>();
  const visit = (tree: object, prefix: string): void => {
    for (const [name, value] of Object.entries(tree)) {
      if (typeof value === 'string') found.set(`${prefix}${name}`, value);
      else visit(value as object, `${prefix}${name}.`);
    }
  };
  visit(catalogue[type]?.errors ?? {}, '');
  return found;
}

type Rules = Record<string, { params: readonly string[] }>;

/** The texts that a catalogue has to have, each with the parameters that it may name. */
function wantedTexts(reasons: Rules, advice: Record<string, readonly string[]>): Map<string, readonly string[]> {
  const said = Object.entries(reasons)
    .filter(([reason]) => reason !== 'gatewayRefused')
    .flatMap(([reason, { params }]) => ['what', 'hint'].map((part) => [`${reason}.${part}`, params] as const));
  return new Map([...said, ...Object.entries(advice).map(([key, params]) => [`advice.${key}`, params] as const)]);
}

const codes: Rules = Object.fromEntries(
  CODE_MEANINGS.map((meaning) => [`codes.${meaning}`, GATEWAY_REASONS.gatewayRefused]),
);
const CATALOGUES = [
  { type: 'isapi-config', wanted: wantedTexts({ ...CONNECTION_REASONS, ...TERMINAL_REASONS }, TERMINAL_ADVICE) },
  { type: 'artemis-config', wanted: wantedTexts({ ...CONNECTION_REASONS, ...GATEWAY_REASONS, ...codes }, ADVICE) },
];

describe('the words of failures', () => {
  for (const { type, wanted } of CATALOGUES) {
    for (const language of ['en-US', 'ru']) {
      const texts = errorTexts(type, language);

      it(`has a text for every reason of ${type} in ${language}`, () => {
        assert.deepEqual(
          [...wanted.keys()].filter((key) => !texts.has(key)),
          [],
        );
      });

      it(`has no text without a reason in ${type} in ${language}`, () => {
        // The advice to a terminal's own codes: which there are is the terminal's to say.
        const isOfTerminal = (key: string): boolean => type === 'isapi-config' && key.startsWith('advice.');
        assert.deepEqual(
          [...texts.keys()].filter((key) => !wanted.has(key) && !isOfTerminal(key)),
          [],
        );
      });

      it(`names only parameters that its reason has in ${type} in ${language}`, () => {
        const strangers = [...texts].flatMap(([key, text]) =>
          [...text.matchAll(/__(\w+?)__/g)]
            .map(([, name = '']) => name)
            .filter((name) => wanted.has(key) && wanted.get(key)?.includes(name) === false)
            .map((name) => `${key}: ${name}`),
        );
        assert.deepEqual(strangers, []);
      });
    }
  }
});
