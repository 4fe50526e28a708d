import assert from 'node:assert/strict';

import type { Node, NodeAPI } from 'node-red';

import { gatewaySettings } from '../../../core/artemis/gateway/gateway-settings.js';
import { prepareRequest } from '../../../core/artemis/gateway/request.js';
import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { rawRequest } from '../../../core/isapi/operations/raw-request.js';
import { userInfo, type PersonInput } from '../../../core/isapi/operations/person/user-info.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../core/isapi/terminal/terminal-settings.js';
import type { Rule } from '../../../core/settings/rule.js';
import { take } from '../../../core/settings/take.js';
import { fleetSettings } from '../../../fleet/nodes/fleet-config/fleet-settings.js';
import { readSettings } from '../../../nodes/common/settings.js';
import { evaluate, typedInput } from '../../../nodes/common/typed-input.js';
import { BuiltDialogs } from '../../harness/editor/built-dialogs.js';
import { SETTINGS, settingsOf } from '../../harness/editor/settings.js';

type Config = Record<string, unknown>;

/** Values that somebody may enter, or that a flow or an environment variable may hold, whatever the field. */
const ANYWHERE: unknown[] = [
  ...[
    '',
    '  ',
    null,
    true,
    false,
    'true',
    'false',
    0,
    1,
    -1,
    1.5,
    12,
    '0',
    '1',
    '-1',
    '1.5',
    '1e3',
    ' 7 ',
    '0x10',
    '007',
  ],
  ...['text', 'TEXT', 'a b', '1,2', '1, 2', '1,,2', '1;2', 'Ж', 'a\nb', 'a:b', '#', '/', '..', 'x'.repeat(33)],
  ...[
    'x'.repeat(129),
    9_007_199_254_740_992,
    2_147_483_648,
    '99999999999999999999',
    'Infinity',
    'NaN',
    '{}',
    '[1]',
    '{',
  ],
];

/** Values of which only some fields are particular. */
const PARTICULAR: unknown[] = [
  ...[
    '192.0.2.7',
    ' 192.0.2.7 ',
    'terminal.example.',
    'a_b',
    '-a',
    'a-',
    '[2001:db8::1]',
    '2001:db8::1',
    'fe80::1%eth0',
  ],
  ...['1:2', ':::', 'http://terminal', 'https://terminal:8443/artemis', 'terminal:80', 'terminal/x', 'u:p@terminal'],
  ...[
    'https://hik/elsewhere',
    'hik:70000',
    'AB',
    'ab'.repeat(32),
    `${'ab:'.repeat(31)}cd`,
    'ab '.repeat(32),
    'gg'.repeat(32),
  ],
  ...[
    '2025-01-01T00:00:00',
    '2035-01-01 00:00:00',
    '2025-02-30T00:00:00',
    '1999-12-31T23:59:59',
    '2037-12-31T23:59:59',
  ],
  ...[
    '2038-01-01T00:00:00',
    '2026-02-29T00:00:00',
    '2025-01-01',
    1_900_000_000_000,
    1e18,
    '12345',
    '123456',
    '1,1',
    '1,2,3',
  ],
  ...[
    '/ISAPI/System/deviceInfo',
    'ISAPI/x',
    '/ISAPI/',
    '/LOCALS/pic/a.jpg@WEB1',
    '/ISAPI/../x',
    '/ISAPI/%2e%2e/x',
    '/x/y',
  ],
  ...[
    '/ISAPI/a b',
    '/ISAPI/%zz',
    '/ISAPI/a;b',
    '/ISAPI/a?x=;',
    '/ISAPI/a#b',
    '/api/common/v1/version',
    'api/x',
    '/artemis/x',
  ],
  ...[
    '/api/../x',
    '/api/%2e%2e/x',
    '/api/\\x',
    '/api/Ж б',
    '/api/%',
    'http://gateway/x',
    '/artemis/',
    'artemis',
    '/a b',
    '/..',
  ],
  ...[
    'postgres://fleet:secret@database:5432/hikvision?sslmode=require',
    'postgresql:///hikvision',
    'postgres://a b',
    'mysql://database/x',
  ],
  ...['hikvision_fleet', 'Fleet', 'pg_fleet', '1fleet', 's'.repeat(45), 's'.repeat(46), 'n'.repeat(60), 'n'.repeat(61)],
  ...['Nord, Süd', ' , ', 'revoke', 'Audit'],
  ...[
    '{"localUIRight":true}',
    '{"password":"123456789"}',
    '{"password":"1234"}',
    '{"employeeNo":"2"}',
    '{"employeeNo":"1"}',
  ],
];

/** What makes each node's settings usable, so that only the setting that is looked at can be refused. */
const USABLE: Record<string, Config> = {
  'isapi-config': { host: '192.0.2.7' },
  'artemis-config': { host: 'hik' },
  'create-user': { employeeNo: '1', fullName: 'Anna' },
  'fdsetup-bind': { employeeNo: '1' },
  'register-person': { employeeNo: '1', fullName: 'Anna' },
  'terminal-directory': { terminals: [], file: 'terminals.csv' },
  'fleet-config': { host: 'database', database: 'hikvision', user: 'fleet', url: 'postgres://database/hikvision' },
  'fleet-out': { value: 'Lobby', valueType: 'str' },
  'artemis-events': { address: 'http://192.0.2.10:1880' },
  'artemis-request': { path: '/api/common/v1/version' },
};

/** Reads the settings of a node as the runtime does; rejects where it refuses one. */
const RUNTIME: Record<string, (config: Config) => unknown> = {
  'access-events': (config) => readNode('access-events', config),
  'artemis-events': (config) => readNode('artemis-events', config),
  'event-ack': (config) => readNode('event-ack', config),
  'isapi-config': (config) => terminalSettings(config),
  'artemis-config': (config) => [gatewaySettings(config), readNode('artemis-config', config, ['debugSigning'])],
  'create-user': async (config) => [readNode('create-user', config), userInfo(await evaluated('create-user', config))],
  'capture-face': async (config) => {
    const { employeeNo } = await evaluated('capture-face', config);
    take('employeeNo', rule('capture-face', 'employeeNo'), employeeNo);
    return readNode('capture-face', config);
  },
  'fdsetup-bind': async (config) => {
    const { employeeNo, face } = await evaluated('fdsetup-bind', config);
    take('employeeNo', rule('fdsetup-bind', 'employeeNo'), employeeNo);
    take('face', rule('fdsetup-bind', 'face'), face);
    return readNode('fdsetup-bind', config);
  },
  'register-person': async (config) => [
    readNode('register-person', config),
    userInfo(await evaluated('register-person', config)),
  ],
  'isapi-request': async (config) => {
    const { method } = readNode('isapi-request', config);
    const { path } = await evaluated('isapi-request', config);
    const { signal } = new AbortController();
    const terminal = { call: () => Promise.resolve() } as unknown as Terminal;
    return rawRequest(terminal, { method, path, body: undefined, bodyType: 'auto', signal, owner: terminal });
  },
  'artemis-request': async (config) => {
    const { method } = readNode('artemis-request', config);
    const { path } = await evaluated('artemis-request', config);
    const input = { method: String(method), path: typeof path === 'string' ? path : '' };
    return prepareRequest(input, { basePath: '/artemis', contentMD5: false, userId: '' });
  },
  'each-terminal': async (config) => {
    const { site } = await evaluated('each-terminal', config);
    return take('site', rule('each-terminal', 'site'), site);
  },
  'fleet-config': (config) => fleetSettings(config),
  'fleet-done': (config) => readNode('fleet-done', config),
  'fleet-in': (config) => readNode('fleet-in', config),
  'fleet-out': async (config) => {
    const { value, priority } = (await evaluated('fleet-out', config)) as Config;
    if (readNode('fleet-out', config)['target'] !== 'all') take('value', rule('fleet-out', 'value'), value);
    return take('priority', rule('fleet-out', 'priority'), priority);
  },
  'gateway-simulator': (config) => readNode('gateway-simulator', config),
  'terminal-directory': (config) => readNode('terminal-directory', config),
  'terminal-simulator': (config) => readNode('terminal-simulator', config),
  'terminal-sync': async (config) => {
    const { persons, dryRun } = (await evaluated('terminal-sync', config)) as Config;
    take('persons', rule('terminal-sync', 'persons'), persons);
    take('dryRun', rule('terminal-sync', 'dryRun'), dryRun);
    return readNode('terminal-sync', config);
  },
};

function rule(type: string, name: string): Rule<unknown> {
  return settingsOf(type)[name] as Rule<unknown>;
}

function readNode(type: string, config: Config, only?: string[]): Config {
  const rules = Object.entries(settingsOf(type)).filter(([name]) => only?.includes(name) ?? true);
  return readSettings(Object.fromEntries(rules), config);
}

/** What the typed inputs of a node mean, where they hold fixed values. */
async function evaluated(type: string, config: Config): Promise<Config & PersonInput> {
  const rules = settingsOf(type);
  const values: Config = {};
  for (const name of Object.keys(rules).filter((each) => rules[each]?.typed)) {
    const input = typedInput(rules, config, name as never);
    values[name] = await evaluate(RED, NODE, {}, name, input);
  }
  return values as Config & PersonInput;
}

type Done = (error: unknown, value?: unknown) => void;

/** What Node-RED itself evaluates: JSON; what comes with a message is not looked at here. */
function evaluateNodeProperty(value: string, kind: string, _node: unknown, _msg: unknown, done: Done): void {
  try {
    done(null, kind === 'json' ? JSON.parse(value) : value);
  } catch (error) {
    done(error);
  }
}

const RED = { util: { evaluateNodeProperty } } as unknown as NodeAPI;
const NODE = {} as unknown as Node;

/** The setting that a failure of the runtime is about. */
function fieldOf(error: unknown): string {
  if (!(error instanceof HikvisionError)) return 'no failure of ours';
  if (error.reason.startsWith('address')) return 'host';
  if (error.reason === 'request.path') return 'path';
  return String(error.params['field']).replace(/\..*$/, '');
}

/** The least and greatest value of a setting with its neighbours, and its words. */
function ownValues({ min, max, choices = [] }: Rule<unknown, string>): unknown[] {
  const limits = [min, max].filter((limit) => typeof limit === 'number');
  const around = limits.flatMap((limit) => [limit - 1, limit - 0.01, limit, limit + 0.01, limit + 1]);
  return [...around, ...around.map(String), ...choices, ...choices.map((word) => word.toUpperCase())];
}

/** A node in which this setting is used and the others are usable; fixed values in its typed inputs where they can hold any. */
function nodeWith(type: string, name: string): Config {
  const config: Config = {};
  for (const [property, { default: usual, typed }] of Object.entries(settingsOf(type))) {
    const kind = fixedKind(typed?.types ?? []) ?? typed?.defaultType;
    config[property] = kind === typed?.defaultType ? usual : '';
    if (typed) config[typed.typeProperty ?? `${property}Type`] = kind;
  }
  const wanted = Object.entries(settingsOf(type)[name]?.when ?? {}).map(([other, [first]]) => [other, first] as const);
  return { ...config, ...USABLE[type], ...Object.fromEntries(wanted) };
}

function fixedKind(types: readonly string[]): string | undefined {
  return types.find((kind) => kind === 'str' || kind === 'json');
}

describe('the settings', () => {
  const dialogs = { 'en-US': new BuiltDialogs('en-US'), ru: new BuiltDialogs('ru') };

  for (const [type, rules] of Object.entries(SETTINGS)) {
    describe(`of ${type}`, () => {
      const validators = Object.entries(dialogs).map(([language, built]) => {
        const { defaults, credentials } = built.load(type);
        return { language, all: { ...defaults, ...credentials } };
      });

      it('are the properties and credentials of the dialog', () => {
        const properties = Object.entries(rules).flatMap(([name, { typed }]) =>
          typed ? [name, typed.typeProperty ?? `${name}Type`] : [name],
        );
        assert.deepEqual(Object.keys(validators[0]?.all ?? {}).sort(), properties.sort());
      });

      for (const [name, setting] of Object.entries(rules)) {
        if (setting.kind === 'node') continue;

        it(`${name}: the dialog takes what the runtime takes, and says why it refuses the rest`, async () => {
          const base = nodeWith(type, name);
          const differing: unknown[] = [];
          for (const value of [...ANYWHERE, ...PARTICULAR, ...ownValues(setting)]) {
            const config = { ...base, [name]: value };
            const runs = await Promise.resolve(config)
              .then(RUNTIME[type])
              .then(() => true)
              .catch((error: unknown) => fieldOf(error) !== name);
            for (const { language, all } of validators) {
              const verdict = all[name]?.validate?.call({ id: 'node', type, _def: {}, ...config }, value, {});
              const isSaid =
                typeof verdict === 'string' && verdict.length > name.length && !/__|undefined/.test(verdict);
              if (runs ? verdict !== true : !isSaid) differing.push({ value, runs, verdict, language });
            }
          }
          assert.deepEqual(differing, []);
        });

        it(`${name}: the dialog takes an environment variable, whose value is judged at run time`, () => {
          for (const { all } of validators) {
            const node = { id: 'node', type, _def: {}, ...nodeWith(type, name), [name]: '${FROM_ENVIRONMENT}' };
            assert.equal(all[name]?.validate?.call(node, '${FROM_ENVIRONMENT}', {}), true);
          }
        });
      }
    });
  }

  it('that are not used as the others stand are not judged, in the dialog as at run time', () => {
    const { defaults } = dialogs['en-US'].load('capture-face');
    const off = {
      ...nodeWith('capture-face', 'hold'),
      hold: false,
      holdTimeout: 'x',
      id: 'node',
      type: 'capture-face',
    };
    const verdict = (node: Config): unknown => defaults['holdTimeout']?.validate?.call({ ...node, _def: {} }, 'x', {});
    assert.equal(verdict(off), true);
    assert.equal(readNode('capture-face', off)['holdTimeout'], 60_000);
    const on = { ...off, hold: true };
    assert.notEqual(verdict(on), true);
    assert.throws(() => readNode('capture-face', on));
  });

  it('that are secret and stored are no mistake: the editor has only a placeholder of them', () => {
    const { credentials = {} } = dialogs['en-US'].load('fleet-config');
    const judge = credentials['url']?.validate;
    const node = { id: 'node', type: 'fleet-config', _def: {}, connection: 'url' };
    assert.equal(judge?.call(node, '__PWRD__', {}), true);
    assert.notEqual(judge.call(node, '', {}), true);
  });

  it('of a person fit each other in the dialog too', () => {
    const { defaults } = dialogs['en-US'].load('create-user');
    const verdict = (name: string, values: Config): unknown =>
      defaults[name]?.validate?.call({ ...nodeWith('create-user', name), ...values, _def: {} }, values[name], {});
    assert.equal(verdict('planTemplateNo', { doorRight: '1,2', planTemplateNo: '1,3' }), true);
    assert.match(String(verdict('planTemplateNo', { doorRight: '1,2,3', planTemplateNo: '1,3' })), /one for each.*3/);
    const doors = { doorRight: 'payload.doors', doorRightType: 'msg' };
    assert.equal(verdict('planTemplateNo', { ...doors, planTemplateNo: '1,3' }), true);
    const times = { beginTime: '2030-01-01T00:00:00', endTime: '2029-01-01T00:00:00' };
    assert.match(String(verdict('endTime', times)), /2030-01-01/);
    assert.equal(verdict('endTime', { ...times, beginTimeType: 'msg', beginTime: 'payload.begin' }), true);
  });
});
