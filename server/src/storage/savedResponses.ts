import type { SavedResponse } from '../domain/store.ts';
import type { Database } from './tables.ts';

export async function savedResponse(db: Database, scope: string, key: string, notBefore: string) {
	const row = await db
		.selectFrom('saved_responses')
		.select(['fingerprint', 'response'])
		.where('scope', '=', scope)
		.where('key', '=', key)
		.where('created_at', '>=', notBefore)
		.executeTakeFirst();
	return row && { fingerprint: row.fingerprint, response: JSON.parse(row.response) as object };
}

export async function insertSavedResponse(db: Database, saved: SavedResponse): Promise<void> {
	const { scope, key, fingerprint, createdAt } = saved;
	const row = { fingerprint, response: JSON.stringify(saved.response), created_at: createdAt };
	await db
		.insertInto('saved_responses')
		.values({ scope, key, ...row })
		.onConflict((conflict) => conflict.columns(['scope', 'key']).doUpdateSet(row))
		.execute();
}

export async function deleteSavedResponses(db: Database, before: string, most: number): Promise<number> {
	const old = await db
		.selectFrom('saved_responses')
		.select(['scope', 'key'])
		.where('created_at', '<', before)
		.limit(most)
		.execute();
	for (const { scope, key } of old) {
		await db.deleteFrom('saved_responses').where('scope', '=', scope).where('key', '=', key).execute();
	}
	return old.length;
}
