import { providerSuite } from './suite.ts';

providerSuite('Bedrock', {
	config: { provider: 'bedrock', model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
	settings: (origin, apiKey) => ({ bedrock: { apiKey, baseUrl: origin } }),
	keyField: 'bedrock',
	origin: 'Bedrock',
	keyOf: ({ authorization }) => authorization?.replace('Bearer ', ''),
	cannot: {
		frequency_penalty: 'the Converse API has none',
		imageAddresses: 'Bedrock fetches no images',
		jsonObject: 'the Converse API wants a schema',
		logprobs: 'the Converse API returns none',
		seed: 'the Converse API has none',
		suffix: 'a chat model takes none',
	},
	skip: { usage: 'aimock counts no tokens for Bedrock' },
});
