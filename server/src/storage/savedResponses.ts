import { SavedResponse } from '../domain/entities.ts';
import { codecOf } from './codec.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(SavedResponse);

export async function savedResponse(db: Database, scope: string, key: string, notBefore: string) {
	const row = await db
		.selectFrom('savedResponses')
		.selectAll()
		.where('scope', '=', scope)
		.where('key', '=', key)
		.where('createdAt', '>=', notBefore)
		.executeTakeFirst();
	return row && decode(row);
}

export async function saveResponse(db: Database, saved: SavedResponse): Promise<void> {
	const row = encode(saved);
	const { fingerprint, response, createdAt } = row;
	await db
		.insertInto('savedResponses')
		.values(row)
		.onConflict((conflict) => conflict.columns(['scope', 'key']).doUpdateSet({ fingerprint, response, createdAt }))
		.execute();
}

export async function deleteSavedResponses(db: Database, before: string, limit: number): Promise<number> {
	const old = await db
		.selectFrom('savedResponses')
		.select(['scope', 'key'])
		.where('createdAt', '<', before)
		.limit(limit)
		.execute();
	for (const { scope, key } of old) {
		await db.deleteFrom('savedResponses').where('scope', '=', scope).where('key', '=', key).execute();
	}
	return old.length;
}
