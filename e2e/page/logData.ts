import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';

import { storeVersion } from './data.ts';

/** A project of its own with so many logs. The input of each is its number, from the oldest. */
export async function storeLogs(api: AxiosInstance, project: string, count: number): Promise<string> {
	const version = await storeVersion(api, project, {
		provider: 'mock',
		model: 'mock-1',
		prompt_template: '{{number}}',
	});
	const start = Date.now() - 3_600_000;
	const logs = Array.from({ length: count }, (_, index) => ({
		...{ project, config_id: version.id, inputs: { number: `number ${index}` }, output: `answer ${index}` },
		...{ source: index % 10 === 0 ? 'tenth' : 'other', created_at: new Date(start + index * 10).toISOString() },
		...(index % 100 === 50 ? { error: `The provider failed at ${index}.` } : {}),
	}));
	for (let from = 0; from < count; from += 1_000) await api.post('/logs', logs.slice(from, from + 1_000));
	return version.projectId;
}

export const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
