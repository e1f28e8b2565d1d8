import type { ProviderResult, Usage } from '../provider.ts';
import { type Cost, costOfTokens, type TokenPrices } from './cost.ts';
import { haveOtherPrices } from './otherPrices.ts';
import type { PriceBound } from './worstCase.ts';

/** Where a model runs. `baseUrl` is the address that the operator has set, if it is not the provider's own. */
export type ModelHost = { provider: string; baseUrl?: string | undefined };

/** A price of the operator's own. A model that ends with `*` stands for all names that begin like it. */
export type OwnPrice = {
	provider: string;
	model: string;
	prices: TokenPrices;
	/** How many tokens prompt and output can have together. */
	contextWindow?: number | undefined;
};

/** The prices that providers publish. */
export type PublishedPrices = {
	/**
	 * What the tokens of `requests` requests with the same prompt cost together. Undefined if the host has no such model.
	 * Never throws.
	 */
	costOf(host: ModelHost, model: string, usage: Usage, requests: number): Cost | undefined;
	/** The highest prices of a model within the next day. Undefined if the host has no such model. Never throws. */
	boundOf(host: ModelHost, model: string): PriceBound | undefined;
};

/** What the result of a call cost. null: not known, because nobody counted the tokens, or nobody knows the price. */
export type PriceResult = (result: Pick<ProviderResult, 'usage' | 'responses'>) => Cost | null;

/** The model as the provider names it in its response. It can say more than the name that it was asked for. */
function respondingModel(responses: ProviderResult['responses']): string | undefined {
	const model = responses[0]?.['model'];
	return typeof model === 'string' && model !== '' ? model : undefined;
}

/** The operator's own prices. The longest match wins. */
class OwnPrices {
	readonly #exact = new Map<string, OwnPrice>();
	readonly #prefixes: { prefix: string; own: OwnPrice }[] = [];

	constructor(own: OwnPrice[]) {
		for (const price of own) {
			const { provider, model } = price;
			if (model.endsWith('*')) this.#prefixes.push({ prefix: model.slice(0, -1), own: price });
			else this.#exact.set(`${provider}\n${model}`, price);
		}
		this.#prefixes.sort((one, other) => other.prefix.length - one.prefix.length);
	}

	entryOf(provider: string, model: string): OwnPrice | undefined {
		const exact = this.#exact.get(`${provider}\n${model}`);
		if (exact !== undefined) return exact;
		return this.#prefixes.find(({ prefix, own }) => own.provider === provider && model.startsWith(prefix))?.own;
	}

	of(provider: string, model: string): TokenPrices | undefined {
		return this.entryOf(provider, model)?.prices;
	}
}

/** What calls cost: by the operator's own prices and, for models that have none, by those that providers publish. */
export class Prices {
	readonly #own: OwnPrices;
	readonly #load: () => Promise<PublishedPrices>;
	#published: Promise<PublishedPrices> | undefined;

	/** `load` is called once, before the first call whose price the operator does not set: published prices are large. */
	constructor(own: OwnPrice[], load: () => Promise<PublishedPrices>) {
		this.#own = new OwnPrices(own);
		this.#load = load;
	}

	/** How to price a call of this model. */
	async of(host: ModelHost, model: string): Promise<PriceResult> {
		const own = this.#own.of(host.provider, model);
		if (own !== undefined) {
			return ({ usage, responses }) => {
				if (usage === null || haveOtherPrices(responses)) return null;
				return costOfTokens(usage, own) ?? null;
			};
		}
		const published = await this.#publishedFor(host);
		return ({ usage, responses }) => {
			if (usage === null || haveOtherPrices(responses)) return null;
			const costOf = (name: string): Cost | undefined => {
				const prices = this.#own.of(host.provider, name);
				if (prices !== undefined) return costOfTokens(usage, prices);
				return published?.costOf(host, name, usage, Math.max(responses.length, 1));
			};
			const named = respondingModel(responses);
			return (named === undefined ? undefined : costOf(named)) ?? costOf(model) ?? null;
		};
	}
	/** The highest prices that a call of this model can have. Undefined: nobody knows. */
	async boundOf(host: ModelHost, model: string): Promise<PriceBound | undefined> {
		const own = this.#own.entryOf(host.provider, model);
		if (own?.contextWindow !== undefined) return { prices: own.prices, contextWindow: own.contextWindow };
		const published = (await this.#publishedFor(host))?.boundOf(host, model);
		return own === undefined ? published : { prices: own.prices, contextWindow: published?.contextWindow };
	}

	/** Nobody charges for the mock. */
	async #publishedFor({ provider }: ModelHost): Promise<PublishedPrices | undefined> {
		return provider === 'mock' ? undefined : (this.#published ??= this.#load());
	}
}
