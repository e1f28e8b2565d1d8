import type { Provider } from './provider.ts';
import type { Way } from './ways.ts';

/**
 * Counts from now on. The function that it returns takes how many calls there were since, and how many logs each of them
 * stores.
 *
 * @throws (that function) an error when the stand-in was not asked once for each call, or when our server has not stored
 *   all logs
 */
export async function countCalls(
	way: Way,
	provider: Provider,
): Promise<(made: number, logsEach?: number) => Promise<void>> {
	const counts = async () => [await provider.calls(), (await way.humanloop?.logCount()) ?? 0] as const;
	const [calls, logs] = await counts();
	return async (made, logsEach = 1) => {
		const [callsAfter, logsAfter] = await counts();
		const [asked, stored] = [callsAfter - calls, logsAfter - logs];
		if (asked !== (way.id === 'fastify' ? 0 : made))
			throw new Error(`${way.title}: ${made} requests were ${asked} calls of the provider`);
		if (way.humanloop && stored !== made * logsEach)
			throw new Error(`${way.title}: ${made} requests stored ${stored} logs`);
	};
}
