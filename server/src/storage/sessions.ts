import type { Session } from '../domain/store.ts';
import type { Database } from './tables.ts';

export async function sessionBy(
  db: Database,
  column: 'id' | 'reference_id',
  value: string,
): Promise<Session | undefined> {
  const row = await db
    .selectFrom('sessions')
    .select(['id', 'reference_id'])
    .where(column, '=', value)
    .executeTakeFirst();
  return row && { id: row.id, referenceId: row.reference_id };
}

/** The ID of the session with that reference, made when there is none; also right when another process makes it. */
export async function sessionReferenced(db: Database, reference: string, proposedId: string): Promise<string> {
  const known = await sessionBy(db, 'reference_id', reference);
  if (known !== undefined) return known.id;
  const now = new Date().toISOString();
  await db
    .insertInto('sessions')
    .values({ id: proposedId, reference_id: reference, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column('reference_id').doNothing())
    .execute();
  return ((await sessionBy(db, 'reference_id', reference)) as Session).id;
}
