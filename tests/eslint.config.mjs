// For tests/ and bench/; run from the root by `make lint`.
import js from '@eslint/js';

const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'];
const known = ['process', 'Buffer', 'console', 'fetch', 'URL', 'URLSearchParams', 'AbortSignal', 'performance', ...timers];

export default [
    js.configs.recommended,
    {
        files: ['**/*.mjs'],
        languageOptions: { globals: Object.fromEntries(known.map((name) => [name, 'readonly'])) },
        linterOptions: { reportUnusedDisableDirectives: 'error' },
        rules: {
            'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
            complexity: ['error', 20],
            eqeqeq: 'error',
            'no-shadow': 'error',
            'no-unused-vars': ['error', { args: 'after-used' }],
            'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
            'no-var': 'error',
            'object-shorthand': 'error',
            'prefer-const': 'error',
            'prefer-template': 'error',
        },
    },
    // A describe() is a function, too.
    { files: ['**/*.test.mjs'], rules: { 'max-lines-per-function': ['error', { max: 250, skipBlankLines: true, skipComments: true }] } },
];
