import { ApiError, unprocessable } from '../apiError.ts';
import type { PriceResult, Prices } from '../costs/prices.ts';
import { type WorstCase, worstCaseOf } from '../costs/worstCase.ts';
import type { MemoryShare } from '../memory.ts';
import { checkFallback, fallbackParameters, modelName } from '../prompts/fallback.ts';
import { type Provider, type Providers, type ReadyCall, type Sampling, whyUnavailable } from '../provider.ts';
import type { CallConfig } from './callConfig.ts';

/** A model that a call can ask: that of its config, or one that this falls back to. */
export type ReadyModel = {
	provider: string;
	model: string;
	/** The address that the operator has set for the provider, if any. */
	baseUrl: string | undefined;
	ready: ReadyCall;
	/** The same call for fewer samples. */
	readyFor: (samples: number) => Promise<ReadyCall>;
	/** Says what a result of this model cost. */
	priceResult: PriceResult;
	/** Says what a sample can cost at most. */
	worstCase: () => Promise<WorstCase>;
};

/** Those of a call, in the order in which they are asked. The first one is that of the config. */
export type ReadyModels = [ReadyModel, ...ReadyModel[]];

type Dependencies = { providers: Providers; prices: Prices };

/** How much a call asks for, and where its responses count. */
type Amount = { numSamples: number; memory: MemoryShare | undefined };

function providerOf({ providers }: Dependencies, name: string, configId: string): Provider {
	const provider = providers[name];
	const why = whyUnavailable(providers, name);
	if (provider !== undefined && why === undefined) return provider;
	const available = Object.keys(providers).filter((other) => whyUnavailable(providers, other) === undefined);
	throw unprocessable(
		`The provider "${name}" of model config ${configId} cannot be called. ${why} Available: ${available.join(', ')}.`,
	);
}

async function readyModel(
	deps: Dependencies,
	configId: string,
	sampling: Omit<Sampling, 'numSamples' | 'memory'>,
	{ numSamples, memory }: Amount,
): Promise<ReadyModel> {
	const { provider: name, model } = sampling.parameters;
	const provider = providerOf(deps, name, configId);
	const readyFor = (samples: number) =>
		provider.prepare({ ...sampling, numSamples: samples, ...(memory === undefined ? {} : { memory }) });
	const ready = await readyFor(numSamples);
	const { baseUrl } = provider;
	const host = { provider: name, baseUrl };
	const { prompt } = sampling;
	return {
		provider: name,
		model,
		baseUrl,
		ready,
		readyFor,
		priceResult: await deps.prices.of(host, model),
		worstCase: async () => worstCaseOf(await deps.prices.boundOf(host, model), { model, body: ready.request, prompt }),
	};
}

/**
 * Prepares the config's model and those of its fallback, without calling any. `sampling` is for the config's own model.
 * Throws 422 for what one of them cannot do: a fallback that cannot run the call would fail when it is needed.
 */
export async function readyModels(
	deps: Dependencies,
	{ id, parameters }: Pick<CallConfig, 'id' | 'parameters'>,
	sampling: Omit<Sampling, 'numSamples' | 'memory'>,
	amount: Amount,
): Promise<ReadyModels> {
	const models: ReadyModels = [await readyModel(deps, id, sampling, amount)];
	checkFallback(parameters);
	for (const { provider, model, other } of fallbackParameters(parameters)) {
		const ofModel = { ...sampling, parameters: { ...sampling.parameters, provider, model, other } };
		try {
			models.push(await readyModel(deps, id, ofModel, amount));
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 422) throw error;
			throw unprocessable(`The fallback ${modelName({ provider, model })} cannot run this call: ${error.message}`);
		}
	}
	return models;
}

/** What a sample can cost at most, whichever model it is from. Unknown, if that of one of them is unknown. */
export async function worstCaseOfAll(models: ReadyModels): Promise<WorstCase> {
	let nanosPerSample = 0;
	for (const { worstCase } of models) {
		const worst = await worstCase();
		if ('unknown' in worst) return worst;
		nanosPerSample = Math.max(nanosPerSample, worst.nanosPerSample);
	}
	return { nanosPerSample };
}
