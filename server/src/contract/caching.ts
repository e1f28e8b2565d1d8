import { type Static, Type } from 'typebox';
import { OneOf, Opt } from './fields.ts';

const breakpoints = ['system', 'last_message'] as const;

/** What the provider keeps of a prompt, so that it reads it again at a lower price. For models that must be told. */
export const CacheControl = Type.Object(
	{
		type: OneOf(['ephemeral'], "Anthropic's only kind of cache."),
		ttl: Opt(OneOf(['5m', '1h'], 'How long it is kept after its last use.', { default: '5m' })),
		breakpoints: Opt(
			Type.Array(
				OneOf(
					breakpoints,
					'How far the prompt is kept: to the end of the tools and system messages, or of the last message.',
				),
				{ minItems: 1, maxItems: 2, uniqueItems: true, description: 'Default: ["system"].' },
			),
		),
	},
	{
		additionalProperties: false,
		description: "Caches the prompt at the provider: Anthropic's models, directly or on Bedrock. Others ignore it.",
	},
);
export type CacheControl = Static<typeof CacheControl>;
