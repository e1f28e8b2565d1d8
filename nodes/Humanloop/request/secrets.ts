import type { IExecuteSingleFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

/** Anything shorter is no key, and would blank ordinary words; the server draws the same line. */
const shortestKey = 8;

/**
 * Blanks the keys of the credentials in a text: an answer may repeat one ("Incorrect API key
 * provided: …").
 */
export async function withoutSecrets(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	text: string,
): Promise<string> {
	const credentials = await context.getCredentials('humanloopApi');
	return (
		Object.entries(credentials)
			.filter(([field]) => /apiKey$/i.test(field))
			.map(([, value]) => String((value ?? '') as string).trim())
			.filter((secret) => secret.length >= shortestKey)
			// One key may begin with another one.
			.sort((a, b) => b.length - a.length)
			.reduce((clean, secret) => clean.split(secret).join('[hidden]'), text)
	);
}
