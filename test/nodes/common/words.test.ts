import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import {
  ADVICE,
  CONNECTION_REASONS,
  FLEET_REASONS,
  GATEWAY_REASONS,
  TERMINAL_ADVICE,
  TERMINAL_REASONS,
} from '../../../core/errors/reasons.js';
import { KNOWN_CODES, REFUSAL_MEANINGS, meaningOf } from '../../../core/errors/terminal-codes.js';
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

function statusTexts(type: string, language: string): { refusals: Record<string, string> } {
  const file = path.join(NODES, type, 'locales', language, `${type}.json`);
  const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { status: never }>;
  return catalogue[type]?.status as never;
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
/** A terminal's own codes have the words of what they mean. */
const refusals: Rules = Object.fromEntries(
  REFUSAL_MEANINGS.map((meaning) => [`refusals.${meaning}`, TERMINAL_REASONS.refused]),
);
const CATALOGUES = [
  {
    type: 'isapi-config',
    wanted: wantedTexts({ ...CONNECTION_REASONS, ...TERMINAL_REASONS, ...FLEET_REASONS, ...refusals }, TERMINAL_ADVICE),
  },
  { type: 'artemis-config', wanted: wantedTexts({ ...CONNECTION_REASONS, ...GATEWAY_REASONS, ...codes }, ADVICE) },
];

/** What is said below a node of each code, as terminals spell it. */
const SAID: [text: string, codes: string][] = [
  ['busy, try again', 'deviceBusy serviceUnavailable configOperating'],
  ['out of memory, restart', 'noMemory'],
  ['network error, try again', 'networkError'],
  ['updating, wait', 'upgrading'],
  ['internal error, restart', 'deviceError'],
  ['nobody looked, try again', 'captureTimeout'],
  ['face unclear, try again', 'lowScore faceLowQulity poorFaceQuality'],
  ['picture gone, recapture', 'URLDownloadFailed urlDownloadFail'],
  ['not supported by model', 'notSupport methodNotAllowed'],
  ['user lacks the right', 'lowPrivilege noPermission'],
  ['activate it first', 'notActivated'],
  ['not possible now', 'invalidOperation'],
  ['account locked, wait', 'userNameLocked deviceIsLocked'],
  ['starting, wait a minute', 'faceLibInitializing'],
  ['face already bound', 'alreadyExistThisFace'],
  ['XML not accepted', 'badXmlFormat'],
  ['JSON not accepted', 'badJsonFormat'],
  ['path not accepted', 'badURLFormat'],
  ['value not allowed', 'badParameters badJsonContent'],
  ['field missing', 'MessageParametersLack'],
  ['number already taken', 'employeeNoAlreadyExist employeeNoAlreadyUserExist deviceUserAlreadyExist'],
  ['create the person first', 'employeeNoNotExist'],
  ['has a face, delete it', 'deviceUserAlreadyExistFace'],
  ['no room for persons', 'deviceUserFull'],
  ['no room for faces', 'deviceFaceFull'],
  ['no room for cards', 'deviceCardFull'],
  ['number not accepted', 'illegalEmployeeNo'],
  ['characters not accepted', 'notSupportCharacter'],
  ['face unusable, recapture', 'SubpicAnalysisModelingError'],
  ['no face, capture again', 'PicAnalysisNoTargetError'],
  ['more than one face', 'multipleFaceObjectError'],
  ['too far, come closer', 'pupilDistanceTooSmall'],
  ['still busy, try again', 'faceDataModeling'],
  ['no such face library', 'faceLibraryIDError'],
  ['ends before it begins', 'endtimeEarlierThanBegintime'],
  ['only partly done', 'notAllSuccess'],
  ['not done', 'allFailed'],
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
        assert.deepEqual(
          [...texts.keys()].filter((key) => !wanted.has(key)),
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

  for (const language of ['en-US', 'ru']) {
    it(`say in ${language} what each known code of a terminal means, with the code behind it`, () => {
      const texts = errorTexts('isapi-config', language);
      const { refusals: short } = statusTexts('isapi-config', language);
      assert.ok(KNOWN_CODES.length >= 40);
      assert.deepEqual(Object.keys(short).sort(), [...REFUSAL_MEANINGS, 'other'].sort());
      for (const meaning of REFUSAL_MEANINGS) {
        assert.match(texts.get(`refusals.${meaning}.what`) ?? '', / \(__code____detail__\)\.$/, meaning);
        // As long as there is room for below a node.
        assert.match(short[meaning] ?? '', /^.{4,25} · __n__$/, meaning);
      }
    });
  }

  it('say of each code what it means on a terminal', () => {
    const { refusals: short } = statusTexts('isapi-config', 'en-US');
    const said = SAID.flatMap(([text, all]) => all.split(' ').map((code) => [code, `${text} · __n__`] as const));
    assert.deepEqual(said.map(([code]) => code.toLowerCase()).sort(), [...KNOWN_CODES].sort());
    for (const [code, text] of said) assert.equal(short[meaningOf(code) ?? ''], text, code);
  });

  for (const language of ['en-US', 'ru']) {
    it(`have in ${language} a short text below the node for every code of ours that ends a message`, () => {
      const texts = statusTexts('isapi-config', language) as unknown as Record<string, string>;
      // These stand in a result: nothing has failed.
      const warnings = ['TERMINAL_REPLACED', 'EMPTY_LIST', 'NO_DOOR', 'NOT_SAVED'];
      const all = Object.values({ ...CONNECTION_REASONS, ...TERMINAL_REASONS, ...FLEET_REASONS }).map(
        ({ code }) => code,
      );
      const codes = new Set<string>(all.filter((code) => code !== 'device' && !warnings.includes(code)));
      assert.ok(codes.size > 15);
      for (const code of codes) assert.match(texts[code] ?? '', /^.{4,28}$/, code);
    });
  }

  it('look a code up however it is spelt, and find nothing under a name that every object has', () => {
    assert.equal(meaningOf('SubpicAnalysisModelingError'), 'faceUnusable');
    assert.equal(meaningOf('EMPLOYEENOALREADYEXIST'), 'personExists');
    for (const code of ['__proto__', 'constructor', 'toString', '$t(x)', '', 'x'.repeat(1e5)]) {
      assert.equal(meaningOf(code), undefined, code.slice(0, 20));
    }
  });
});
