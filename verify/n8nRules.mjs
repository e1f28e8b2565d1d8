import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

/*
 * n8n's rules for community nodes, from n8n's own two plugins. `npm run lint` and `npm run verify` both read them here.
 */
const communityRules = n8nCommunityNodesPlugin.configs.recommended;
const plugins = { 'n8n-nodes-base': n8nNodesBase };
const noConsole = { rules: { 'no-console': 'error' } };

const forPackage = { plugins, rules: n8nNodesBase.configs.community.rules };
const forCredentials = {
	plugins,
	rules: {
		...n8nNodesBase.configs.credentials.rules,
		// These two contradict the community rules; n8n's own configuration switches them off too.
		'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
	},
};
const forNodes = {
	plugins,
	rules: {
		...n8nNodesBase.configs.nodes.rules,
		// These contradict the community rules; n8n's own configuration switches them off too.
		'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
		'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
		'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
	},
};
const { parser } = tseslint;

/** What `n8n-node lint` checks of package.json, nodes/ and credentials/, beside what each project's own rules are. */
export const strictConfig = [
	{ files: ['nodes/**/*.ts', 'credentials/**/*.ts'], languageOptions: { parser }, ...communityRules },
	// n8n's scan ignores such comments, so code that needs one does not pass it.
	{ files: ['nodes/**/*.ts', 'credentials/**/*.ts'], linterOptions: { noInlineConfig: true }, ...noConsole },
	{ files: ['package.json'], ...communityRules },
	{
		files: ['package.json'],
		languageOptions: { parser, parserOptions: { extraFileExtensions: ['.json'] } },
		...forPackage,
	},
	{ files: ['credentials/**/*.ts'], ...forCredentials },
	{ files: ['nodes/**/*.ts'], ...forNodes },
];

/** What n8n's scan (`npx @n8n/scan-community-package`) checks: every file that it is given, JavaScript and JSON too. */
export const scanConfig = [
	communityRules,
	noConsole,
	{ files: ['package.json'], ...forPackage },
	{ files: ['**/credentials/**/*.ts'], ...forCredentials },
	{ files: ['**/nodes/**/*.ts'], ...forNodes },
	{ files: ['**/*.ts', '**/*.json'], languageOptions: { parser } },
];

/** The community rules alone, which n8n's template applies to every TypeScript file of a repository. */
export const everywhereConfig = [{ files: ['**/*.ts'], languageOptions: { parser }, ...communityRules }];
