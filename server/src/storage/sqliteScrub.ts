import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './tables.ts';

type Write = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

/** How many pages of the search index a step writes. It takes about 20 ms. */
const pagesPerMerge = 64;

/** How often the write-ahead log is tried to be emptied while lists read from it, and the pause, in milliseconds. */
const maxAttempts = 600;
const pauseMs = 100;

async function changesSoFar(db: Database): Promise<number> {
	const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db);
	return rows[0]?.changes ?? 0;
}

/** Returns whether there is more to merge. A negative number of pages begins a merge of the whole index. */
async function merge(db: Database, pages: number): Promise<boolean> {
	const before = await changesSoFar(db);
	await sql`insert into log_terms (log_terms, rank) values ('merge', ${pages})`.execute(db);
	// FTS5 documents that a merge which has nothing to do changes fewer than two rows.
	return (await changesSoFar(db)) - before >= 2;
}

/**
 * Merges the whole search index. Deleted rows are overwritten at once (secure_delete), but the full-text index only marks its
 * own as deleted until it is merged.
 */
export async function mergeIndex(write: Write, signal: AbortSignal): Promise<void> {
	let pages = -pagesPerMerge;
	for (let hasMore = true; hasMore; pages = pagesPerMerge) {
		signal.throwIfAborted();
		const startedAt = performance.now();
		hasMore = await write((db) => merge(db, pages));
		await wait(performance.now() - startedAt, undefined, { signal });
	}
}

/** Empties the write-ahead log, which has old pages. `emptyLog` returns false while somebody reads from it. */
export async function untilEmpty(emptyLog: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
	for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
		if (await emptyLog()) return;
		await wait(pauseMs, undefined, { signal });
	}
	throw new Error('the write-ahead log could not be emptied, because lists read the database all the time');
}
