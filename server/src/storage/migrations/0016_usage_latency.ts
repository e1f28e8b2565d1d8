import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The upper limits of the buckets, in milliseconds. */
const limits = [
	...[60, 80, 100, 150, 200, 300, 400, 600, 800],
	...[1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000],
	...[10_000, 15_000, 20_000, 30_000, 40_000, 60_000, 80_000],
	...[100_000, 150_000, 200_000, 300_000, 400_000, 600_000],
];

/**
 * How many calls took how long: a column for each bucket. A call changes one of them. The others are null until a call
 * counts in them, because a null takes no room in PostgreSQL's rows. How long earlier calls took is not known.
 */
export const usageLatency: Migration = {
	async up(db: Kysely<unknown>) {
		for (const table of ['usage', 'session_usage']) {
			for (const name of [...limits.map((limit) => `latency_to_${limit}`), 'latency_above']) {
				await sql`alter table ${sql.table(table)} add column ${sql.raw(name)} bigint`.execute(db);
			}
		}
	},
};
