import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { useHarness } from './harness/useHarness.ts';
import { startServer } from './hosts/startServer.ts';

/** Get Many where the API's total is a lower bound: humanloop-server counts up to 10,000 logs that a filter leaves. */
const harness = useHarness();

test('Return All goes on beyond a total that is a lower bound, and returns every log once', async () => {
	const server = await startServer();
	try {
		const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey } });
		const { data: config } = await api.post<{ config: { id: string }; project_id: string }>('/model-configs', {
			project: 'many',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: '{{name}}',
		});
		const ids = new Set<unknown>();
		for (let from = 0; from < 10_250; from += 500) {
			const entries = Array.from({ length: Math.min(500, 10_250 - from) }, () => ({
				project: 'many',
				config_id: config.config.id,
				source: 'import',
			}));
			const { data: logs } = await api.post<IDataObject[]>('/logs', entries);
			for (const { id } of logs) ids.add(id);
		}
		const query = { project_id: config.project_id, source_filter: 'import', size: 1 };
		const { data: first } = await api.get<{ total: number }>('/logs', { params: query });
		expect(first.total).toBe(10_001);
		const { success, failure } = await harness.run({
			items: [{}],
			credentials: { apiKey: server.apiKey, baseUrl: server.baseUrl },
			parameters: {
				resource: 'log',
				operation: 'getAll',
				project: { __rl: true, mode: 'id', value: config.project_id },
				returnAll: true,
				filters: { source: 'import' },
			},
		});
		expect(failure).toBeUndefined();
		expect(success).toHaveLength(10_250);
		expect(new Set(success.map(({ json }) => json.id))).toEqual(ids);
	} finally {
		await server.stop();
	}
}, 120_000);
