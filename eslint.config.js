// Lint rules that guard what the compiler cannot: lost promises, impure rules, and Node inside the workflow sandbox.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const clockAndRandomness = [
  'error',
  { name: 'Date', message: 'domain/ is pure: take the time as an argument (ISO string or milliseconds).' },
  { name: 'process', message: 'domain/ is pure.' },
  { name: 'fetch', message: 'domain/ is pure.' },
  { name: 'crypto', message: 'domain/ is pure.' },
  { name: 'setTimeout', message: 'domain/ is pure.' },
  { name: 'setInterval', message: 'domain/ is pure.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.waybill/', 'test/histories/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Interfaces ask for promises; an implementation that needs no await is still correct.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['domain/**/*.ts'],
    rules: {
      'no-restricted-globals': clockAndRandomness,
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'domain/ is pure.' },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'path', 'crypto', 'zod'],
              message: 'The workflow sandbox has no Node modules; keep large libraries out too.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: { globals: { process: 'readonly', module: 'writable', console: 'readonly' } },
  },
);
