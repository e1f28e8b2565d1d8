import type { Fallback } from '../../contract/fallback.ts';
import { unprocessable } from '../apiError.ts';
import type { ModelParameters } from '../entities.ts';

type Fallbacks = Pick<ModelParameters, 'provider' | 'model' | 'other'>;

const field = 'other.humanloop_server.fallback';

/** The models that a config falls back to, in order. */
export function fallbackOf({ other }: Pick<ModelParameters, 'other'>): Fallback {
	return other.humanloop_server?.fallback ?? [];
}

/** The models that calls of a config can ask, in order. */
export function modelsOf({ provider, model, other }: Fallbacks): Pick<ModelParameters, 'provider' | 'model'>[] {
	return [{ provider, model }, ...fallbackOf({ other })].map((one) => ({ provider: one.provider, model: one.model }));
}

/** How messages name a model: "gpt-4o" of openai. */
export function modelName({ provider, model }: Pick<ModelParameters, 'provider' | 'model'>): string {
	return `${JSON.stringify(model)} of ${provider}`;
}

/** The parameters in `other` that a provider receives. */
export function providerParameters(other: Record<string, unknown>): Record<string, unknown> {
	const { humanloop_server: _settings, ...sent } = other;
	return sent;
}

/** Throws a 422 for a fallback that could never help, or that would send a model parameters of another provider's API. */
export function checkFallback({ provider, model, other }: Fallbacks): void {
	const named = new Set([modelName({ provider, model })]);
	const hasParameters = Object.keys(providerParameters(other)).length > 0;
	for (const entry of fallbackOf({ other })) {
		const name = modelName(entry);
		if (named.has(name)) throw unprocessable(`${field}: ${name} has failed already when it is its turn. Name it once.`);
		named.add(name);
		const own = entry.other ?? undefined;
		if (own === undefined && hasParameters && entry.provider !== provider) {
			throw unprocessable(
				`${field}: the parameters in "other" are for ${provider}. Say what ${name} gets in an "other" of its own, such as {}.`,
			);
		}
		if (own !== undefined && Object.hasOwn(own, 'humanloop_server')) {
			throw unprocessable(
				`${field}: the "other" of ${name} cannot have "humanloop_server". Set that in the config's "other".`,
			);
		}
	}
}

/** The same config with each model of its fallback in place of its own. */
export function fallbackParameters(parameters: ModelParameters): ModelParameters[] {
	return fallbackOf(parameters).map(({ provider, model, other }) => ({
		...parameters,
		provider,
		model,
		other: { ...(other ?? providerParameters(parameters.other)) },
	}));
}
