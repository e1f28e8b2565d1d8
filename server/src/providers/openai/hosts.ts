/** What hosts that speak OpenAI's API differ in. */
export type Feature =
	/** Several samples in one response. */
	| 'n'
	| 'seed'
	| 'logprobs'
	/** Old models with a text for a prompt, at /completions. */
	| 'completions'
	| 'json_schema'
	/** presence_penalty and frequency_penalty. */
	| 'penalties'
	| 'images'
	/** The end user's name. */
	| 'user'
	/** `include_usage`, without which most hosts tell no tokens in a stream. */
	| 'stream_options';

/** How one host speaks OpenAI's API. */
export type HostProfile = {
	/** The host's name in errors, and their `origin`. */
	origin: string;
	/** Undefined: the operator says where it is. */
	baseUrl?: string;
	/** The variables that the operator sets. */
	keyVariable?: string;
	baseUrlVariable?: string;
	/** What it does not do. */
	lacks: readonly Feature[];
	/** What it calls `seed`. */
	seedName?: string;
	/** The page that says so. */
	source?: string;
};

/**
 * The hosts that the server knows by the name of a provider, as their own documentation described them in November 2026.
 * `docs/providers.md` says what was tried.
 */
export const hostProfiles: Readonly<Record<string, HostProfile>> = {
	groq: {
		origin: 'Groq',
		baseUrl: 'https://api.groq.com/openai/v1',
		keyVariable: 'GROQ_API_KEY',
		lacks: ['n', 'logprobs', 'completions', 'penalties'],
		source: 'https://console.groq.com/docs/openai',
	},
	deepseek: {
		origin: 'DeepSeek',
		baseUrl: 'https://api.deepseek.com',
		keyVariable: 'DEEPSEEK_API_KEY',
		lacks: ['n', 'seed', 'completions', 'json_schema', 'images', 'user'],
		source: 'https://api-docs.deepseek.com/api/create-chat-completion',
	},
	mistral: {
		origin: 'Mistral',
		baseUrl: 'https://api.mistral.ai/v1',
		keyVariable: 'MISTRAL_API_KEY',
		// It refuses keys that it does not know.
		lacks: ['logprobs', 'completions', 'user', 'stream_options'],
		seedName: 'random_seed',
		source: 'https://docs.mistral.ai/api/endpoint/chat',
	},
	cohere: {
		origin: 'Cohere',
		baseUrl: 'https://api.cohere.ai/compatibility/v1',
		keyVariable: 'COHERE_API_KEY',
		lacks: ['n', 'logprobs', 'completions', 'user'],
		source: 'https://docs.cohere.com/docs/compatibility-api',
	},
	ollama: {
		origin: 'Ollama',
		baseUrlVariable: 'OLLAMA_BASE_URL',
		lacks: ['n', 'user'],
		source: 'https://docs.ollama.com/api/openai-compatibility',
	},
};

/** The profile of OpenAI itself. `OPENAI_BASE_URL` can name any other host in its place. */
export const openaiProfile: HostProfile = {
	origin: 'OpenAI',
	baseUrl: 'https://api.openai.com/v1',
	keyVariable: 'OPENAI_API_KEY',
	baseUrlVariable: 'OPENAI_BASE_URL',
	lacks: [],
};

/** The variable with which an operator sets a host's address or key, by the name of its provider. */
export function variableOf(name: string, what: 'BASE_URL' | 'API_KEY'): string {
	return `PROVIDER_${name.toUpperCase()}_${what}`;
}

/** The profile of a provider. Nothing is known of hosts that the operator has named: they get what a call asks for. */
export function profileOf(name: string): HostProfile {
	if (name === 'openai') return openaiProfile;
	return hostProfiles[name] ?? { origin: name, baseUrlVariable: variableOf(name, 'BASE_URL'), lacks: [] };
}
