/**
 * The keys of `provider_api_keys` that the credentials can fill: those of the providers that humanloop-server can run.
 * `obstacle` says in the list of model configs that the key is missing.
 */
export const providerKeys = [
	{ key: 'openai', field: 'openaiApiKey', displayName: 'OpenAI API Key', obstacle: 'needs an OpenAI key' },
] as const;
