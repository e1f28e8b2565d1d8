import { until } from '../provider.ts';
import type { Api } from '../setup.ts';
import { countsIn } from './database.ts';

/** Lets the server listen, which is when it begins to index, and waits until a search finds every log. */
export async function untilIndexed(api: Api): Promise<void> {
	await api.listen();
	await until(async () => (await countsIn(api.dataDir, ['search_queue'])).get('search_queue') === 0);
}
