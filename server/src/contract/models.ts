import { Type, type Static } from 'typebox';
import { Described, Name, Nullable, Opt, ProviderName } from './fields.ts';

const day = Type.String({ format: 'date' });
const successor = Type.String({
	description: 'The model that the provider names in its place. It is never used by itself.',
});

const UsedModel = Type.Object({
	model: Type.String(),
	configs: Type.Integer({ description: 'How many stored configs name it.' }),
	shut_down_on: Nullable(Described(day, 'The first day on which the provider does not run it. null: none is known.')),
	successor: Nullable(successor),
	source: Nullable(Type.String({ description: 'The page that says so.' })),
});

/** What MODELS_FILE contains. */
export const ModelsFile = Type.Array(
	Type.Object(
		{
			provider: ProviderName('As `provider` of a model config.'),
			model: Name({ minLength: 1 }),
			shut_down_on: Nullable(day),
			successor: Opt(Name({ minLength: 1 })),
			source: Type.String({ pattern: '^https?://[\\x21-\\x7e]+$' }),
		},
		{ additionalProperties: false },
	),
);

const ProviderAvailability = Type.Object({
	name: Type.String({ description: 'As `provider` of a model config.' }),
	available: Type.Boolean({ description: 'Whether this server can run configs of the provider.' }),
	needs_key: Type.Optional(
		Type.Boolean({
			description: 'true: the server has no key of its own. Send one with each call, in `provider_api_keys`.',
		}),
	),
	reason: Type.Optional(Type.String({ description: 'Why it is not available.' })),
	models: Type.Array(UsedModel, {
		description: 'The models that stored configs name, those of the most configs first; at most 1,000 in all.',
	}),
});

/** Not part of v4. */
export const ModelsResponse = Type.Object({ providers: Type.Array(ProviderAvailability) }, { title: 'ModelsResponse' });
export type ModelsResponse = Static<typeof ModelsResponse>;
