import { type Static, Type } from 'typebox';
import { JsonObject, Name, Opt, ProviderName } from './fields.ts';

/** Each model of the list is prepared before every call. */
const maxModels = 4;

const FallbackModel = Type.Object(
	{
		provider: ProviderName('Who serves the model.'),
		model: Name({ minLength: 1, description: 'Model name, as this provider calls it.' }),
		other: Opt(
			JsonObject(
				"Further parameters for this model, in place of those in the config's `other`. Required if those are for another provider.",
			),
		),
	},
	{ additionalProperties: false },
);
export type FallbackModel = Static<typeof FallbackModel>;

/** The models that run a call if the config's own model cannot answer at the moment. */
export const Fallback = Type.Array(FallbackModel, {
	minItems: 1,
	maxItems: maxModels,
	description:
		'Models to try in this order when the one before cannot answer: after 429, 5xx, a failed connection, or no answer in time.',
});
export type Fallback = Static<typeof Fallback>;
