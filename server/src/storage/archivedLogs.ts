import type { AddedLogs, ArchivedLog, ParentLink } from '../domain/archive.ts';
import { Feedback, Log } from '../domain/entities.ts';
import { codecOf } from './codec.ts';
import { checkStored } from './logs.ts';
import { addSessionProject, byPlace } from './sessions.ts';
import { sharedColumns } from './sharedValues.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database, References, Tables } from './tables.ts';

const { encode } = codecOf(Log);
const feedback = codecOf(Feedback);

type LogRow = Tables['logs'];
/** Of a stored log, what decides whether others can refer to it. */
type Known = Pick<LogRow, 'id' | 'parentId' | keyof References>;

const references = Object.keys(sharedColumns) as (keyof References)[];
const sharedNames = references.flatMap((reference) => [...sharedColumns[reference]]);

function toRow({ feedback: _, ...log }: ArchivedLog): LogRow {
	return encode(log);
}

async function knownLogs(db: Database, ids: string[]): Promise<Map<string, Known>> {
	if (ids.length === 0) return new Map();
	const rows = await db
		.selectFrom('logs')
		.select(['id', 'parentId', ...references])
		.where('id', 'in', ids)
		.execute();
	return new Map(rows.map((row) => [row.id, row]));
}

/** The logs that have values of others, with these values, as far as they are not among the rows. */
async function holdersOf(db: Database, rows: LogRow[]): Promise<Map<string, Partial<LogRow>>> {
	const holders = new Map<string, Partial<LogRow>>(rows.map((row) => [row.id, row]));
	const ids = rows.flatMap((row) => references.map((reference) => row[reference]));
	const others = [...new Set(ids)].filter((id): id is string => id !== null && !holders.has(id));
	if (others.length === 0) return holders;
	const stored = await db
		.selectFrom('logs')
		.select(['id', ...references, ...sharedNames])
		.where('id', 'in', others)
		.execute();
	for (const row of stored) holders.set(row.id, row);
	return holders;
}

/** The rows as they are stored together: a value is left out if the log that it belongs to has the same. */
function withoutSharedValues(rows: LogRow[], holders: Map<string, Partial<LogRow>>): LogRow[] {
	return rows.map((row) => {
		const stored = { ...row };
		for (const reference of references) {
			const holder = holders.get(row[reference] ?? '');
			const columns = sharedColumns[reference];
			const isHolder = holder !== undefined && holder.id !== row.id && holder[reference] === null;
			if (isHolder && columns.every((column) => holder[column] === row[column]))
				for (const column of columns) stored[column] = null;
			else stored[reference] = null;
		}
		return stored;
	});
}

async function insert(db: Database, logs: ArchivedLog[], rows: LogRow[]): Promise<number> {
	if (rows.length === 0) return 0;
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('logs')
		.values(rows)
		.onConflict((conflict) => conflict.doNothing())
		.executeTakeFirstOrThrow();
	const inserted = Number(numInsertedOrUpdatedRows);
	if (inserted < rows.length) await checkStored(db, logs);
	for (const log of byPlace(logs)) await addSessionProject(db, log);
	return inserted;
}

async function addFeedback(db: Database, logs: ArchivedLog[]): Promise<number> {
	const rows = logs.flatMap((log) => log.feedback.map((given) => feedback.encode(given)));
	if (rows.length === 0) return 0;
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('feedback')
		.values(rows)
		.onConflict((conflict) => conflict.doNothing())
		.executeTakeFirstOrThrow();
	return Number(numInsertedOrUpdatedRows);
}

/**
 * Stores logs, at most as many as fit into a statement, with their feedback. Those that are there stay as they are. Throws a
 * 422 that names a reference ID which another log has.
 */
export async function addArchivedLogs(db: Database, logs: ArchivedLog[]): Promise<AddedLogs> {
	const byId = new Map(logs.map((log) => [log.id, log]));
	const parents = logs.flatMap(({ parentId }) => parentId ?? []);
	const known = await knownLogs(db, [...new Set([...byId.keys(), ...parents])]);
	const isThere = ({ id, parentId }: ArchivedLog) =>
		parentId !== null && parentId !== id && (known.has(parentId) || byId.has(parentId));
	const fresh = [...byId.values()].filter(({ id }) => !known.has(id));
	const linked = fresh.map((log) => (isThere(log) ? log : { ...log, parentId: null }));
	const lacksParent = (log: ArchivedLog) =>
		log.parentId !== null && (known.has(log.id) ? known.get(log.id)?.parentId === null : !isThere(log));
	const rows = linked.map(toRow);
	return {
		logs: await insert(db, linked, withoutSharedValues(rows, await holdersOf(db, rows))),
		feedback: await addFeedback(db, linked),
		withoutParent: logs.filter(lacksParent).length,
	};
}

/** Gives logs without a parent theirs, as far as it is there. Returns how many are still without it. */
export async function addParents(db: Database, links: ParentLink[]): Promise<number> {
	const ids = [...new Set(links.flatMap(({ id, parentId }) => [id, parentId]))];
	const known = await knownLogs(db, ids);
	let missing = 0;
	for (const { id, parentId } of links) {
		const log = known.get(id);
		if (log === undefined || log.parentId !== null) continue;
		if (id === parentId || !known.has(parentId)) missing += 1;
		else await executeLater(db, db.updateTable('logs').set({ parentId }).where('id', '=', id).compile());
	}
	return missing;
}
