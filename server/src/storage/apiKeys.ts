import type { Database } from './tables.ts';

export async function hasKeys(db: Database): Promise<boolean> {
	const row = await db.selectFrom('apiKeys').select('hash').limit(1).executeTakeFirst();
	return row !== undefined;
}

export async function hasKey(db: Database, hash: string): Promise<boolean> {
	const row = await db.selectFrom('apiKeys').select('hash').where('hash', '=', hash).executeTakeFirst();
	return row !== undefined;
}

export async function addKey(db: Database, hash: string): Promise<void> {
	await db.insertInto('apiKeys').values({ hash, createdAt: new Date().toISOString() }).execute();
}
