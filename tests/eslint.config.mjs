import js from '@eslint/js';

const globals = {
    process: 'readonly',
    Buffer: 'readonly',
    console: 'readonly',
    setTimeout: 'readonly',
    fetch: 'readonly',
    URL: 'readonly',
    URLSearchParams: 'readonly',
};
export default [js.configs.recommended, { languageOptions: { globals } }];
