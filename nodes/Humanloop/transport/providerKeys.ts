/**
 * The keys of `provider_api_keys` that the credentials can fill: those of the providers that humanloop-server can run.
 * `obstacle` says in the list of model configs that the key is missing.
 */
export const providerKeys = [
	{ key: 'openai', field: 'openaiApiKey', displayName: 'OpenAI API Key', obstacle: 'needs an OpenAI key' },
	{ key: 'anthropic', field: 'anthropicApiKey', displayName: 'Anthropic API Key', obstacle: 'needs an Anthropic key' },
	{ key: 'bedrock', field: 'bedrockApiKey', displayName: 'Bedrock API Key', obstacle: 'needs a Bedrock key' },
	{ key: 'google', field: 'googleApiKey', displayName: 'Google API Key', obstacle: 'needs a Google key' },
] as const;
