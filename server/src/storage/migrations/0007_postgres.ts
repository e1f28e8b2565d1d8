import { type Kysely, sql } from 'kysely';

/** The first part of the keys of the advisory locks on the shards of `log_counts`. */
const shardLocks = 0x68_75_6d_62;

async function createExtensions(db: Kysely<unknown>): Promise<void> {
	try {
		await sql`create extension if not exists pg_trgm`.execute(db);
		await sql`create extension if not exists btree_gin`.execute(db);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(
			`it needs PostgreSQL's extensions pg_trgm and btree_gin. Install its contrib modules, and let a user who may do so ` +
				`execute "create extension pg_trgm; create extension btree_gin". PostgreSQL says: ${reason}`,
			{ cause: error },
		);
	}
}

/** The texts are folded before they get here (search/searchText.ts), so the index compares them as they are. */
export async function createPostgresIndex(db: Kysely<unknown>): Promise<void> {
	await createExtensions(db);
	await sql`alter table log_texts add column text text collate "C" not null`.execute(db);
	await sql`create index log_texts_by_text on log_texts using gin (project_id, text gin_trgm_ops)`.execute(db);
	await sql`create index search_queue_by_log on search_queue (log_id)`.execute(db);
}

/**
 * A transaction counts in the first shard that no other one has. So none waits for another, and there are no more shards
 * than transactions at the same time.
 */
async function createShardFunction(db: Kysely<unknown>): Promise<void> {
	await sql`
		create function log_counts_shard() returns integer language plpgsql as $$
		declare
			shard integer := 0;
		begin
			while not pg_try_advisory_xact_lock(${sql.lit(shardLocks)}, shard) loop
				shard := shard + 1;
			end loop;
			return shard;
		end $$
	`.execute(db);
}

export async function createPostgresTriggers(db: Kysely<unknown>): Promise<void> {
	await createShardFunction(db);
	const add = (table: 'stored' | 'deleted', sign: 1 | -1) => sql`
		insert into log_counts as counts (project_id, config_id, shard, count)
		select coalesce(project_id, ''), config_id, shards.shard, ${sql.lit(sign)} * count(*)
		from ${sql.table(table)} cross join (select log_counts_shard() as shard) as shards group by 1, 2, 3
		on conflict (project_id, config_id, shard) do update set count = counts.count + excluded.count;
	`;
	await sql`
		create function count_stored_logs() returns trigger language plpgsql as $$
		begin
			${add('stored', 1)}
			insert into search_queue (log_id) select id from stored where project_id is not null and save = 1;
			return null;
		end $$
	`.execute(db);
	await sql`
		create function count_deleted_logs() returns trigger language plpgsql as $$
		begin
			${add('deleted', -1)}
			delete from log_texts where log_id in (select id from deleted);
			return null;
		end $$
	`.execute(db);
	await sql`
		create trigger log_is_stored after insert on logs referencing new table as stored
		for each statement execute function count_stored_logs()
	`.execute(db);
	await sql`
		create trigger log_is_deleted after delete on logs referencing old table as deleted
		for each statement execute function count_deleted_logs()
	`.execute(db);
}
