import js from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const communityRules = n8nCommunityNodesPlugin.configs.recommended;

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
	{ ignores: ['dist', 'server/dist', 'server/dist-page*', 'coverage', '.data', '**/node_modules'] },
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

	{
		files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
		extends: [communityRules],
		// n8n's scanner ignores such comments, so code that needs one does not pass it.
		linterOptions: { noInlineConfig: true },
		rules: { 'no-console': 'error' },
	},
	{
		files: ['package.json'],
		extends: [communityRules],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		rules: n8nNodesBase.configs.community.rules,
	},
	{
		files: ['credentials/**/*.ts'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: {
			...n8nNodesBase.configs.credentials.rules,
			// These two contradict the community rules; n8n's own configuration switches them off too.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: {
			...n8nNodesBase.configs.nodes.rules,
			// These contradict the community rules; n8n's own configuration switches them off too.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
		},
	},
);
