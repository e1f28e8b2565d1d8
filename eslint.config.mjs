import js from '@eslint/js';
import tseslint from 'typescript-eslint';

import { strictConfig } from './verify/n8nRules.mjs';

/** Names that were replaced by standard terms. They must not come back. */
const retiredNames = [
	'findPlace',
	'takePlace',
	'leavePlace',
	'logPlace',
	'settleProject',
	'settleSession',
	'settledConfig',
	'projectNamed',
	'sessionReferenced',
	'createAudience',
	'firstLeaves',
	'hurried',
	'eachItem',
	'ItemRun',
	'FailedCall',
	'refusedCall',
	'brokenConnection',
	'isTransient',
	'hungUp',
	'answerOf',
	'wholeAnswer',
	'tellReplay',
];

export default tseslint.config(
	// The build makes what index.d.ts refers to.
	{ ignores: ['dist', 'index.d.ts', 'server/dist', 'server/dist-page*', 'coverage', '.data', '**/node_modules'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	{
		files: ['**/*.{ts,mts,tsx}'],
		extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
		// n8n's types ask for functions that return promises where nothing is awaited.
		rules: { '@typescript-eslint/require-await': 'off' },
		languageOptions: {
			parserOptions: {
				project: ['tsconfig.json', 'test/tsconfig.json', 'server/tsconfig.json', 'server/src/web/tsconfig.json'],
			},
		},
	},
	{
		files: ['**/*.{js,mjs}'],
		extends: [js.configs.recommended],
		languageOptions: { globals: { require: 'readonly', module: 'writable', exports: 'writable', process: 'readonly' } },
	},
	{
		files: ['**/*.{ts,mts,tsx}'],
		rules: {
			'@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
			'id-denylist': ['error', ...retiredNames],
			'no-warning-comments': ['error', { terms: retiredNames, location: 'anywhere' }],
		},
	},
	{
		// Items hold any JSON; what is printed or compared of them is text.
		files: ['test/**/*.ts', 'examples/**/*.ts', 'e2e/**/*.ts', 'bench/**/*.ts'],
		rules: { '@typescript-eslint/no-base-to-string': 'off' },
	},
	{
		// node:test's describe and test return promises that the runner itself waits for.
		files: ['server/test/**/*.ts'],
		rules: {
			'@typescript-eslint/no-floating-promises': [
				'error',
				{
					allowForKnownSafeCalls: [
						{ from: 'package', name: ['test', 'describe', 'it', 'suite'], package: 'node:test' },
					],
				},
			],
		},
	},
	...strictConfig,
);
