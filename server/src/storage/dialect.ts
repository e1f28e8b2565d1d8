import type { Expression, SqlBool } from 'kysely';
import type { Database } from './tables.ts';

/**
 * An open database, and what differs between databases: the rest of storage/ is the same for all of them. A new database
 * is a file that returns one of these.
 */
export type Dialect = {
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
	/** For transactions, one at a time. */
	writer: Database;
	close(): Promise<void>;
	/** Whether a write that failed with this error can succeed later: the disk was full, or another process held a lock. */
	isTemporary: (error: unknown) => boolean;
	/**
	 * Whether the writer's next transactions wait for another process's lock as long as they may (the default), or hardly.
	 */
	setPatience(isPatient: boolean): void;
	/** The statements of a transaction with one savepoint at a time. */
	statements: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackToSavepoint', string>;
	/** Whether the output of a log, or a value of its inputs, contains the text, in any case of any alphabet. */
	logContains: (text: string) => Expression<SqlBool>;
	/** How many logs one statement may search, so that other lists get their turn. */
	logsPerSearch: number;
	/** Whether the name of a project contains the text, in any case of any alphabet. */
	projectNameContains: (text: string) => Expression<SqlBool>;
	/** Whether a log is of a project, without the index by project: for queries that another index answers faster. */
	isOfProjectWithoutIndex: (projectId: string) => Expression<SqlBool>;
};
