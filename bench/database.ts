import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';

/** What PostgreSQL has counted so far. */
export interface Counters {
	statements: number;
	/** Statements on the session that locks Idempotency-Keys. */
	lockStatements: number;
	/** Writes to the disk that commits wait for. */
	syncs: number;
}

/** pg_stat_statements has each statement once, with how often it ran. Those that ask for the figures do not count. */
const statements = `select coalesce(sum(calls), 0)::int as statements,
	coalesce(sum(calls) filter (where query ~ 'pg_try_advisory_lock|from pg_locks'), 0)::int as "lockStatements"
	from pg_stat_statements where query !~ 'pg_stat'`;

const syncs = 'select wal_sync::int as syncs from pg_stat_wal';

export async function readCounters(client: Client): Promise<Counters> {
	const [first, second] = [await client.query<Counters>(statements), await client.query<Counters>(syncs)];
	return { ...first.rows[0]!, ...second.rows[0]! };
}

const waiting = `select count(*) filter (where wait_event_type = 'Lock')::int as count from pg_stat_activity
	where datname = current_database()`;

/**
 * How long sessions wait for each other's locks in all, in milliseconds: PostgreSQL does not count this, so it is asked
 * every ten milliseconds until the function that this returns is called.
 */
export function watchLockWaits(client: Client): () => Promise<number> {
	let isOver = false;
	const watching = (async () => {
		let milliseconds = 0;
		let lookedAt = performance.now();
		while (!isOver) {
			await wait(10);
			const { rows } = await client.query<{ count: number }>(waiting);
			const now = performance.now();
			milliseconds += rows[0]!.count * (now - lookedAt);
			lookedAt = now;
		}
		return milliseconds;
	})();
	return async () => {
		isOver = true;
		return await watching;
	};
}
