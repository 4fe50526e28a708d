import js from '@eslint/js';
import html from 'eslint-plugin-html';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// The house of DESIGN.md: what each room may not import. Arrows go down only.
const NODE_RED = ['node-red', '@node-red/*', 'node-red-*'];
const house = [
  ['http', ['**/isapi/**', '**/artemis/**', '**/simulator/**', '**/node-red/**', '../*-*.js', ...NODE_RED]],
  ['isapi', ['**/artemis/**', '**/simulator/**', '**/node-red/**', '../*-*.js', ...NODE_RED]],
  ['artemis', ['**/isapi/**', '**/simulator/**', '**/node-red/**', '../*-*.js', ...NODE_RED]],
  ['simulator', ['**/http/**', '**/isapi/**', '**/artemis/**', '**/node-red/**', '../*-*.js', ...NODE_RED]],
  ['node-red', ['**/simulator/**', '../*-*.js']],
];

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'resources/*.d.ts', 'node_modules/', '.output/'] },
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
  ...house.map(([room, group]) => ({
    files: [`nodes/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group, message: `nodes/${room}/ may not import this: arrows go down the house only.` }] },
      ],
    },
  })),
  {
    files: ['nodes/**/*.ts'],
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
  {
    files: ['nodes/**/*.html', 'resources/*.js'],
    plugins: { html },
    languageOptions: {
      sourceType: 'script',
      globals: { ...globals.browser, ...globals.jquery, RED: 'readonly', hikvision: 'writable' },
    },
    rules: { eqeqeq: 'error', 'no-undef': 'error' },
  },
);
