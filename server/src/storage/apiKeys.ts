import type { ApiKey } from '../domain/entities.ts';
import type { KeyChanges, PageOf, Paging } from '../domain/store.ts';
import type { Database } from './tables.ts';

export async function apiKeyByHash(db: Database, hash: string): Promise<ApiKey | undefined> {
	return db.selectFrom('apiKeys').selectAll().where('hash', '=', hash).executeTakeFirst();
}

export async function hasValidApiKey(db: Database, at: string): Promise<boolean> {
	const row = await db
		.selectFrom('apiKeys')
		.select('id')
		.where('revokedAt', 'is', null)
		.where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', at)]))
		.limit(1)
		.executeTakeFirst();
	return row !== undefined;
}

export async function listApiKeys(db: Database, { page, size }: Paging): Promise<PageOf<ApiKey>> {
	const { total } = await db
		.selectFrom('apiKeys')
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	const records = await db
		.selectFrom('apiKeys')
		.selectAll()
		.orderBy('createdAt', 'desc')
		.orderBy('id')
		.limit(size)
		.offset(page * size)
		.execute();
	return { records, total };
}

export async function lockApiKeys(db: Database): Promise<ApiKey[]> {
	// An update locks the rows on every database. Two transactions that each revoke one of the last two admins would
	// otherwise both see the other one.
	return db
		.updateTable('apiKeys')
		.set((eb) => ({ role: eb.ref('role') }))
		.returningAll()
		.execute();
}

export async function addApiKey(db: Database, key: ApiKey): Promise<boolean> {
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('apiKeys')
		.values(key)
		.onConflict((conflict) => conflict.doNothing())
		.executeTakeFirst();
	return numInsertedOrUpdatedRows === 1n;
}

export async function changeApiKey(db: Database, id: string, changes: KeyChanges): Promise<void> {
	await db.updateTable('apiKeys').set(changes).where('id', '=', id).execute();
}

export async function setLastUsed(db: Database, id: string, at: string, notAfter: string): Promise<void> {
	await db
		.updateTable('apiKeys')
		.set({ lastUsedAt: at })
		.where('id', '=', id)
		.where((eb) => eb.or([eb('lastUsedAt', 'is', null), eb('lastUsedAt', '<=', notAfter)]))
		.execute();
}
