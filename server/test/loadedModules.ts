import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { post } from './process.ts';

/** What a server needs that notes which modules it loads, in a file of this folder. */
export function recordModules(folder: string): { env: Record<string, string>; packages: () => Set<string> } {
	const file = join(folder, 'modules');
	const hook = resolve(import.meta.dirname, 'recordModules.cjs');
	return {
		env: { NODE_OPTIONS: `--require ${JSON.stringify(hook)}`, LOADED_MODULES: file },
		packages: () => packagesIn(readFileSync(file, 'utf8')),
	};
}

/** The packages that the addresses of modules belong to, and the parts of typebox, which is large. */
function packagesIn(urls: string): Set<string> {
	const paths = urls.split('\n').map((url) => url.split('/node_modules/').at(-1) ?? '');
	return new Set(
		paths.map((path) => {
			const [first = '', second = '', third = ''] = path.split('/');
			if (first.startsWith('@')) return `${first}/${second}`;
			return first === 'typebox' ? `typebox/${third}` : first;
		}),
	);
}

/**
 * Large packages that a server does not load before something needs them, and a request that does. Each takes 1 to 50 MB of
 * memory.
 */
export const loadedLater: readonly { packages: readonly string[]; use?: (api: string) => Promise<unknown> }[] = [
	{
		packages: ['yaml', 'typebox/value'],
		use: (api) => post(api, '/model-configs/deserialize', { config: '---\nmodel: m\n---\nHi' }),
	},
	// Loads YAML too.
	{ packages: ['@fastify/swagger', '@fastify/swagger-ui'], use: (api) => fetch(new URL('/docs', api)) },
	{
		packages: ['gpt-tokenizer'],
		use: async (api) => {
			const model_config = { provider: 'mock', model: 'm', prompt_template: 'Hi' };
			return post(api, '/completion', { project: 'p', model_config, inputs: {} });
		},
	},
	{ packages: ['undici', 'eventsource-parser'], use: (api) => failingCall(api, 'openai') },
	{ packages: ['@ai-sdk/anthropic', 'zod'], use: (api) => failingCall(api, 'anthropic') },
	{ packages: ['@ai-sdk/google'], use: (api) => failingCall(api, 'google') },
	{ packages: ['@ai-sdk/amazon-bedrock'], use: (api) => failingCall(api, 'bedrock') },
	// Settings of the start load these.
	{ packages: ['@opentelemetry/sdk-node', 'pg', 'typebox/compile', 'openai'] },
];

/** A call without the provider's key, which fails before anything is sent. */
async function failingCall(api: string, provider: string): Promise<void> {
	const model_config = { provider, model: 'm', prompt_template: 'Hi', max_tokens: 5 };
	await post(api, '/completion', { project: 'p', model_config, inputs: {} }).catch(() => undefined);
}
