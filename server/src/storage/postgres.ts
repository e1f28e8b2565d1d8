import {
	ColumnDefinitionNode,
	type DataTypeNode,
	Kysely,
	PostgresDialect,
	type PostgresPool as KyselyPool,
	PostgresQueryCompiler,
	sql,
} from 'kysely';
import type pg from 'pg';
import { AdvisoryLocks } from './advisoryLocks.ts';
import type { Dialect } from './dialect.ts';
import { LockSession } from './lockSession.ts';
import { camelCase, toSnakeCase, toStored } from './names.ts';
import { isConflict, isOutcomeUnknown, isTemporary, toReadError } from './postgresErrors.ts';
import { closingClient, PostgresPool } from './postgresPool.ts';
import {
	addTexts,
	indexedLogContains,
	logContains,
	projectNameContains,
	rowsWithText,
	valuesContain,
} from './postgresSearch.ts';
import type { Database, Tables } from './tables.ts';

/** How long a connection may take to be made, and how long a read waits for a free one, in milliseconds. */
const connectTimeoutMs = 10_000;

/**
 * How long a statement may take until its connection counts as lost, in milliseconds: a network that drops packets reports
 * nothing for a quarter of an hour. Look-ups by key take milliseconds. A list that searches can take long, and a statement
 * of the writer can also wait for a lock.
 */
const readTimeoutMs = 10_000;
const listTimeoutMs = 60_000;
const writeTimeoutMs = 30_000;

/** The first part of the keys of our advisory locks: other programs on the same database have other ones. */
const lockClass = 0x68_75_6d_61;
const schemaLock = 1;
/** The first part of the keys of the locks that have a name. */
const namedLocks = 0x68_75_6d_63;

/** How long a transaction without patience waits for a lock, in milliseconds. */
const shortLockTimeoutMs = 50;

/** Time limits of a role or a database are for people's queries. A transaction that stores a paid answer has its own. */
const noTimeouts = 'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0';

/** What is acknowledged is on the disk, also where the database's default is not to wait for that. */
const durableCommit =
	"select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'";

/** Text is compared and ordered byte by byte, as in SQLite, and not as the database's locale says. */
class SnakeCaseCompiler extends PostgresQueryCompiler {
	protected override sanitizeIdentifier(identifier: string): string {
		return super.sanitizeIdentifier(toSnakeCase(identifier));
	}

	protected override addParameter(parameter: unknown): void {
		super.addParameter(toStored(parameter));
	}

	protected override visitDataType(node: DataTypeNode): void {
		super.visitDataType(node);
		const isColumn = this.parentNode !== undefined && ColumnDefinitionNode.is(this.parentNode);
		if (isColumn && node.dataType === 'text') this.append(' collate "C"');
	}
}

class SnakeCaseDialect extends PostgresDialect {
	override createQueryCompiler() {
		return new SnakeCaseCompiler();
	}
}

function databaseOn(pool: PostgresPool): Database {
	// Kysely's type also has cursors, which are not used.
	const dialect = new SnakeCaseDialect({ pool: pool as unknown as KyselyPool });
	return new Kysely<Tables>({ dialect, plugins: [camelCase] });
}

/**
 * How many connections each handle has, beside the one for the locks of Idempotency-Keys. Lists can take long, so they never
 * take those of the look-ups.
 */
function share(poolSize: number) {
	const [writer, locks] = [1, 1];
	const reader = Math.ceil((poolSize - writer - locks) / 2);
	return { writer, reader, lists: poolSize - writer - locks - reader };
}

/** PostgreSQL's number for its type bigint. */
const int8 = 20;

/** PostgreSQL's bigint as a number: counts, and integers that are within what JavaScript holds exactly. */
function typesOf({ types }: typeof pg): pg.CustomTypesConfig {
	const getTypeParser = (oid: number, format?: 'text' | 'binary') =>
		oid === int8 ? Number : (types.getTypeParser as (oid: number, format?: string) => unknown)(oid, format);
	return { getTypeParser: getTypeParser as pg.CustomTypesConfig['getTypeParser'] };
}

/**
 * Opens a PostgreSQL database with at most `poolSize` connections (4 or more). A statement of a transaction waits at most
 * `lockTimeoutMs` milliseconds for another transaction's lock. The first connection is made when one is needed.
 */
export async function openPostgres(url: string, poolSize: number, lockTimeoutMs: number): Promise<Dialect> {
	// Those who use SQLite do not load it.
	const { default: library } = await import('pg');
	const sizes = share(poolSize);
	const createPool = (handle: keyof typeof sizes) => {
		const pool = new library.Pool({
			Client: closingClient(library),
			connectionString: url,
			max: sizes[handle],
			connectionTimeoutMillis: connectTimeoutMs,
			keepAlive: true,
			keepAliveInitialDelayMillis: connectTimeoutMs,
			application_name: `humanloop-server ${handle}`,
			types: typesOf(library),
		});
		// The statement on a broken connection fails, and the next one gets another connection.
		const ignore = () => undefined;
		pool.on('error', ignore);
		pool.on('connect', (client) => {
			client.on('error', ignore);
			// Compiling a list's statement takes 200 ms, and executing it a few.
			client.query('set jit = off').catch(ignore);
		});
		return pool;
	};
	const pools = { reader: createPool('reader'), lists: createPool('lists'), writer: createPool('writer') };
	const listOptions = { toError: toReadError, timeoutMs: listTimeoutMs };
	const lists = databaseOn(new PostgresPool(pools.lists, listOptions));
	const writer = databaseOn(new PostgresPool(pools.writer, { timeoutMs: lockTimeoutMs + writeTimeoutMs }));
	let isPatient = true;
	return {
		name: 'postgres',
		reader: databaseOn(new PostgresPool(pools.reader, { toError: toReadError, timeoutMs: readTimeoutMs })),
		lists: (signal) =>
			signal === undefined
				? lists
				: databaseOn(new PostgresPool(pools.lists, { ...listOptions, control: pools.reader, signal })),
		writer,
		connectWriter: (work) => writer.connection().execute(work),
		deferredFailure: () => undefined,
		maintenance: databaseOn(new PostgresPool(pools.writer)),
		async close() {
			await Promise.all(Object.values(pools).map((pool) => pool.end()));
		},
		keyLocks: (report) => new AdvisoryLocks(() => LockSession.open(url), report),
		isTemporary,
		isConflict,
		isOutcomeUnknown,
		setPatience(value) {
			isPatient = value;
		},
		statements: {
			get begin() {
				const timeoutMs = isPatient ? lockTimeoutMs : Math.min(lockTimeoutMs, shortLockTimeoutMs);
				return `begin isolation level read committed; set local lock_timeout = ${timeoutMs}; ${noTimeouts}; ${durableCommit}`;
			},
			commit: 'commit',
			rollback: 'rollback',
			savepoint: 'savepoint job',
			release: 'release savepoint job',
			rollbackToSavepoint: 'rollback to savepoint job',
		},
		async currentSchema(db) {
			const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db);
			return rows[0]?.schema ?? undefined;
		},
		async lockSchema(db) {
			await sql.raw(`set local lock_timeout = 0; ${noTimeouts}`).execute(db);
			await sql`select pg_advisory_xact_lock(${lockClass}::integer, ${schemaLock}::integer)`.execute(db);
		},
		async lockLog(db, id) {
			await db.selectFrom('logs').select('id').where('id', '=', id).forNoKeyUpdate().execute();
		},
		async tryLock(db, name) {
			const { rows } = await sql<{ locked: boolean }>`
				select pg_try_advisory_xact_lock(${namedLocks}::integer, hashtext(${name})) as locked
			`.execute(db);
			return rows[0]?.locked === true;
		},
		// PostgreSQL's autovacuum does this.
		scrub: async () => undefined,
		logContains,
		valuesContain,
		// PostgreSQL runs in another process, so a statement holds up nobody here. It must only end at some time.
		logsPerSearch: 5_000,
		searchIndex: { add: addTexts, rowsWith: rowsWithText, logContains: indexedLogContains },
		projectNameContains,
	};
}
