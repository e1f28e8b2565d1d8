/** The keys of `provider_api_keys` that the credentials can fill: those of the providers that humanloop-server can run. */
export const providerKeys = [{ key: 'openai', field: 'openaiApiKey', displayName: 'OpenAI API Key' }] as const;
