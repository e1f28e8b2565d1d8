import { type RawBuilder, sql } from 'kysely';
import { Deletion } from '../domain/entities.ts';
import type { DeletedRows, PageOf, Paging, ResponsesToDelete, SavedKey } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Dialect } from './dialect.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(Deletion);

export async function addDeletion(db: Database, deletion: Deletion): Promise<void> {
	await db
		.insertInto('deletions')
		.values(encode(deletion))
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

export async function deletionById(db: Database, id: string): Promise<Deletion | undefined> {
	const row = await db.selectFrom('deletions').selectAll().where('id', '=', id).executeTakeFirst();
	return row && decode(row);
}

export async function listDeletions(db: Database, { page, size }: Paging): Promise<PageOf<Deletion>> {
	const { total } = await db
		.selectFrom('deletions')
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	const rows = await db
		.selectFrom('deletions')
		.selectAll()
		.orderBy('createdAt', 'desc')
		.orderBy('id')
		.limit(size)
		.offset(page * size)
		.execute();
	return { records: rows.map(decode), total };
}

export async function runningDeletions(db: Database): Promise<Deletion[]> {
	const rows = await db.selectFrom('deletions').selectAll().where('finishedAt', 'is', null).execute();
	return rows.map(decode);
}

export async function countDeleted(db: Database, id: string, rows: Partial<DeletedRows>): Promise<void> {
	await db
		.updateTable('deletions')
		.set((eb) => ({
			deletedLogs: eb('deletedLogs', '+', rows.logs ?? 0),
			deletedFeedback: eb('deletedFeedback', '+', rows.feedback ?? 0),
			deletedResponses: eb('deletedResponses', '+', rows.responses ?? 0),
		}))
		.where('id', '=', id)
		.execute();
}

export async function finishDeletion(db: Database, id: string, at: string): Promise<void> {
	await db.updateTable('deletions').set({ subject: null, finishedAt: at }).where('id', '=', id).execute();
}

/** A saved response. PostgreSQL cannot read JSON with NUL characters. */
const asJson = sql`replace(response, '\\u0000', '\\ufffd')::json`;

/** The logs and the users that a saved response names: that of a completion call, or one or more of feedback. */
const namedIn: Record<Dialect['name'], RawBuilder<unknown>> = {
	sqlite: sql`
		select value ->> '$.id' as log_id, null as person from json_each(response, '$.data')
		union all select response ->> '$.data_id', response ->> '$.user' where response ->> '$.data_id' is not null
		union all select value ->> '$.data_id', value ->> '$.user' from json_each(response) where json_type(response) = 'array'
	`,
	postgres: sql`
		select one ->> 'id' as log_id, null as person from json_array_elements(
			case when json_typeof(${asJson} -> 'data') = 'array' then ${asJson} -> 'data' else '[]'::json end
		) as one
		union all select ${asJson} ->> 'data_id', ${asJson} ->> 'user' where ${asJson} ->> 'data_id' is not null
		union all select one ->> 'data_id', one ->> 'user' from json_array_elements(
			case when json_typeof(${asJson}) = 'array' then ${asJson} else '[]'::json end
		) as one
	`,
};

/**
 * Looks at the next `limit` saved responses after a key, and returns those that name a log which is not there any more, or
 * that report feedback of the user. The database reads them: they can be large.
 */
export async function responsesToDelete(
	{ name }: Dialect,
	db: Database,
	user: string | null,
	after: SavedKey | undefined,
	limit: number,
): Promise<ResponsesToDelete> {
	const { rows } = await sql<SavedKey & { isGone: number }>`
		select scope, key, created_at, case when exists (
			select 1 from (${namedIn[name]}) as named
			where not exists (select 1 from logs where logs.id = named.log_id) or named.person = ${user}
		) then 1 else 0 end as is_gone
		from saved_responses where (scope, key) > (${after?.scope ?? ''}, ${after?.key ?? ''})
		order by scope, key limit ${limit}
	`.execute(db);
	const toKey = ({ scope, key, createdAt }: SavedKey): SavedKey => ({ scope, key, createdAt });
	const last = rows.at(-1);
	return {
		found: rows.filter(({ isGone }) => isGone === 1).map(toKey),
		next: rows.length < limit || last === undefined ? undefined : toKey(last),
	};
}

/** Deletes these responses, unless they were replaced meanwhile. Returns how many. */
export async function deleteResponses(db: Database, keys: SavedKey[]): Promise<number> {
	let deleted = 0;
	for (const { scope, key, createdAt } of keys) {
		const { numDeletedRows } = await db
			.deleteFrom('savedResponses')
			.where('scope', '=', scope)
			.where('key', '=', key)
			.where('createdAt', '=', createdAt)
			.executeTakeFirstOrThrow();
		deleted += Number(numDeletedRows);
	}
	return deleted;
}
