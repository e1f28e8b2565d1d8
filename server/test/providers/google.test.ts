import { providerSuite } from './suite.ts';

providerSuite('Google', {
	config: { provider: 'google', model: 'gemini-3-flash-preview' },
	settings: (origin, apiKey) => ({ google: { apiKey, baseUrl: origin } }),
	keyField: 'google',
	origin: 'Google',
	keyOf: (headers) => headers['x-goog-api-key'] as string,
	cannot: { suffix: 'a chat model takes none' },
	skip: { usage: 'aimock counts no tokens for Gemini' },
});
