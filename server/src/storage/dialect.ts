import type { Expression, Kysely, RawBuilder, SqlBool } from 'kysely';
import type { KeyLocks } from '../domain/idempotency/keyLocks.ts';
import type { Database, LogText } from './tables.ts';

/** For what is written in the SQL of one database, such as a migration. */
export type DialectName = 'sqlite' | 'postgres';

/**
 * An open database, and what differs between databases: the rest of storage/ is the same for all of them. A new database
 * is a file that returns one of these.
 */
export type Dialect = {
	name: DialectName;
	/**
	 * For short reads by key, on the path of a call. Sees what is committed, and never what a transaction in progress has
	 * written.
	 */
	reader: Database;
	/**
	 * For reads that may take long: lists, searches, records. They hold up neither `reader` nor `writer`. When the signal is
	 * aborted, a statement that waits is dropped, one that runs is stopped, and each throws the signal's reason.
	 */
	lists: (signal?: AbortSignal) => Database;
	/** For statements of their own. */
	writer: Database;
	/**
	 * Runs work that makes a transaction, one at a time. With `defers`, statements whose result nobody needs may be executed
	 * later than the work asks for them; see sqlite/executeLater.ts.
	 */
	connectWriter<T>(work: (db: Database) => Promise<T>, defers: boolean): Promise<T>;
	/** The writer without a time limit: for changes of the schema, and for copies of a whole database. */
	maintenance: Database;
	/** What is executed before and after a change of the schema. */
	maintenanceSettings?: { before: string; after: string };
	close(): Promise<void>;
	/**
	 * Connects, and locks Idempotency-Keys for all processes on the database. `report` tells the operator of lost
	 * connections. Undefined for a database of one process.
	 */
	keyLocks?: (report: (message: string, error?: unknown) => void) => KeyLocks & { close(): Promise<void> };
	/** Whether a write that failed with this error can succeed later: the disk was full, or another process held a lock. */
	isTemporary: (error: unknown) => boolean;
	/** Whether a transaction failed only because of another one at the same moment: repeated at once, it can succeed. */
	isConflict: (error: unknown) => boolean;
	/** Whether a transaction whose commit failed with this error may be committed nevertheless: the reply was lost. */
	isOutcomeUnknown: (error: unknown) => boolean;
	/**
	 * Which statement failed with this error, if it was one that the work of a transaction did not wait for: the one that
	 * begins the transaction, or another one.
	 */
	deferredFailure: (error: unknown) => 'begin' | 'other' | undefined;
	/**
	 * Whether the writer's next transactions wait for another process's lock as long as they may (the default), or hardly.
	 */
	setPatience(isPatient: boolean): void;
	/** The statements of a transaction with one savepoint at a time. */
	statements: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackToSavepoint', string>;
	/** The schema that tables without a schema in their names are in, for a database that has several. */
	currentSchema: (db: Kysely<unknown>) => Promise<string | undefined>;
	/** Makes other processes that change the schema wait until the transaction ends. */
	lockSchema: (db: Kysely<unknown>) => Promise<void>;
	/** Makes other transactions that lock the log wait until this one ends. */
	lockLog: (db: Database, id: string) => Promise<void>;
	/** Keeps other processes from what has that name, until the transaction ends. Returns false if one of them is at it. */
	tryLock: (db: Database, name: string) => Promise<boolean>;
	/**
	 * Removes what is left of deleted rows from the database's files; with `isThorough`, also from the search index. `write`
	 * runs work in a transaction. Does nothing where the database does so by itself.
	 */
	scrub: (
		write: <T>(work: (db: Database) => Promise<T>) => Promise<T>,
		isThorough: boolean,
		signal: AbortSignal,
	) => Promise<void>;
	/** Whether `output`, or a value of `inputs`, contains a text that `fold` returned; see search/searchText.ts. */
	logContains: (folded: string) => RawBuilder<SqlBool>;
	/** Whether a value of the JSON in a column contains a text that `fold` returned. */
	valuesContain: (column: Expression<unknown>, folded: string) => RawBuilder<SqlBool>;
	/** How many logs one statement may look at, so that other lists get their turn. */
	logsPerSearch: number;
	searchIndex: {
		/** Adds texts, in the transaction of `db`. */
		add(db: Database, texts: (LogText & { text: string })[]): Promise<void>;
		/**
		 * A select of the IDs of at most `limit` rows of `log_texts` whose text contains the folded one: of a project, or of
		 * all. It may include some of another project. Undefined if the index cannot say.
		 */
		rowsWith(
			db: Database,
			projectId: string | undefined,
			text: string,
			limit: number,
		): Promise<RawBuilder<unknown> | undefined>;
		/** `logContains` for `logs` with the columns `id`, `call_log_id`, `inputs` and `output`, if the index makes it faster. */
		logContains?: (folded: string) => RawBuilder<SqlBool>;
	};
	/** Whether the name of a project contains the text, in any case of any alphabet. */
	projectNameContains: (text: string) => Expression<SqlBool>;
};
