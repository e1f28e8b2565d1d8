import { type RawBuilder, sql } from 'kysely';
import { type Budget, type BudgetRecord, inPeriod, type Reservation, type Settlement } from '../domain/budget.ts';
import type { DialectName } from './dialect.ts';
import { prepared } from './prepared.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

export async function allBudgets(db: Database): Promise<Budget[]> {
	return db.selectFrom('budgets').selectAll().execute();
}

/** What a budget belongs to: the name, and for an API key the ID of the last one in its chain of rotations. */
async function subjectOf(db: Database, { kind, subject }: Budget): Promise<Pick<BudgetRecord, 'name' | 'apiKeyId'>> {
	if (kind === 'project') {
		const found = db.selectFrom('projects').select('name').where('id', '=', subject).where('deletedAt', 'is', null);
		return { name: (await found.executeTakeFirst())?.name ?? null, apiKeyId: null };
	}
	const keys = db.selectFrom('apiKeys').select(['id', 'name']).where('scope', '=', subject);
	const key = await keys.orderBy('createdAt', 'desc').orderBy('id').limit(1).executeTakeFirst();
	// A scope is a hash. A key that is not stored has a name instead.
	const name = key?.name ?? (/^[0-9a-f]{64}$/.test(subject) ? null : subject);
	return { name, apiKeyId: key?.id ?? null };
}

/** What has ended of the reservations in a budget's stored amounts. */
function endedOf(column: RawBuilder<number>, at: string): RawBuilder<number> {
	// A sum of floating-point numbers never overflows.
	return sql<number>`coalesce((select sum(cast(${column} as double precision)) from budget_reservations as ended
		where ended.budget_id = budgets.id and ended.period_start = budgets.period_start
		and (ended.settled_nanos is not null or ended.expires_at < ${at})), 0)`;
}

/** Budgets with what follows from their reservations that have ended: the next call adds that to the stored amounts. */
export async function budgetAmounts(db: Database, at: number, id?: string): Promise<Budget[]> {
	const time = new Date(at).toISOString();
	const rows = await db
		.selectFrom('budgets')
		.selectAll()
		.select(endedOf(sql`ended.nanos`, time).as('endedNanos'))
		.select(endedOf(sql`coalesce(ended.settled_nanos, ended.nanos)`, time).as('endedSpentNanos'))
		.$if(id !== undefined, (query) => query.where('id', '=', id as string))
		.orderBy('createdAt')
		.orderBy('id')
		.execute();
	return rows.map(({ endedNanos, endedSpentNanos, ...stored }) => {
		const spentNanos = Math.min(stored.spentNanos + endedSpentNanos, Number.MAX_SAFE_INTEGER);
		const reservedNanos = Math.max(0, stored.reservedNanos - endedNanos);
		return inPeriod({ ...stored, spentNanos, reservedNanos }, at);
	});
}

/** The same with the names of what they belong to. */
export async function budgetRecords(db: Database, at: number, id: string | undefined): Promise<BudgetRecord[]> {
	const records: BudgetRecord[] = [];
	for (const budget of await budgetAmounts(db, at, id)) records.push({ ...budget, ...(await subjectOf(db, budget)) });
	return records;
}

export async function lockBudgets(dialect: DialectName, db: Database, ids: string[]): Promise<Budget[]> {
	return db
		.selectFrom('budgets')
		.selectAll()
		.where('id', 'in', ids)
		.orderBy('id')
		.$if(dialect === 'postgres', (query) => query.forNoKeyUpdate())
		.execute();
}

export async function setAmounts(db: Database, budget: Budget): Promise<void> {
	const { id, periodStart, spentNanos, reservedNanos } = budget;
	await db.updateTable('budgets').set({ periodStart, spentNanos, reservedNanos }).where('id', '=', id).execute();
}

export async function addReservations(db: Database, reservations: Reservation[]): Promise<void> {
	await db.insertInto('budgetReservations').values(reservations).execute();
}

const settleReservation = prepared<{ id: string; nanos: number }>((db, value) =>
	db
		.updateTable('budgetReservations')
		.set({ settledNanos: value('nanos') })
		.where('id', '=', value('id')),
);

export async function settleReservations(db: Database, settlements: Settlement[]): Promise<void> {
	for (const { id, nanos } of settlements) await executeLater(db, settleReservation(db, { id, nanos }));
}

export async function takeEndedReservations(db: Database, budgetIds: string[], at: string): Promise<Reservation[]> {
	return db
		.deleteFrom('budgetReservations')
		.where('budgetId', 'in', budgetIds)
		.where((eb) => eb.or([eb('settledNanos', 'is not', null), eb('expiresAt', '<', at)]))
		.returningAll()
		.execute();
}

export async function setBudget(db: Database, budget: Budget): Promise<string> {
	const { id } = await db
		.insertInto('budgets')
		.values(budget)
		.onConflict((conflict) =>
			conflict.columns(['kind', 'subject', 'period']).doUpdateSet((eb) => ({
				limitNanos: eb.ref('excluded.limitNanos'),
				updatedAt: eb.ref('excluded.updatedAt'),
			})),
		)
		.returning('id')
		.executeTakeFirstOrThrow();
	return id;
}

export async function deleteBudget(db: Database, id: string): Promise<boolean> {
	const { numDeletedRows } = await db.deleteFrom('budgets').where('id', '=', id).executeTakeFirstOrThrow();
	return numDeletedRows > 0n;
}

export async function countBudgets(db: Database): Promise<number> {
	const counted = db.selectFrom('budgets').select((eb) => eb.fn.countAll<number>().as('count'));
	return (await counted.executeTakeFirstOrThrow()).count;
}
