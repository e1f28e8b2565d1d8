import js from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const communityRules = n8nCommunityNodesPlugin.configs.recommended;

/** Who may import whom: the table in CONTRIBUTING.md, "The house". */
const mayImport = (regex, message) => ({ 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] });

export default tseslint.config(
	{ ignores: ['dist', 'coverage', '.data', '**/node_modules'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	{
		files: ['**/*.{ts,mts}'],
		extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
		// n8n's types ask for functions that return promises where nothing is awaited.
		rules: { '@typescript-eslint/require-await': 'off' },
		languageOptions: {
			parserOptions: { project: ['tsconfig.json', 'test/tsconfig.json', 'server/tsconfig.json'] },
		},
	},
	{
		files: ['**/*.{js,mjs}'],
		extends: [js.configs.recommended],
		languageOptions: { globals: { require: 'readonly', module: 'writable', exports: 'writable', process: 'readonly' } },
	},
	{
		files: ['**/*.{ts,mts}'],
		rules: { '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }] },
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
		rules: {
			'no-console': 'error',
			...mayImport(
				'^(?!\\.{1,2}(/|$)|n8n-workflow$|node:crypto$)|(^|/)(server|test|e2e|bench|examples)/',
				'nodes/ and credentials/ ship without dependencies: they import n8n-workflow, node:crypto and their own files.',
			),
		},
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

	{
		files: ['server/**/*.ts'],
		rules: mayImport(
			'^n8n-|(^|/)\\.\\./(nodes|credentials|test/)',
			'The server and the node share a contract, not code.',
		),
	},
	{
		files: ['server/src/domain/**/*.ts'],
		rules: mayImport(
			'^(fastify|@fastify/.*|kysely|node:sqlite|node:http|openai|pg)$|/(routes|storage|providers)/',
			'server/src/domain knows no HTTP and no SQL.',
		),
	},
);
