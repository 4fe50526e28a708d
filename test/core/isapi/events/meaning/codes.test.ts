import { strict as assert } from 'node:assert';

import {
  codeOf,
  kindOf,
  KNOWN_CODES,
  KNOWN_SERIES,
  methodOf,
  nameCodeOf,
} from '../../../../../core/isapi/events/meaning/codes.js';
import { EVENT_KINDS } from '../../../../../core/isapi/events/options.js';
import { CALL_COMMANDS } from '../../../../../core/isapi/events/meaning/terminal-event.js';
import english from '../../../../../nodes/access-events/locales/en-US/access-events.json';
import russian from '../../../../../nodes/access-events/locales/ru/access-events.json';

const OTHER_NAMES = ['other', 'call', ...CALL_COMMANDS.map((each) => `call-${each}`)];

describe('what the codes of events mean', () => {
  it('knows two hundred codes, each with a kind', () => {
    assert.ok(KNOWN_CODES.length >= 200, String(KNOWN_CODES.length));
    for (const code of KNOWN_CODES) {
      const [major = NaN, minor = NaN] = code.split('-').map(Number);
      assert.ok(EVENT_KINDS.includes(kindOf(major, minor)), code);
    }
  });

  it('takes major and minor together: the same minor under another major is another event', () => {
    assert.deepEqual(
      [kindOf(1, 1028), kindOf(2, 1028), kindOf(3, 1028), kindOf(5, 75), kindOf(5, 76), kindOf(4, 75)],
      ['alarm', 'exception', 'operation', 'accepted', 'denied', 'other'],
    );
    assert.deepEqual([kindOf(4, 197), kindOf(5, 197)], ['call', 'accepted']);
  });

  it('calls what it does not know other, under every major', () => {
    for (const [major, minor] of [
      [5, 9999],
      [1, 1],
      [9, 75],
      [0, 0],
      [-1, 75],
      [NaN, NaN],
    ] as const) {
      assert.equal(kindOf(major, minor), 'other');
      assert.equal(methodOf(major, minor), undefined);
      assert.equal(nameCodeOf(codeOf(major, minor)), undefined);
    }
  });

  it('takes the method from the code: accepted, denied and too late alike', () => {
    assert.deepEqual(
      [1, 2, 38, 75, 156, 76, 62, 9].map((minor) => methodOf(5, minor)),
      ['card', 'cardAndPassword', 'fingerprint', 'face', 'qr', 'face', 'faceAndCard', 'card'],
    );
    // An expired person is said of faces by the code of cards, and a door has no method.
    assert.deepEqual([methodOf(5, 8), methodOf(5, 25), methodOf(1, 75)], [undefined, undefined, undefined]);
  });

  it('numbers the installer’s own events from 1', () => {
    assert.equal(kindOf(1, 2310), 'alarm');
    assert.deepEqual(nameCodeOf('1-2310'), { code: '1-2304', number: 7 });
    assert.deepEqual(nameCodeOf('5-1343'), { code: '5-1280', number: 64 });
    assert.equal(nameCodeOf('5-1344'), undefined);
  });

  for (const [language, texts] of [
    ['English', english],
    ['Russian', russian],
  ] as const) {
    it(`has a name for every code, and for nothing else, in ${language}`, () => {
      const names: Record<string, string> = texts['access-events'].events;
      assert.deepEqual(Object.keys(names).sort(), [...KNOWN_CODES, ...KNOWN_SERIES, ...OTHER_NAMES].sort());
      for (const [code, name] of Object.entries(names)) assert.ok(name.trim() !== '', code);
      // Two codes of one name could not be told apart in a list.
      assert.equal(new Set(Object.values(names)).size, Object.keys(names).length);
      for (const code of KNOWN_SERIES) assert.ok(names[code]?.includes('__number__'), code);
      if (language === 'Russian') {
        for (const [code, name] of Object.entries(names)) assert.ok(/[а-яё]/i.test(name), code);
      }
    });
  }
});
