/**
 * The fields of `provider_api_keys` that the credentials can fill: those of the providers that humanloop-server can run.
 * `obstacle` says in the list of model configs that the key is missing.
 */
export const providerKeys = [
	{ key: 'openai', field: 'openaiApiKey', displayName: 'OpenAI API Key', obstacle: 'needs an OpenAI key' },
	{ key: 'anthropic', field: 'anthropicApiKey', displayName: 'Anthropic API Key', obstacle: 'needs an Anthropic key' },
	{
		key: 'openai_azure',
		field: 'azureOpenAiApiKey',
		displayName: 'Azure OpenAI API Key',
		obstacle: 'needs an Azure OpenAI key',
	},
	{ key: 'bedrock', field: 'bedrockApiKey', displayName: 'Bedrock API Key', obstacle: 'needs a Bedrock key' },
	{ key: 'cohere', field: 'cohereApiKey', displayName: 'Cohere API Key', obstacle: 'needs a Cohere key' },
	{ key: 'deepseek', field: 'deepSeekApiKey', displayName: 'DeepSeek API Key', obstacle: 'needs a DeepSeek key' },
	{ key: 'google', field: 'googleApiKey', displayName: 'Google API Key', obstacle: 'needs a Google key' },
	{ key: 'groq', field: 'groqApiKey', displayName: 'Groq API Key', obstacle: 'needs a Groq key' },
	{ key: 'mistral', field: 'mistralApiKey', displayName: 'Mistral API Key', obstacle: 'needs a Mistral key' },
] as const;

/** The address that belongs to a key of Azure OpenAI. It is no secret. */
export const azureEndpoint = { key: 'openai_azure_endpoint', field: 'azureOpenAiEndpoint' } as const;
