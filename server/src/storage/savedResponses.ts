import type { Replay } from '../domain/store.ts';
import type { Database } from './tables.ts';

export async function replayOf(db: Database, scope: string, key: string, notBefore: string) {
	const row = await db
		.selectFrom('replays')
		.select(['fingerprint', 'answer'])
		.where('scope', '=', scope)
		.where('key', '=', key)
		.where('created_at', '>=', notBefore)
		.executeTakeFirst();
	return row && { fingerprint: row.fingerprint, answer: JSON.parse(row.answer) as object };
}

export async function insertReplay(db: Database, replay: Replay): Promise<void> {
	const { scope, key, fingerprint, createdAt } = replay;
	const row = { fingerprint, answer: JSON.stringify(replay.answer), created_at: createdAt };
	await db
		.insertInto('replays')
		.values({ scope, key, ...row })
		.onConflict((conflict) => conflict.columns(['scope', 'key']).doUpdateSet(row))
		.execute();
}

export async function forgetReplays(db: Database, before: string, most: number): Promise<number> {
	const old = await db
		.selectFrom('replays')
		.select(['scope', 'key'])
		.where('created_at', '<', before)
		.limit(most)
		.execute();
	for (const { scope, key } of old) {
		await db.deleteFrom('replays').where('scope', '=', scope).where('key', '=', key).execute();
	}
	return old.length;
}
