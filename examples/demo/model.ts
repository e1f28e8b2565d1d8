import path from 'node:path';

/**
 * The OpenAI model of the demo, unless OPENAI_MODEL names another one. OpenAI names it as the replacement for gpt-4o-mini
 * and has announced no end for it (https://developers.openai.com/api/docs/deprecations, as of November 2026).
 */
export const defaultModel = 'gpt-6-luna';

/** How long a model host may take to answer at all, in milliseconds. */
const patience = 5000;

export interface DemoModel {
	/** The keys of a model config that say which model runs it. */
	config: { provider: string; model: string; [key: string]: unknown };
	/** Where it runs and what it costs, for people. */
	description: string;
}

/** Variables that name a host of one's own; both unset means the server's mock model. */
const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: wanted } = process.env;
const usesMock = !apiKey && !baseUrl;

/** What the mock model costs in the demo and with `npm start`, so that there is something to count. */
export const mockPrices = 'examples/prices.json';

/**
 * Chooses the model by OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL; without them, the mock model.
 *
 * @throws an error that says what to do, within seconds, when the host does not answer or has no such model
 */
export async function chooseModel(): Promise<DemoModel> {
	if (usesMock) {
		return {
			config: { provider: 'mock', model: 'mock-1' },
			description:
				'mock-1, a stand-in for a model: free, and needs no key. Its replies to these tickets are ready-made. ' +
				`To show costs, the demo gives it the prices in ${mockPrices}.`,
		};
	}
	const known = await modelsOf(baseUrl || 'https://api.openai.com/v1');
	const model = wanted || modelAmong(known);
	return {
		config: configOf(model),
		description: baseUrl ? `${model} at ${baseUrl}` : `${model} at OpenAI`,
	};
}

/**
 * The keys of a model config for the model that the environment names: OPENAI_MODEL, or with OPENAI_API_KEY alone the
 * default model. Undefined if it names none. Asks no host.
 */
export function namedModel(): DemoModel['config'] | undefined {
	const model = usesMock ? undefined : wanted || (baseUrl ? undefined : defaultModel);
	return model ? configOf(model) : undefined;
}

function configOf(model: string): DemoModel['config'] {
	return { provider: 'openai', model, ...parametersOf(model) };
}

/** The default model, also where OpenAI does not say what it has; or else the only one that writes text. */
function modelAmong(known: string[]): string {
	if (known.length === 0 && baseUrl) {
		throw new Error('The model host does not list its models. Name one, such as OPENAI_MODEL=llama3.2.');
	}
	if (known.length === 0 || known.includes(defaultModel)) return defaultModel;
	const [only, ...others] = known.filter((name) => !/embed/i.test(name));
	if (only && others.length === 0) return only;
	const names = `${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}`;
	throw new Error(`The model host has several models. Choose one, such as OPENAI_MODEL=${known[0]}. It has: ${names}`);
}

/**
 * What the config needs besides for OpenAI's models of today: they take no max_tokens, and another temperature than 1 only
 * without reasoning. Three sentences need no reasoning. Other hosts take the config as it is.
 */
function parametersOf(model: string): object {
	if (model === defaultModel) return { max_tokens: -1, temperature: 1, reasoning_effort: 'none' };
	return baseUrl ? {} : { max_tokens: -1, temperature: 1 };
}

/** A number for people, such as `1,465`. */
export const count = (number: number) => number.toLocaleString('en-US');

/** US dollars for people, such as `$0.00012`. */
export function dollars(amount: number): string {
	return amount.toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumSignificantDigits: 2 });
}

/** The server's settings for the chosen model. */
export function providerSettings(): Record<string, string> {
	if (usesMock) return { PRICES_FILE: path.resolve(mockPrices) };
	return { ...(apiKey && { OPENAI_API_KEY: apiKey }), ...(baseUrl && { OPENAI_BASE_URL: baseUrl }) };
}

/**
 * Asks a model host once, because a run against a host that is not there ends only after all its retries. Any answer
 * but a 5xx is enough: what is wrong with a key or a model, the run itself reports best.
 *
 * @returns the names of the host's models, or none when it does not list them
 */
async function modelsOf(host: string): Promise<string[]> {
	const without = 'Without OPENAI_API_KEY and OPENAI_BASE_URL, the demo runs on the free mock model.';
	const url = `${host.replace(/\/$/, '')}/models`;
	const { protocol, username } = URL.parse(url) ?? {};
	if (!/^https?:$/.test(protocol ?? '') || username) {
		throw new Error(
			`OPENAI_BASE_URL must be an address such as http://127.0.0.1:11434/v1, without a user name. ${without}`,
		);
	}
	try {
		const response = await fetch(url, {
			headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
			redirect: 'manual',
			signal: AbortSignal.timeout(patience),
		});
		if (response.status >= 500) throw new Error(`it answered ${response.status}`);
		const { data } = (await response.json().catch(() => ({}))) as { data?: { id?: unknown }[] };
		if (!response.ok || !Array.isArray(data)) return [];
		return data.flatMap((model) => (typeof model?.id === 'string' ? [model.id] : []));
	} catch (error) {
		const change = baseUrl ? 'Start it, or change OPENAI_BASE_URL.' : 'Check the network.';
		throw new Error(`The model host ${host} cannot be used: ${reason(error as Error)}. ${change} ${without}`, {
			cause: error,
		});
	}
}

function reason(error: Error): string {
	if (error.name === 'TimeoutError') return `it did not answer within ${patience / 1000} seconds`;
	const { code, message } = (error.cause ?? error) as { code?: string; message: string };
	return code === 'ECONNREFUSED' ? 'nothing listens there (ECONNREFUSED)' : (code ?? message);
}
