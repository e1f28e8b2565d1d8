import { useHarness } from './harness/useHarness.ts';

/** What the role of the credentials' API key allows. The server decides; the node tells it as it is. */
const harness = useHarness();

async function keyWith(role: string): Promise<string> {
	const { data } = await harness.api.post<{ key: string }>('/keys', { name: `may ${role}`, role });
	return data.key;
}

const message =
	'The API key has the role "read", but POST /v4/completion-model-config needs the role "run" or a higher one. ' +
	'Use a key with that role.';

test('a 403 stops the run, or reaches the error branch of each item, in the words of the API', async () => {
	const credentials = { apiKey: await keyWith('read'), baseUrl: harness.proxy.baseUrl };
	const stopped = await harness.run({ credentials });
	expect((stopped.failure as Error).message).toContain(message);

	const error = {
		message,
		description: 'Choose credentials whose API key has the role that the message names.',
		status: 403,
		attempts: 1,
		requestId: expect.any(String) as string,
	};
	for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
		const { success, error: failed, failure } = await harness.run({ credentials, settings: { onError } });
		expect(failure).toBeUndefined();
		expect(onError === 'continueErrorOutput' ? failed : success).toMatchObject([
			{ json: { error }, pairedItem: { item: 0 } },
			{ json: { error }, pairedItem: { item: 1 } },
		]);
	}
	expect(harness.calls().map(({ headers }) => headers['x-api-key'])).toEqual(Array(6).fill(credentials.apiKey));
});

test('a key with the role run is enough for completions', async () => {
	const credentials = { apiKey: await keyWith('run'), baseUrl: harness.proxy.baseUrl };
	const { success, failure } = await harness.run({ credentials });
	expect(failure).toBeUndefined();
	expect(success).toHaveLength(2);
});
