import { PricesFile } from '../contract/prices.ts';
import type { OwnPrice } from '../domain/costs/prices.ts';
import { fileProblem, readSettingFile } from './settingFile.ts';

const setting = 'PRICES_FILE';

/** The prices in an operator's own file. Throws OperatorError for what cannot be read, and for a model that is there twice. */
export function readPricesFile(path: string): OwnPrice[] {
	const seen = new Set<string>();
	return readSettingFile(setting, path, PricesFile).map((entry, index) => {
		const { provider, model, usd_per_million_tokens: given, context_window: contextWindow } = entry;
		const key = JSON.stringify([provider, model]);
		if (seen.has(key)) {
			const name = `the model ${JSON.stringify(model)} of ${JSON.stringify(provider)}`;
			throw fileProblem(setting, path, `entries.${index}: ${name} has a price already`);
		}
		seen.add(key);
		const { prompt, output, cached_prompt: cachedPrompt = prompt, cache_write: cacheWrite = prompt } = given;
		return { provider, model, contextWindow, prices: { prompt, output, cachedPrompt, cacheWrite } };
	});
}
