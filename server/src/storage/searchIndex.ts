import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { GroupCommit } from './groupCommit.ts';
import { inputsText, outputText, piecesOf } from './search/searchText.ts';
import { StoreUnavailable } from '../domain/apiError.ts';
import type { Dialect } from './dialect.ts';
import { FailedRows } from './failedRows.ts';
import { padded } from './statementSizes.ts';
import type { Database, LogText } from './tables.ts';

/*
 * The search index is filled after logs are stored, in small steps: indexing a text takes as long as the rest of a call.
 * A log is in `search_queue` until all of its text is in the index. A search looks at those logs one by one.
 */

/** How many logs one step reads at most. After the first ones, it reads those only whose texts it can add all. */
const maxLogs = 256;
const maxLongLogs = 64;
/** How many bytes of text one step reads, unless the first log has more. */
const maxBytes = 256 * 1024;
/** How many UTF-16 code units one step adds, unless the first log has many more. It takes about 20 ms. */
const maxAdded = 65_536;
/** Each step reads a log as a whole. A long one takes about so many, or the time would grow with the square of its length. */
const maxStepsOfLog = 8;

type Row = LogText & { inputs: string | null; output: string | null; callLogId: string | null };
type Queued = { id: number; logId: string; pieces: number };

/** Queued logs that take little memory together, oldest first, without rows of the queue that are to be left alone. */
async function nextQueued({ name }: Dialect, db: Database, without: number[], limit = maxLogs): Promise<Queued[]> {
	const rows = await db
		.selectFrom('searchQueue')
		.leftJoin('logs', 'logs.id', 'searchQueue.logId')
		.selectAll('searchQueue')
		.select(sql<number>`coalesce(octet_length(inputs), 0) + coalesce(octet_length(output), 0)`.as('bytes'))
		.$if(without.length > 0, (query) => query.where('searchQueue.id', 'not in', without))
		.orderBy('searchQueue.id')
		.limit(limit)
		// Another server on the same database takes other logs.
		.$if(name === 'postgres', (query) => query.forUpdate('searchQueue').skipLocked())
		.execute();
	let bytes = 0;
	return rows.filter((row, index) => {
		bytes += row.bytes;
		return index === 0 || bytes <= (index < maxLongLogs ? maxBytes : maxAdded);
	});
}

async function readRows({ name }: Dialect, db: Database, ids: string[]): Promise<Map<string, Row>> {
	const rows = await db
		.selectFrom('logs')
		.select(['id as logId', 'projectId', 'sessionId', 'source', 'createdAt', 'sampleIndex', 'callLogId'])
		.select(['inputs', 'output'])
		.where('id', 'in', padded(ids))
		.where('projectId', 'is not', null)
		// A request that deletes one of them waits, and then deletes its text too.
		.$if(name === 'postgres', (query) => query.forKeyShare())
		.execute();
	return new Map(rows.map((row) => [row.logId, { ...row, isCall: 0, projectId: row.projectId as string }]));
}

/** Those of the logs whose inputs other samples share. */
async function callsAmong(db: Database, ids: string[]): Promise<Set<string | null>> {
	const rows = await db
		.selectFrom('logs')
		.select('callLogId')
		.distinct()
		.where('callLogId', 'in', padded(ids))
		.execute();
	return new Set(rows.map(({ callLogId }) => callLogId));
}

type Text = LogText & { text: string };

/** The pieces of a log's text. The inputs of a call with several samples are pieces of their own. */
function textsOf({ inputs, output, callLogId: _, ...row }: Row, isCall: boolean): Text[] {
	const texts: Text[] = [];
	const add = (text: string, of: Partial<LogText>) => {
		if (text !== '') for (const piece of piecesOf(text)) texts.push({ ...row, ...of, text: piece });
	};
	if (isCall) {
		add(inputsText(inputs), { isCall: 1 });
		add(outputText(output), {});
	} else add(inputsText(inputs) + outputText(output), {});
	return texts;
}

/** Adds the next texts to the index. Returns whether there may be more. */
export async function addNext(dialect: Dialect, db: Database, without: number[] = []): Promise<boolean> {
	return addQueued(dialect, db, await nextQueued(dialect, db, without));
}

async function addQueued(dialect: Dialect, db: Database, queued: Queued[]): Promise<boolean> {
	if (queued.length === 0) return false;
	const ids = queued.map(({ logId }) => logId);
	const rows = await readRows(dialect, db, ids);
	const calls = await callsAmong(db, ids);
	const texts: Text[] = [];
	let room = maxAdded;
	const done: number[] = [];
	for (const { id, logId, pieces } of queued) {
		const row = rows.get(logId);
		// A log that is not there was deleted.
		const all = row === undefined ? [] : textsOf(row, calls.has(logId));
		if (texts.length === 0) room = Math.max(room, all.reduce((sum, { text }) => sum + text.length, 0) / maxStepsOfLog);
		const wanted = all.slice(pieces);
		const fitting = wanted.filter(
			({ text }, index) => (room -= text.length) >= 0 || (texts.length === 0 && index === 0),
		);
		texts.push(...fitting);
		if (fitting.length === wanted.length) done.push(id);
		else {
			await db
				.updateTable('searchQueue')
				.set({ pieces: pieces + fitting.length })
				.where('id', '=', id)
				.execute();
			break;
		}
	}
	if (texts.length > 0) await dialect.searchIndex.add(db, texts);
	if (done.length > 0) await db.deleteFrom('searchQueue').where('id', 'in', padded(done)).execute();
	return true;
}

/** After a log was stored, more may follow: they share one step. In milliseconds. */
const defaultDelayMs = 500;

/** Fills the search index while the server runs. Rests as long as it works, so that calls are not held up. */
export class SearchIndexer {
	readonly #dialect: Dialect;
	readonly #groupCommit: GroupCommit;
	readonly #report: (error: unknown) => void;
	readonly #delayMs: number;
	readonly #closing = new AbortController();
	readonly #failed = new FailedRows();
	#running: Promise<void> | undefined;
	#isAsked = false;

	/** `report` gets what went wrong, at most once an hour. A log that cannot be indexed stays in the queue until then. */
	constructor(
		dialect: Dialect,
		groupCommit: GroupCommit,
		report: (error: unknown) => void,
		delayMs: number = defaultDelayMs,
	) {
		this.#dialect = dialect;
		this.#groupCommit = groupCommit;
		this.#report = report;
		this.#delayMs = delayMs;
	}

	/** Indexes what is queued, soon. */
	wake(): void {
		this.#isAsked = true;
		if (this.#closing.signal.aborted) return;
		this.#running ??= this.#run().finally(() => (this.#running = undefined));
	}

	/** Ends after the step that is running. The rest stays in the queue. */
	async close(): Promise<void> {
		this.#closing.abort();
		await this.#running;
	}

	/** Fulfilled when all logs are in the index that were stored before. */
	async idle(): Promise<void> {
		while (this.#running !== undefined) await this.#running;
	}

	async #run(): Promise<void> {
		while (this.#isAsked && (await this.#pause(this.#delayMs))) {
			this.#isAsked = false;
			let hasMore = true;
			while (hasMore) {
				const start = performance.now();
				hasMore = await this.#step();
				if (hasMore && !(await this.#pause(performance.now() - start))) return;
			}
		}
	}

	async #step(): Promise<boolean> {
		if (this.#failed.isFull) return false;
		try {
			return await this.#write((db) => addNext(this.#dialect, db, this.#failed.ids));
		} catch (error) {
			return this.#isLasting(error) && this.#addFirst();
		}
	}

	/** Tries the first log alone. If it fails, the next steps leave it alone, so that the others do not wait for it. */
	async #addFirst(): Promise<boolean> {
		let first: Queued | undefined;
		try {
			return await this.#write(async (db) => {
				const queued = await nextQueued(this.#dialect, db, this.#failed.ids, 1);
				first = queued[0];
				return addQueued(this.#dialect, db, queued);
			});
		} catch (error) {
			if (!this.#isLasting(error) || first === undefined) return false;
			this.#failed.add(first.id);
			return true;
		}
	}

	#write(work: (db: Database) => Promise<boolean>): Promise<boolean> {
		return this.#groupCommit.write(work, false);
	}

	/** Reports an error that would come again. */
	#isLasting(error: unknown): boolean {
		// Another process holds the lock, or the disk is full. The next log that is stored wakes the indexer again.
		if (error instanceof StoreUnavailable) return false;
		if (this.#failed.isNews()) this.#report(error);
		return true;
	}

	/** Returns false if the indexer is to end. */
	async #pause(ms: number): Promise<boolean> {
		const { signal } = this.#closing;
		await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
		return !signal.aborted;
	}
}
