import { type Kysely, sql } from 'kysely';

/** FTS5 without a content: the texts are in the logs. They are folded before they get here (search/searchText.ts). */
export async function createSqliteIndex(db: Kysely<unknown>): Promise<void> {
	await sql`
		create virtual table log_terms using fts5 (
			text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
		)
	`.execute(db);
	await sql`create virtual table log_vocabulary using fts5vocab (log_terms, row)`.execute(db);
}

export async function createSqliteTriggers(db: Kysely<unknown>): Promise<void> {
	await sql`
		create trigger log_is_stored after insert on logs begin
			insert into log_counts (project_id, config_id, shard, count)
			values (coalesce(new.project_id, ''), new.config_id, 0, 1)
			on conflict (project_id, config_id, shard) do update set count = count + 1;
			insert into search_queue (log_id) select new.id where new.project_id is not null and new.save = 1;
		end
	`.execute(db);
	await sql`
		create trigger log_is_deleted after delete on logs begin
			update log_counts set count = count - 1
			where project_id = coalesce(old.project_id, '') and config_id = old.config_id and shard = 0;
			delete from log_terms where rowid in (select id from log_texts where log_id = old.id);
			delete from log_texts where log_id = old.id;
		end
	`.execute(db);
}
