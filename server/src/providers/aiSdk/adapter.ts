import { AISDKError, type LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { unprocessable } from '../../domain/apiError.ts';
import type { Delta, Sampling } from '../../domain/provider.ts';
import { type Body, bodyIn, isBody } from '../body.ts';
import { type Generation, UnusableResponse } from '../generation.ts';
import { causesOf } from '../hostErrors.ts';
import { BrokenResponse, pooledFetch } from '../http.ts';
import type { HostName } from '../openai/errors.ts';
import { contentCame, keepOnly } from '../responseLimit.ts';
import type { Adapter, AdapterCall } from '../shell.ts';
import { LateFailure, mapError } from './errors.ts';
import { type Abilities, callOptions, checkAbilities, checkOther, checkWarnings } from './options.ts';
import { SampleAccumulator } from './result.ts';
import { type Connect, type Fetch, merged, PlainResponse, rehearse, sendingFetch } from './wire.ts';

/** Puts the raw events of a stream together into the response that the host would have sent without streaming. */
export type ResponseAccumulator = {
	/** Takes an event. Returns the memory that is kept of it. */
	add(event: Body): number;
	/** Whether the model has begun to answer: there is a content block or a piece of one, of any kind. */
	readonly hasContent: boolean;
	/** Whether the model has said why it ended: everything that it answers is there. */
	readonly isFinished: boolean;
	readonly response: Body;
};

/** One provider over its package of the AI SDK. */
export type AiSdkProvider = Abilities &
	HostName & {
		secrets: readonly string[];
		/** What a config must not set in `other`. */
		reserved: (sampling: Sampling) => string[];
		/** Checks the key and the model's name. Throws 422. */
		connect(sampling: Sampling): Connect;
		/** The prompt, the parameters of its own form, and what is merged into the body. Throws 422. */
		options(sampling: Sampling, connect: Connect): LanguageModelV4CallOptions | Promise<LanguageModelV4CallOptions>;
		/** What is merged into the body, beside the config's `other`. */
		extraBody?: (sampling: Sampling) => Body;
		/** What sends the requests, if they must be signed. */
		transport?: (sampling: Sampling) => Fetch | undefined;
		/** A response without text, which the SDK accepts. */
		nothing: Body;
		accumulator(): ResponseAccumulator;
	};

/** The options of two sources. Those of the first count more. */
function joined(
	options: LanguageModelV4CallOptions,
	more: Partial<LanguageModelV4CallOptions>,
): LanguageModelV4CallOptions {
	const { providerOptions = {} } = options;
	const { providerOptions: further = {} } = more;
	return { ...more, ...options, providerOptions: merged(further, providerOptions) as typeof providerOptions };
}

/** What the SDK makes of a call, checked. Leaves out temperature and top_p where the model takes none and they are the default. */
async function prepared(
	provider: AiSdkProvider,
	sampling: Sampling,
	connect: Connect,
	options: LanguageModelV4CallOptions,
	other: Body,
): Promise<{ body: Body; options: LanguageModelV4CallOptions }> {
	const { model } = sampling.parameters;
	const how = { isStream: sampling.stream, nothing: provider.nothing, other };
	const { body, warnings } = await rehearse(connect, options, how).catch((error: unknown) => {
		if (!AISDKError.isInstance(error)) throw error;
		throw unprocessable(`${provider.origin} cannot run this call with the model "${model}": ${error.message}`);
	});
	const defaults = (['temperature', 'topP'] as const).filter(
		(name) =>
			options[name] === 1 && warnings.some((warning) => warning.type === 'unsupported' && warning.feature === name),
	);
	if (defaults.length > 0) {
		const { [defaults[0] as 'temperature']: _, ...rest } = options;
		return prepared(provider, sampling, connect, rest, other);
	}
	checkWarnings(warnings, provider.origin, model);
	return { body, options };
}

function parsed(text: string): Body {
	const value: unknown = JSON.parse(text);
	if (!isBody(value)) throw new UnusableResponse('it is not a JSON object.');
	return value;
}

/** The parts of a stream. Throws BrokenResponse if the connection fails; the SDKs throw that in several forms. */
async function* partsOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, void> {
	try {
		for await (const part of stream) yield part;
	} catch (error) {
		throw causesOf(error).some((cause) => 'code' in cause) ? new BrokenResponse(error) : error;
	}
}

/** Makes an adapter of a provider's package: one request for each sample, with `doGenerate` or `doStream`. */
export function aiSdkAdapter(provider: AiSdkProvider): Adapter {
	const { origin, secrets } = provider;
	return {
		origin,
		secrets,
		async prepare(sampling): Promise<AdapterCall> {
			checkAbilities(sampling, provider);
			checkOther(sampling, provider.reserved(sampling));
			const connect = provider.connect(sampling);
			const own = await provider.options(sampling, connect);
			const other = merged(provider.extraBody?.(sampling) ?? {}, sampling.parameters.other);
			const transport = provider.transport?.(sampling) ?? pooledFetch;
			const given = joined(own, callOptions(sampling, provider));
			const { body, options } = await prepared(provider, sampling, connect, given, other);
			const whole = async (send: (onResponse: (text: string) => void) => Fetch, signal: AbortSignal) => {
				let text = '';
				const model = connect(send((response) => (text = response)));
				const result = await model.doGenerate({ ...options, abortSignal: signal });
				const sample = new SampleAccumulator();
				for (const part of result.content) sample.add(part);
				sample.finish(result);
				return sample.generation(parsed(text));
			};
			/** The generation of a response whose body is there already. */
			const read = (text: string, signal: AbortSignal) =>
				whole((onResponse) => sendingFetch(async () => new Response(text), {}, onResponse), signal);
			return {
				request: body,
				operation: 'chat',
				oneSamplePerRequest: true,
				generate: (_samples, signal) => whole((onResponse) => sendingFetch(transport, other, onResponse), signal),
				async *stream(_samples, signal): AsyncGenerator<Delta, Generation, void> {
					const model = connect(sendingFetch(transport, other));
					const streaming = model.doStream({ ...options, abortSignal: signal, includeRawChunks: true });
					const opened = await Promise.resolve(streaming).catch((error: unknown) => {
						const plain = causesOf(error).find((cause) => cause instanceof PlainResponse);
						if (plain === undefined) throw error;
						return plain;
					});
					if (opened instanceof PlainResponse) {
						const generation = await read(opened.text, signal);
						for (const { index, text } of generation.samples) yield { index, text };
						return generation;
					}
					const sample = new SampleAccumulator();
					const accumulator = provider.accumulator();
					try {
						for await (const part of partsOf(opened.stream)) {
							if (part.type === 'error') throw accumulator.hasContent ? new LateFailure(part.error) : part.error;
							if (part.type === 'raw') keepOnly(accumulator.add(bodyIn(part.rawValue)));
							if (accumulator.hasContent) contentCame();
							const text = sample.add(part);
							if (text !== '') yield { index: 0, text };
						}
					} catch (error) {
						// All that was paid for is there: only the end of the stream is missing, without which the SDK says nothing.
						if (!accumulator.isFinished || signal.aborted) throw error;
						return await read(JSON.stringify(accumulator.response), signal);
					}
					return sample.generation(accumulator.response);
				},
				mapError: (error) => mapError(error, provider),
			};
		},
	};
}
