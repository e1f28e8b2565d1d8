import { Type } from 'typebox';
import { Name } from './fields.ts';

function price(description: string) {
	return Type.Number({ minimum: 0, maximum: 1_000_000, description });
}

/** What PRICES_FILE contains. */
export const PricesFile = Type.Array(
	Type.Object(
		{
			provider: Name({ minLength: 1, description: 'As `provider` of a model config.' }),
			model: Name({
				minLength: 1,
				description: 'As `model` of a model config, or the beginning of names and `*`.',
			}),
			usd_per_million_tokens: Type.Object(
				{
					prompt: price('Tokens of prompts.'),
					output: price('Generated tokens.'),
					cached_prompt: Type.Optional(price("Those from the provider's cache. Default: as `prompt`.")),
					cache_write: Type.Optional(price("Those that are written to the provider's cache. Default: as `prompt`.")),
				},
				{ additionalProperties: false },
			),
			context_window: Type.Optional(
				Type.Integer({
					minimum: 1,
					maximum: 1_000_000_000,
					description:
						'How many tokens prompt and output can have together. Budgets need it for calls without max_tokens.',
				}),
			),
		},
		{ additionalProperties: false },
	),
);
