import { providerSuite } from './suite.ts';

providerSuite('OpenAI', {
	config: { provider: 'openai', model: 'gpt-4o' },
	settings: (origin, apiKey) => ({ openai: { apiKey, baseUrl: `${origin}/v1` } }),
	keyField: 'openai',
	origin: 'OpenAI',
	keyOf: ({ authorization }) => authorization?.replace('Bearer ', ''),
	cannot: { suffix: 'a chat model takes none' },
});
