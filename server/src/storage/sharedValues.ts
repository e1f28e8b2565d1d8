import type { Log } from '../domain/entities.ts';
import { fromJson } from './codec.ts';
import type { Database, References } from './tables.ts';

/*
 * Samples of one call share values that can be large. The row of the first of them has these values. The rows of the
 * others refer to it and have null instead. So each value is stored once, and a call with one sample is still one row.
 */

/** The values that logs can share, by the column that refers to the log which has them. All are stored as JSON. */
export const sharedColumns = {
	/** The same for all samples of a call. */
	callLogId: ['inputs', 'messages', 'providerRequest'],
	/** The same for the samples that came in one response: some hosts return fewer than they are asked for. */
	responseLogId: ['providerResponse'],
} as const satisfies Record<keyof References, readonly (keyof Log)[]>;

const references = Object.keys(sharedColumns) as (keyof References)[];
const allColumns = references.flatMap((reference) => [...sharedColumns[reference]]);

/** The first of the logs that has these very values, unless it is the log itself. Values are compared by identity. */
function holderOf(log: Log, logs: Log[], columns: readonly (keyof Log)[]): string | null {
	if (columns.every((column) => log[column] === null)) return null;
	const holder = logs.find((other) => columns.every((column) => other[column] === log[column]));
	return holder === undefined || holder === log ? null : holder.id;
}

/** The logs as they are stored together: each value that several of them share is in the first one only. */
export function shareValues(logs: Log[]): (Log & References)[] {
	return logs.map((log) => {
		const stored: Log & References = { ...log, callLogId: null, responseLogId: null };
		for (const reference of references) {
			const columns = sharedColumns[reference];
			stored[reference] = holderOf(log, logs, columns);
			if (stored[reference] !== null) for (const column of columns) stored[column] = null;
		}
		return stored;
	});
}

/** Gives logs that were read the values that other logs hold for them. */
export async function restoreValues(db: Database, logs: (Log & References)[]): Promise<void> {
	const ids = new Set(logs.flatMap((log) => references.map((reference) => log[reference])));
	ids.delete(null);
	if (ids.size === 0) return;
	const holders = await db
		.selectFrom('logs')
		.select(['id', ...allColumns])
		.where('id', 'in', [...ids] as string[])
		.execute();
	// Each value is parsed once, and the logs that share it share the result.
	const parsed = new Map(
		holders.map(({ id, ...values }) => [
			id,
			Object.fromEntries(Object.entries(values).map(([column, json]) => [column, fromJson(json)])) as Partial<Log>,
		]),
	);
	for (const log of logs) {
		for (const reference of references) {
			const values = parsed.get(log[reference] ?? '');
			if (values !== undefined)
				for (const column of sharedColumns[reference]) Object.assign(log, { [column]: values[column] });
		}
	}
}

/** Moves the values that logs hold for others to one of those, because the logs are about to be deleted. */
export async function handOverValues(db: Database, ids: string[]): Promise<void> {
	for (const reference of references) {
		const heirs = await db
			.selectFrom('logs')
			.select(['id', `${reference} as holder`])
			.where(reference, 'in', ids)
			.where('id', 'not in', ids)
			.orderBy('sampleIndex')
			.orderBy('id')
			.execute();
		for (const [holder, [first]] of Map.groupBy(heirs, ({ holder: id }) => id as string)) {
			const { id } = first as { id: string };
			// The others come first: when the inputs arrive, a trigger puts all of them into the search index again.
			await db
				.updateTable('logs')
				.set({ [reference]: id })
				.where(reference, '=', holder)
				.where('id', '!=', id)
				.execute();
			await db
				.updateTable('logs')
				.set((eb) => ({
					[reference]: null,
					...Object.fromEntries(
						sharedColumns[reference].map((column) => [
							column,
							eb.selectFrom('logs as holders').select(`holders.${column}`).where('holders.id', '=', holder),
						]),
					),
				}))
				.where('id', '=', id)
				.execute();
		}
	}
}
