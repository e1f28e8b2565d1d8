/**
 * Every provider that a v4 config can name: the specification's list, the list of SDK 0.5.36 and the additions of v5.
 * So any exported config can be stored. Whether the server can also run it depends on providers/registry.ts.
 */
export const providerNames = [
	'openai',
	'openai_azure',
	'mock',
	'anthropic',
	'bedrock',
	'cohere',
	'replicate',
	'google',
	'groq',
	'ai21',
	'langchain',
	'deepseek',
] as const;

export type ProviderName = (typeof providerNames)[number];

/** The fields of `provider_api_keys`, over all versions of the contract. */
export const providerKeyFields = [
	'openai',
	'ai21',
	'mock',
	'anthropic',
	'bedrock',
	'cohere',
	'openai_azure',
	'openai_azure_endpoint',
	'deepseek',
	'google',
] as const;

export type ProviderKeyField = (typeof providerKeyFields)[number];
