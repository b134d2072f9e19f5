import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { inheritedNames } from './scripts/inherited-names.mjs';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/generated/**',
      '.dhp/**',
      'apps/portal/public/**',
      'bench/results/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // node:test's describe/it return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // A name that can be undefined under noUncheckedIndexedAccess is asserted where the loop bound proves it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Fastify's plugins and handlers are async by contract even where they await nothing.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // An expression that a long text keeps busy stops a server for everybody: its time grows with the text alone.
    files: ['apps/*/src/**', 'packages/*/src/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'certain' }],
      'regexp/no-super-linear-move': ['error', { report: 'certain' }],
    },
  },
  {
    // Names come from strangers: from bodies, queries, headers, and from languages within them.
    files: ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts'],
    plugins: { house: { rules: { 'inherited-names': inheritedNames } } },
    rules: { 'house/inherited-names': 'error' },
  },
  {
    // The time of a server's process is `Date.now`, which no jump of the machine's clock moves: docs/decisions/0189-clocks-that-are-set.md
    files: ['apps/{sso,fhir}/src/**/*.ts', 'packages/*/src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'It has the clock of the machine, which may be set: new Date(Date.now()) has that of the server.',
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        Buffer: 'readonly',
        Request: 'readonly',
        URL: 'readonly',
        URLSearchParams: 'readonly',
        clearInterval: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        crypto: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    // Scripts of pages, which run in browsers.
    files: ['apps/*/src/**/assets/*.js', 'apps/*/assets/**/*.js'],
    languageOptions: {
      globals: {
        AbortSignal: 'readonly',
        DOMParser: 'readonly',
        Event: 'readonly',
        FormData: 'readonly',
        TextDecoder: 'readonly',
        atob: 'readonly',
        document: 'readonly',
        getComputedStyle: 'readonly',
        history: 'readonly',
        location: 'readonly',
        navigator: 'readonly',
        sessionStorage: 'readonly',
        window: 'readonly',
      },
    },
  },
  {
    // Programs that speak to a person at a terminal.
    files: ['apps/dhp/src/**/*.ts', 'bench/**/*.ts', 'scripts/**', 'tests/**/*.ts', 'packages/*/test/example.ts'],
    rules: { 'no-console': 'off' },
  },
);
