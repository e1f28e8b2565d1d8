import { AuditEntry } from '../domain/entities.ts';
import type { PageOf, Paging } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(AuditEntry);

export async function addAuditEntry(db: Database, entry: AuditEntry): Promise<void> {
	await db.insertInto('auditEntries').values(encode(entry)).execute();
}

export async function listAudit(db: Database, { page, size }: Paging): Promise<PageOf<AuditEntry>> {
	const { total } = await db
		.selectFrom('auditEntries')
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	const rows = await db
		.selectFrom('auditEntries')
		.selectAll()
		.orderBy('at', 'desc')
		.orderBy('id')
		.limit(size)
		.offset(page * size)
		.execute();
	return { records: rows.map(decode), total };
}
