/** The keys of `provider_api_keys`, with the fields of the credentials that fill them. */
export const providerKeys = [
	{ key: 'openai', field: 'openaiApiKey', displayName: 'OpenAI API Key' },
	{ key: 'openai_azure', field: 'openaiAzureApiKey', displayName: 'Azure OpenAI API Key' },
	{ key: 'openai_azure_endpoint', field: 'openaiAzureEndpoint', displayName: 'Azure OpenAI Endpoint' },
	{ key: 'anthropic', field: 'anthropicApiKey', displayName: 'Anthropic API Key' },
	{ key: 'bedrock', field: 'bedrockApiKey', displayName: 'AWS Bedrock API Key' },
	{ key: 'cohere', field: 'cohereApiKey', displayName: 'Cohere API Key' },
	{ key: 'ai21', field: 'ai21ApiKey', displayName: 'AI21 API Key' },
	{ key: 'mock', field: 'mockApiKey', displayName: 'Mock API Key' },
] as const;
