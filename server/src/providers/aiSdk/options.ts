import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, SharedV4Warning } from '@ai-sdk/provider';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { bodyIn, isBody, textIn } from '../body.ts';
import { checkSeed } from '../seed.ts';

/** What a provider's API can do, beyond what all of them can. */
export type Abilities = {
	origin: string;
	/** Whether a response format can be JSON without a schema. */
	hasJsonObject: boolean;
	/** Whether it returns log probabilities. */
	hasLogprobs: boolean;
	/** The provider's own option for that many tokens to reason with. */
	reasoningBudget: (tokens: number) => LanguageModelV4CallOptions['providerOptions'];
};

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** Throws 422 for what the provider cannot do. To leave it out would answer something else than what was asked for. */
export function checkAbilities(sampling: Sampling, { origin, hasLogprobs }: Abilities): void {
	const { logprobs, suffix } = sampling;
	if (suffix !== undefined) throw unprocessable(`${origin} takes no suffix; leave it out.`);
	if (logprobs !== undefined && !hasLogprobs) {
		throw unprocessable(`${origin} returns no log probabilities; leave "logprobs" out.`);
	}
	checkSeed(sampling, origin);
}

/** The keys that a config sets in `other` although the call decides them. Throws 422 if there are any. */
export function checkOther({ parameters }: Sampling, reserved: readonly string[]): void {
	const overridden = reserved.filter((key) => Object.hasOwn(parameters.other, key));
	if (overridden.length === 0) return;
	throw unprocessable(`The model config sets ${overridden.join(', ')} in "other"; the call itself decides these.`);
}

function toolOf({ function: { name, description, strict, parameters } }: Sampling['tools'][number]) {
	return {
		type: 'function',
		name,
		inputSchema: parameters ?? { type: 'object', properties: {} },
		...(description === undefined ? {} : { description }),
		...(strict === undefined ? {} : { strict }),
	} as LanguageModelV4FunctionTool;
}

/** What a call says about tools. */
function toolOptions({ tools, toolChoice }: Sampling): Partial<LanguageModelV4CallOptions> {
	if (tools.length === 0) return {};
	const choice =
		typeof toolChoice === 'object'
			? { type: 'tool' as const, toolName: toolChoice.function.name }
			: toolChoice && { type: toolChoice };
	return { tools: tools.map(toolOf), ...(choice === undefined ? {} : { toolChoice: choice }) };
}

/** The schema may stand in OpenAI's form, with a name and `strict` around it, or alone. */
function responseFormat(
	{ parameters: { response_format: format } }: Sampling,
	{ origin, hasJsonObject }: Abilities,
): Partial<LanguageModelV4CallOptions> {
	const type = format?.['type'];
	if (type === undefined || type === null || type === 'text') return {};
	if (type === 'json_object') {
		if (hasJsonObject) return { responseFormat: { type: 'json' } };
		throw unprocessable(
			`${origin} has no response_format "json_object". Use "json_schema" with the schema of the answer.`,
		);
	}
	const given = format?.['json_schema'];
	if (type !== 'json_schema' || !isBody(given)) {
		throw unprocessable(
			'The response_format must be {"type": "json_schema", "json_schema": {"schema": …}}, or have the type "json_object".',
		);
	}
	const isWrapped = isBody(given['schema']);
	const schema = isWrapped ? bodyIn(given['schema']) : given;
	const [name, description] = isWrapped ? [textIn(given['name']), textIn(given['description'])] : ['', ''];
	return {
		responseFormat: {
			type: 'json',
			schema,
			...(name === '' ? {} : { name }),
			...(description === '' ? {} : { description }),
		},
	};
}

/** A level, or a number of tokens to reason with. */
function reasoning({ parameters }: Sampling, { reasoningBudget }: Abilities): Partial<LanguageModelV4CallOptions> {
	const { reasoning_effort: effort } = parameters;
	if (effort === undefined) return {};
	if (typeof effort === 'number') {
		const providerOptions = reasoningBudget(effort);
		return providerOptions === undefined ? {} : { providerOptions };
	}
	const level = efforts.find((known) => known === effort);
	if (level !== undefined) return { reasoning: level };
	throw unprocessable(
		`The reasoning_effort ${JSON.stringify(effort)} is unknown. Use ${efforts.join(', ')}, or a number of tokens.`,
	);
}

/**
 * A call's parameters in the AI SDK's form, without its prompt, and without temperature and top_p: the contract's default of
 * both, 1, is not the default of every model.
 */
export function callOptions(
	sampling: Sampling,
	abilities: Abilities,
): Omit<LanguageModelV4CallOptions, 'prompt' | 'temperature' | 'topP'> {
	const { parameters, seed } = sampling;
	const { max_tokens: maxTokens, stop, presence_penalty: presence, frequency_penalty: frequency } = parameters;
	return {
		...(maxTokens === -1 ? {} : { maxOutputTokens: maxTokens }),
		...(stop === undefined ? {} : { stopSequences: typeof stop === 'string' ? [stop] : stop }),
		...(presence === 0 ? {} : { presencePenalty: presence }),
		...(frequency === 0 ? {} : { frequencyPenalty: frequency }),
		...(seed === undefined ? {} : { seed }),
		...toolOptions(sampling),
		...responseFormat(sampling, abilities),
		...reasoning(sampling, abilities),
	};
}

/** Claude's own default temperature is 1, and it does not take both values: what is the contract's default is not sent. */
export function claudeSampling({
	parameters: { temperature, top_p: topP },
}: Sampling): Partial<LanguageModelV4CallOptions> {
	return { ...(temperature === 1 ? {} : { temperature }), ...(topP === 1 ? {} : { topP }) };
}

/** The contract's names of what the AI SDK warns about. */
const contractNames: Record<string, string> = {
	frequencyPenalty: 'frequency_penalty',
	maxOutputTokens: 'max_tokens',
	presencePenalty: 'presence_penalty',
	reasoning: 'reasoning_effort',
	responseFormat: 'response_format',
	stopSequences: 'stop',
	topP: 'top_p',
};

/** The reason without what the AI SDK would do about it. */
function reasonOf(details: string | undefined): string {
	const reason = (details ?? '')
		.replace(/[,.]? (and )?(will be|is|are|has been|have been) (ignored|removed|lowered).*$/i, '')
		.replace(/\.? clamped to .*$/, '');
	return reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
}

/** Throws 422 for the first thing that the SDK would leave out or change. What it only maps to something near is sent. */
export function checkWarnings(warnings: readonly SharedV4Warning[], origin: string, model: string): void {
	const warning = warnings.find(({ type }) => type === 'unsupported');
	if (warning?.type !== 'unsupported') return;
	const name = contractNames[warning.feature] ?? warning.feature;
	throw unprocessable(
		`${origin} does not take ${name} as the config of the model "${model}" has it${reasonOf(warning.details)}. Change the config.`,
	);
}
