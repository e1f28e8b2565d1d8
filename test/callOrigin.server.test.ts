import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** The link in an error item leads to the log of the failed call, on the server itself. */
const publicUrl = 'https://humanloop.example.com';
let harness: Harness;
beforeAll(async () => {
	// Nothing listens there, so each call fails at the provider and leaves a log.
	harness = await startHarness({ env: { PUBLIC_URL: publicUrl, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' } });
});
afterAll(() => harness.close());

test.each([false, true])('with stream %s, each failed item links to its own log', async (stream) => {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: '{{name}}',
	});
	const { success } = await harness.run({
		items: [{ name: 'a' }, { name: 'b' }],
		parameters: {
			modelConfig: { __rl: true, mode: 'id', value: data.config.id },
			inputs: { mappingMode: 'autoMapInputData', value: {} },
			options: { maxRetries: 0, stream },
		},
		settings: { onError: 'continueRegularOutput' },
	});
	const links = success.map(({ json }) => (json.error as IDataObject).link as string);
	expect(new Set(links).size).toBe(2);
	const root = new URL(harness.server.baseUrl).origin;
	for (const [item, link] of links.entries()) {
		expect(link.startsWith(`${publicUrl}/logs/data_`)).toBe(true);
		const page = await axios.get<{ log: string }>(link.replace(publicUrl, root));
		const log = await harness.api.get<IDataObject>(page.data.log.replace(`${publicUrl}/v4`, ''));
		expect(log.data).toMatchObject({
			inputs: { name: 'ab'[item] },
			error: (success[item]!.json.error as IDataObject).message,
		});
	}
});
