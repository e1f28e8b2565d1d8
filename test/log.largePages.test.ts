import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { useHarness } from './harness/useHarness.ts';
import { startServer } from './hosts/startServer.ts';

/** Get Many where the logs are too large for the server's pages. */
const harness = useHarness();

test('Return All reads smaller pages, and every log once', async () => {
	const server = await startServer({ env: { MAX_PAGE_BYTES: '20000' } });
	try {
		const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey } });
		const { data: config } = await api.post<{ config: { id: string }; project_id: string }>('/model-configs', {
			project: 'large',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: '{{name}}',
		});
		// The newest ones are small, so that the first page is read before one is too large.
		const lengths = Array.from({ length: 130 }, (_, index) => (index < 20 ? 1_500 : 10));
		const entries = lengths.map((length, minute) => ({
			project: 'large',
			config_id: config.config.id,
			inputs: { name: 'x'.repeat(length) },
			output: 'Yes.',
			created_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
		}));
		const { data: logs } = await api.post<IDataObject[]>('/logs', entries);
		const { success, failure } = await harness.run({
			items: [{}, {}],
			credentials: { apiKey: server.apiKey, baseUrl: server.baseUrl },
			parameters: {
				resource: 'log',
				operation: 'getAll',
				project: { __rl: true, mode: 'id', value: config.project_id },
				returnAll: true,
			},
		});
		expect(failure).toBeUndefined();
		const expected = logs.map(({ id }) => id).reverse();
		expect(success.map(({ json }) => json.id)).toEqual([...expected, ...expected]);
	} finally {
		await server.stop();
	}
});
