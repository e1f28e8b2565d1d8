import type { Shutdown } from './endOfLife.ts';

/**
 * What a provider's own page says: the models that end on each day, and the model that the page names in their place (the
 * first, if it names several). A name that ends with * stands for all names that begin like it.
 *
 * To add to it, copy from the provider's page, never from memory and from nowhere else, and say when it was read. A date
 * that a page calls the earliest possible one is no date to add before it has passed.
 */
type Page = { provider: string; source: string; readOn: string; days: Record<string, Record<string, string | null>> };

/** The same end and successor for several models. */
function all<T extends string | null>(successor: T, ...models: string[]): Record<string, T> {
	return Object.fromEntries(models.map((model) => [model, successor]));
}

const openai: Page = {
	provider: 'openai',
	source: 'https://developers.openai.com/api/docs/deprecations',
	readOn: '2026-11',
	days: {
		'2027-04-01': { 'gpt-5.1': 'gpt-6-sol', 'gpt-5.3-codex': 'gpt-6-sol', 'gpt-5.4-nano': 'gpt-6-luna' },
		'2027-01-14': {
			...all('gpt-6-luna', 'gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'),
			...all('gpt-6-luna', 'gpt-4o-mini', 'gpt-4o-mini-2024-07-18', 'gpt-4.1', 'gpt-4.1-2025-04-14'),
			...all('gpt-6-luna', 'gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14'),
		},
		'2026-12-11': {
			...all('gpt-6.1-sol', 'gpt-5', 'gpt-5-2025-08-07'),
			...all('gpt-6.1-terra', 'gpt-5-mini', 'gpt-5-mini-2025-08-07'),
			...all('gpt-5.6-luna', 'gpt-5-nano', 'gpt-5-nano-2025-08-07'),
			...all('gpt-5.6-sol', 'gpt-5-pro-2025-10-06', 'o3-2025-04-16', 'o3-pro-2025-06-10'),
		},
		'2026-10-23': {
			...all('gpt-5.6-terra', 'gpt-3.5-turbo', 'gpt-3.5-turbo-0125', 'gpt-3.5-turbo-completions'),
			...all('gpt-5.6-terra', 'o4-mini', 'o4-mini-2025-04-16'),
			...all('gpt-5.6-sol', 'gpt-4', 'gpt-4-0613', 'gpt-4-0613-completions', 'gpt-4-completions'),
			...all('gpt-5.6-sol', 'gpt-4-1106-preview', 'gpt-4o-2024-05-13'),
			...all('gpt-5.6-sol', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-turbo-completions'),
			...all('gpt-5.6-sol', 'o1', 'o1-2024-12-17', 'o1-pro', 'o1-pro-2025-03-19', 'o3-mini', 'o3-mini-2025-01-31'),
			...all('gpt-5.6-luna', 'gpt-4.1-nano', 'gpt-4.1-nano-2025-04-14'),
			// Fine-tuned versions, whose names begin with that of their base model.
			...all('gpt-5.6-terra', 'ft:gpt-3.5-turbo*', 'ft:babbage-002*', 'ft:davinci-002*', 'ft:o4-mini-2025-04-16*'),
			...all('gpt-5.6-sol', 'ft:gpt-4-*'),
			...all('gpt-5.6-luna', 'ft:gpt-4.1-nano-2025-04-14*'),
		},
		'2026-10-01': all(null, 'gpt-5.4-cyber'),
		'2026-09-28': all('gpt-5.6-terra', 'gpt-3.5-turbo-instruct', 'gpt-3.5-turbo-1106', 'babbage-002', 'davinci-002'),
		'2026-08-10': all('gpt-5.6-sol', 'gpt-5.2-chat-latest', 'gpt-5.3-chat-latest'),
		'2026-07-23': {
			...all('gpt-5.6-sol', 'gpt-5-chat-latest', 'gpt-5-codex', 'gpt-5.1-chat-latest', 'gpt-5.1-codex'),
			...all('gpt-5.6-sol', 'gpt-5.1-codex-max', 'gpt-5.2-codex', 'o3-deep-research', 'o3-deep-research-2025-06-26'),
			...all('gpt-5.6-sol', 'o4-mini-deep-research', 'o4-mini-deep-research-2025-06-26'),
			...all('gpt-5.6-terra', 'gpt-5.1-codex-mini', 'computer-use-preview', 'computer-use-preview-2025-03-11'),
			...all('gpt-5.6-terra', 'gpt-4o-search-preview-2025-03-11', 'gpt-4o-mini-search-preview-2025-03-11'),
		},
		'2026-03-26': all('gpt-5', 'gpt-4-0314', 'gpt-4-0125-preview', 'gpt-4-turbo-preview'),
		'2026-02-17': { 'chatgpt-4o-latest': 'gpt-5.1-chat-latest' },
		'2026-02-12': { 'codex-mini-latest': 'gpt-5-codex-mini' },
		'2025-10-27': { 'o1-mini': 'o4-mini' },
		'2025-07-28': { 'o1-preview': 'o3' },
		'2025-07-14': { 'gpt-4.5-preview': 'gpt-4.1' },
		'2025-06-06': all('gpt-4o', 'gpt-4-32k', 'gpt-4-32k-0613', 'gpt-4-32k-0314'),
		'2024-12-06': all('gpt-4o', 'gpt-4-vision-preview', 'gpt-4-1106-vision-preview'),
		'2024-09-13': all('gpt-3.5-turbo', 'gpt-3.5-turbo-0613', 'gpt-3.5-turbo-16k-0613', 'gpt-3.5-turbo-0301'),
		'2024-01-04': {
			...all('gpt-3.5-turbo-instruct', 'text-ada-001', 'text-babbage-001', 'text-curie-001', 'code-davinci-002'),
			...all('gpt-3.5-turbo-instruct', 'text-davinci-001', 'text-davinci-002', 'text-davinci-003'),
			...all('babbage-002', 'ada', 'babbage'),
			...all('davinci-002', 'curie', 'davinci'),
			...all('gpt-4o', 'text-davinci-edit-001', 'code-davinci-edit-001'),
		},
		'2023-03-23': all('gpt-4o', 'code-davinci-001', 'code-cushman-002', 'code-cushman-001'),
	},
};

const anthropic: Page = {
	provider: 'anthropic',
	source: 'https://platform.claude.com/docs/en/about-claude/model-deprecations',
	readOn: '2026-10',
	days: {
		'2026-11-30': { 'claude-sonnet-4-5-20250929': 'claude-sonnet-5-5' },
		'2026-08-05': { 'claude-opus-4-1-20250805': 'claude-opus-4-8' },
		'2026-06-15': { 'claude-opus-4-20250514': 'claude-opus-4-8', 'claude-sonnet-4-20250514': 'claude-sonnet-4-6' },
		'2026-04-20': { 'claude-3-haiku-20240307': 'claude-haiku-4-5-20251001' },
		'2026-02-19': {
			'claude-3-7-sonnet-20250219': 'claude-sonnet-4-6',
			'claude-3-5-haiku-20241022': 'claude-haiku-4-5-20251001',
		},
		'2026-01-05': { 'claude-3-opus-20240229': 'claude-opus-4-8' },
		'2025-10-28': all('claude-sonnet-4-6', 'claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022'),
		'2025-07-21': {
			...all('claude-opus-4-8', 'claude-2.0', 'claude-2.1'),
			'claude-3-sonnet-20240229': 'claude-sonnet-4-6',
		},
		'2024-11-06': {
			...all('claude-haiku-4-5-20251001', 'claude-1.0', 'claude-1.1', 'claude-1.2', 'claude-1.3'),
			...all('claude-haiku-4-5-20251001', 'claude-instant-1.0', 'claude-instant-1.1', 'claude-instant-1.2'),
		},
	},
};

const google: Page = {
	provider: 'google',
	source: 'https://ai.google.dev/gemini-api/docs/deprecations',
	readOn: '2026-06',
	days: {
		'2026-06-01': all('gemini-3.1-flash-lite', 'gemini-2.0-flash', 'gemini-2.0-flash-lite'),
		'2026-03-09': { 'gemini-3-pro-preview': 'gemini-3.1-pro-preview' },
		'2025-12-02': all(
			'gemini-3.1-pro-preview',
			'gemini-2.5-pro-preview-03-25',
			'gemini-2.5-pro-preview-05-06',
			'gemini-2.5-pro-preview-06-05',
		),
	},
};

const groq: Page = {
	provider: 'groq',
	source: 'https://console.groq.com/docs/deprecations',
	readOn: '2026-09',
	days: {
		'2026-09-21': all(null, 'groq/compound', 'groq/compound-mini'),
		'2026-09-14': { 'qwen/qwen3.6-27b': 'qwen/qwen3.8-27b' },
		'2026-08-16': { 'llama-3.1-8b-instant': 'openai/gpt-oss-20b', 'llama-3.3-70b-versatile': 'openai/gpt-oss-120b' },
		'2026-07-17': all('openai/gpt-oss-120b', 'qwen/qwen3-32b', 'meta-llama/llama-4-scout-17b-16e-instruct'),
		'2026-04-15': { 'moonshotai/kimi-k2-instruct-0905': 'openai/gpt-oss-120b' },
		'2026-03-09': { 'meta-llama/llama-4-maverick-17b-128e-instruct': 'openai/gpt-oss-120b' },
		'2026-03-05': { 'meta-llama/llama-guard-4-12b': 'openai/gpt-oss-safeguard-20b' },
		'2025-10-10': { 'moonshotai/kimi-k2-instruct': 'openai/gpt-oss-120b' },
		'2025-10-08': { 'gemma2-9b-it': 'llama-3.1-8b-instant' },
		'2025-10-02': { 'deepseek-r1-distill-llama-70b': 'llama-3.3-70b-versatile' },
		'2025-08-30': { 'llama3-70b-8192': 'llama-3.3-70b-versatile', 'llama3-8b-8192': 'llama-3.1-8b-instant' },
		'2025-07-30': { 'mistral-saba-24b': 'qwen/qwen3-32b' },
		'2025-07-14': { 'qwen-qwq-32b': 'qwen/qwen3-32b' },
		'2025-06-06': { 'llama-guard-3-8b': 'meta-llama/llama-guard-4-12b' },
		'2025-04-14': {
			...all('llama-3.1-8b-instant', 'llama-3.2-1b-preview', 'llama-3.2-3b-preview'),
			...all('qwen-qwq-32b', 'deepseek-r1-distill-qwen-32b', 'qwen-2.5-32b', 'qwen-2.5-coder-32b'),
			...all('meta-llama/llama-4-scout-17b-16e-instruct', 'llama-3.2-11b-vision-preview'),
			...all('meta-llama/llama-4-scout-17b-16e-instruct', 'llama-3.2-90b-vision-preview', 'llama-3.3-70b-specdec'),
		},
		'2025-03-20': { 'mixtral-8x7b-32768': 'mistral-saba-24b' },
		'2025-01-24': {
			'llama-3.1-70b-versatile': 'llama-3.3-70b-versatile',
			'llama-3.1-70b-specdec': 'llama-3.3-70b-specdec',
		},
		'2024-12-18': { 'gemma-7b-it': 'gemma2-9b-it' },
	},
};

function shutdownsOf({ provider, source, days }: Page): Shutdown[] {
	return Object.entries(days).flatMap(([shutDownOn, models]) =>
		Object.entries(models).map(([model, successor]) => ({ provider, model, shutDownOn, successor, source })),
	);
}

/**
 * Every end of a model that this version of the server knows. If another host takes OpenAI's place, that host decides which
 * models it runs.
 */
export function shutdownsFor(providers: { openai: { baseUrl?: string } }): Shutdown[] {
	const pages = [...(providers.openai.baseUrl === undefined ? [openai] : []), anthropic, google, groq];
	return pages.flatMap(shutdownsOf);
}
