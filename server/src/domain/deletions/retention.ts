import type { Store } from '../store.ts';
import { Steps } from './steps.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Deletes the logs that are older than so many days, in small steps. Returns how many. If another process does so on the same
 * database, leaves it to that one. Throws the signal's reason when it is aborted.
 */
export async function deleteOldLogs(store: Store, days: number, now: number, signal: AbortSignal): Promise<number> {
	const createdBefore = new Date(now - days * dayMs).toISOString();
	const total = await new Steps(store, signal).repeat(async (writes, size) =>
		(await writes.tryLock('retention')) ? (await writes.deleteLogs({ createdBefore }, size)).logs : 0,
	);
	if (total > 0) await store.scrub(false, signal);
	return total;
}
