import type { ApiError } from '../apiError.ts';
import type { Cost } from '../costs/cost.ts';
import type { ProviderResult } from '../provider.ts';
import type { ReadyModel } from './readyModels.ts';

/** Why a model did not bring all samples that are wanted. null: it had no request left, and was not asked. */
export type ModelFailure = { model: ReadyModel; error: ApiError | null };

/** What one model brought. */
export type ModelAnswer = {
	model: ReadyModel;
	/** The body that it was sent. */
	request: Record<string, unknown>;
	/** `index` and `call` of its samples count within the whole call. `responses` are its own. */
	outcome: ProviderResult;
	/** null: not known. */
	cost: Cost | null;
	/** The models before it, which failed or were not asked. */
	failures: readonly ModelFailure[];
};

/** What the models of a call brought together: one answer at least. `missing` says why there are fewer samples than wanted. */
export type ModelAnswers = {
	answers: [ModelAnswer, ...ModelAnswer[]];
	missing: ApiError | undefined;
	/** Those that were given up and may charge for that nevertheless. */
	abandoned: ReadyModel[];
};
