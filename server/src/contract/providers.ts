/**
 * Every provider that a v4 config can name: the specification's list, the list of SDK 0.5.36 and the additions of v5, so
 * that any exported config can be stored. Those of the last line are ours. Whether the server can also run one depends on
 * providers/registry.ts. The operator can add names.
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
	'mistral',
	'ollama',
] as const;

/** What the name of any provider looks like: those of the list, and those that an operator can make. */
export const providerNamePattern = '^[a-z][a-z0-9_]{0,62}$';

/** The fields of `provider_api_keys`, over all versions of the contract. Other providers' keys have the provider's name. */
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
	'groq',
	'mistral',
	'ollama',
] as const;

export type ProviderKeyField = (typeof providerKeyFields)[number];

/** The keys of a request by their fields. What another field has can be anything: look at its type. */
export type ProviderKeys = Readonly<Record<string, string | null | undefined>>;
