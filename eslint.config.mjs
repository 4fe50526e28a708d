import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// The house (docs/architecture.md): which rooms each room may import from, beside its own files. Arrows go down only.
const HOUSE = {
  'core/errors': [],
  'core/settings': ['errors'],
  'core/http': ['errors', 'settings'],
  'core/isapi/protocol': ['errors', 'http'],
  'core/isapi/login': ['errors', 'http', 'protocol'],
  'core/isapi/terminal': ['errors', 'http', 'settings', 'login', 'protocol'],
  'core/isapi/directory': ['errors', 'http', 'settings', 'terminal'],
  'core/isapi/operations': ['errors', 'http', 'settings', 'login', 'protocol', 'terminal'],
  'core/delivery': ['errors'],
  'core/isapi/events': ['errors', 'http', 'settings', 'delivery', 'protocol', 'terminal', 'operations'],
  'core/isapi/sync': ['delivery', 'errors', 'http', 'settings', 'protocol', 'terminal', 'operations'],
  'core/artemis/signing': ['errors', 'http'],
  'core/artemis/protocol': ['errors', 'http', 'signing'],
  'core/artemis/gateway': ['errors', 'http', 'settings', 'signing', 'protocol'],
  'core/artemis/operations': ['errors', 'http', 'settings', 'signing', 'protocol', 'gateway'],
  'core/artemis/events': ['errors', 'http', 'settings', 'delivery', 'signing', 'protocol', 'gateway', 'operations'],
};
const ROOMS = [
  ...'errors settings http isapi artemis protocol login terminal directory operations'.split(' '),
  ...['sync', 'events', 'delivery', 'signing', 'gateway'],
];
const RUNTIME = ['node-red', '@node-red/*', 'node-red-*'];
// Without the companion this package works with no database.
const DATABASE = ['pg', 'pg-boss'];
const OUTSIDE_CORE = ['**/nodes/**', '**/simulator/**', '**/fleet/**', ...RUNTIME, ...DATABASE];
// The same for the simulators, which have rooms of their own.
const SIMULATOR = {
  'simulator/server': [],
  'simulator/terminal/picture': [],
  'simulator/terminal/protocol': ['server'],
  'simulator/terminal/behaviour': ['server', 'protocol'],
  'simulator/terminal/login': ['server', 'protocol', 'behaviour'],
  'simulator/terminal/persons': ['protocol', 'behaviour'],
  'simulator/terminal/cards': ['protocol', 'behaviour', 'persons'],
  'simulator/terminal/enrolment': ['picture', 'protocol', 'behaviour', 'persons'],
  'simulator/terminal/events': ['picture', 'protocol', 'behaviour', 'persons'],
  'simulator/terminal/events/stream': ['picture', 'protocol', 'behaviour'],
  'simulator/terminal/state': ['server', 'behaviour', 'login', 'persons', 'cards', 'enrolment', 'events'],
  'simulator/terminal/endpoints': [
    'server',
    'protocol',
    'behaviour',
    'persons',
    'cards',
    'enrolment',
    'events',
    'state',
  ],
  'simulator/gateway/protocol': ['server'],
  'simulator/gateway/behaviour': ['server', 'protocol'],
  'simulator/gateway/signing': ['protocol', 'behaviour'],
  'simulator/gateway/records': ['protocol', 'behaviour'],
  'simulator/gateway/deliveries': ['behaviour', 'records'],
  'simulator/gateway/state': ['server', 'behaviour', 'signing', 'records', 'deliveries'],
  'simulator/gateway/endpoints': ['server', 'protocol', 'behaviour', 'records', 'state'],
};
const SIMULATOR_ROOMS = [
  ...'server terminal gateway picture protocol behaviour login enrolment state endpoints'.split(' '),
  ...['persons', 'cards', 'events', 'signing', 'records', 'deliveries'],
];
const OUTSIDE_SIMULATOR = ['**/core/**', ...OUTSIDE_CORE.filter((each) => each !== '**/simulator/**')];
// The companion: its core knows of this package only errors, helpers of time and the terminals' guard.
const OUTSIDE_FLEET = ['**/nodes/**', '**/simulator/**', '**/artemis/**', '**/isapi/!(terminal)/**', ...RUNTIME];
const FLEET = {
  'fleet/core/database': [],
  'fleet/core/ownership': ['database'],
  'fleet/core/work': ['database'],
  'fleet/core/taking': ['work'],
};
const FLEET_ROOMS = ['database', 'ownership', 'work', 'taking'];
const house = [
  ...Object.entries(HOUSE).map(([room, allowed]) => [
    room,
    [...ROOMS.filter((other) => !allowed.includes(other)).map((other) => `**/${other}/**`), ...OUTSIDE_CORE],
  ]),
  ['simulator', OUTSIDE_SIMULATOR],
  // A simulator does not know its own door (simulated-terminal.ts), nor the simulator beside it.
  ['simulator/terminal', [...OUTSIDE_SIMULATOR, '**/gateway/**', '../*.js']],
  ['simulator/gateway', [...OUTSIDE_SIMULATOR, '**/terminal/**', '../*.js']],
  ...Object.entries(SIMULATOR).map(([room, allowed]) => [
    room,
    [
      ...SIMULATOR_ROOMS.filter((other) => !allowed.includes(other)).map((other) => `**/${other}/**`),
      ...OUTSIDE_SIMULATOR,
      // The room within a room uses the files around it.
      ...(room.endsWith('/events/stream') ? ['../../../*.js'] : ['../*.js']),
      '../../*.js',
    ],
  ]),
  ['nodes', ['**/fleet/**', ...DATABASE]],
  ['nodes/common', ['**/fleet/**', '**/simulator/**', '../*-*/*.js', ...DATABASE]],
  ['fleet/core', OUTSIDE_FLEET],
  ...Object.entries(FLEET).map(([room, allowed]) => [
    room,
    [
      ...FLEET_ROOMS.filter((other) => !allowed.includes(other)).map((other) => `**/${other}/**`),
      ...OUTSIDE_FLEET,
      '../*.js',
      '!../options.js',
    ],
  ]),
  ['fleet/nodes/common', ['**/simulator/**', '../fleet-*/*.js']],
];

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'fleet/dist/', 'resources/', 'node_modules/', '.output/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/dot-notation': 'off',
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: name what you export.' },
      ],
    },
  },
  {
    // What runs in the editor has types of its own.
    files: ['nodes/editor/**/*.ts', 'nodes/*/*dialog.ts', 'fleet/nodes/*/*dialog.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: './tsconfig.editor.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // The editor's own habits: a blank name stands for none, and definitions are called with the node as `this`.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  ...house.map(([room, group]) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group, message: `${room}/ may not import this: arrows go down the house only.` }] },
      ],
    },
  })),
  {
    files: ['core/**/*.ts', 'nodes/**/*.ts', 'fleet/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'AbortSignal', property: 'any', message: 'It leaks on signals that live on: withAnyOf() does not.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['scripts/**/*.mjs', '*.mjs', '**/*.cjs'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' },
  },
);
