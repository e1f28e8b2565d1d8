import { Type, type Static } from 'typebox';
import { OneOf } from './fields.ts';
import { providerNames } from './providers.ts';

const ProviderAvailability = Type.Object({
	name: OneOf(providerNames, 'As `provider` of a model config.'),
	available: Type.Boolean({ description: 'Whether this server can run configs of the provider.' }),
	needs_key: Type.Optional(
		Type.Boolean({
			description: 'true: the server has no key of its own. Send one with each call, in `provider_api_keys`.',
		}),
	),
	reason: Type.Optional(Type.String({ description: 'Why it is not available.' })),
});

/** Not part of v4. It is an object, so that it can also list models later. */
export const ModelsResponse = Type.Object({ providers: Type.Array(ProviderAvailability) }, { title: 'ModelsResponse' });
export type ModelsResponse = Static<typeof ModelsResponse>;
