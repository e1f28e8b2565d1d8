import assert from 'node:assert/strict';
import type { Api } from './setup.ts';
import { execute } from './storage/storage.ts';

/** So many logs that a search asks the index instead of looking at each of them. */
export async function fillProject(api: Api): Promise<void> {
	const entry = { project: 'tickets', config: { model: 'm' }, output: 'nothing', created_at: '2020-01-01T00:00:00Z' };
	for (const count of [1000, 100]) {
		assert.equal(
			(
				await api.post(
					'/logs',
					Array.from({ length: count }, () => entry),
				)
			).status,
			200,
		);
	}
}

/** Waits until all texts are in the search index. */
export async function untilIndexed(api: Api): Promise<void> {
	const queued = async () => Number((await execute(api.dataDir, 'select count(*) as n from search_queue'))[0]?.['n']);
	while ((await queued()) > 0) await new Promise((resume) => setTimeout(resume, 50));
}
