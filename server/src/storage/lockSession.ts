import type { Client, QueryResultRow } from 'pg';
import { isOutcomeUnknown, sqlStateOf, toDatabaseError } from './postgresErrors.ts';

/**
 * PostgreSQL notices within 15 seconds that the host of a replica has vanished, and then frees its locks. Without this it
 * takes two hours. An idle session must not be ended: it holds locks.
 */
const settings = {
	tcp_keepalives_idle: '5',
	tcp_keepalives_interval: '2',
	tcp_keepalives_count: '5',
	tcp_user_timeout: '15000',
	idle_session_timeout: '0',
};

/** After so many milliseconds without an answer, the connection counts as lost. */
const timeoutMs = 10_000;

const openText = `select extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000 as "upMs",
	${Object.keys(settings)
		.map((name, index) => `set_config('${name}', $${index + 1}, false)`)
		.join()}`;

const exchangeText = `select id::text, pg_try_advisory_lock(id) as locked from unnest($1::bigint[]) as id
	union all select null, pg_advisory_unlock(id) from unnest($2::bigint[]) as id`;

const holdersText = `select ((classid::bigint << 32) | objid::bigint)::text as id, pid from pg_locks
	where locktype = 'advisory' and objsubid = 1 and granted
	and database = (select oid from pg_database where datname = current_database())`;

/** Only what the session has: PostgreSQL logs a warning for each lock that it has not. */
const undoText = `select pg_advisory_unlock(id) from unnest($1::bigint[]) as id
	where id in (select (classid::bigint << 32) | objid::bigint from pg_locks
		where locktype = 'advisory' and objsubid = 1 and granted and pid = pg_backend_pid())`;

const livingText = 'select pid from pg_stat_activity where pid = any($1::int[])';

/** PostgreSQL refused a statement. The session goes on, with the locks that it had before. */
export class StatementRefused extends Error {}

function toSessionError(error: unknown): unknown {
	const endsSession = sqlStateOf(error) === undefined || isOutcomeUnknown(error);
	return endsSession ? error : new StatementRefused((error as Error).message, { cause: error });
}

/** A session of PostgreSQL that holds advisory locks. They end with it. */
export class LockSession {
	readonly #client: Client;
	/** How long the database server had run when the session began, in milliseconds. */
	readonly serverUpMs: number;
	/** Why the connection ended. Fulfilled when it has. */
	readonly ended: Promise<Error>;

	private constructor(client: Client, serverUpMs: number, ended: Promise<Error>) {
		this.#client = client;
		this.serverUpMs = serverUpMs;
		this.ended = ended;
	}

	/** Connects to the database at this address. */
	static async open(url: string): Promise<LockSession> {
		const { default: pg } = await import('pg');
		const client = new pg.Client({
			connectionString: url,
			application_name: 'humanloop-server locks',
			keepAlive: true,
			keepAliveInitialDelayMillis: 5_000,
			connectionTimeoutMillis: timeoutMs,
			query_timeout: timeoutMs,
		});
		let reason = new Error('the connection was closed');
		client.on('error', (error) => (reason = error));
		const ended = new Promise<Error>((resolve) => client.once('end', () => resolve(reason)));
		try {
			await client.connect();
			const { rows } = await client.query<{ upMs: string }>(openText, Object.values(settings));
			return new LockSession(client, Number(rows[0]?.upMs), ended);
		} catch (error) {
			void client.end().catch(() => undefined);
			throw toDatabaseError(error);
		}
	}

	/**
	 * Locks what is free of `wanted` and unlocks what it has of `unlocked`, in one statement. Returns what it locked. When it
	 * throws StatementRefused, it has neither.
	 */
	async exchange(wanted: string[], unlocked: string[]): Promise<Set<string>> {
		const rows = await this.#rows<{ id: string | null; locked: boolean }>(exchangeText, [wanted, unlocked]).catch(
			async (error: unknown) => {
				// The locks of a session outlive an error of the statement that took them.
				if (error instanceof StatementRefused) await this.#client.query(undoText, [[...wanted, ...unlocked]]);
				throw error;
			},
		);
		return new Set(rows.flatMap(({ id, locked }) => (id !== null && locked ? [id] : [])));
	}

	/** The process ID of the session that holds each lock. */
	async holders(): Promise<Map<string, number>> {
		const rows = await this.#rows<{ id: string; pid: number }>(holdersText);
		return new Map(rows.map(({ id, pid }) => [id, pid]));
	}

	/** Which of these sessions still exist, by process ID. */
	async living(pids: number[]): Promise<Set<number>> {
		if (pids.length === 0) return new Set();
		const rows = await this.#rows<{ pid: number }>(livingText, [pids]);
		return new Set(rows.map(({ pid }) => pid));
	}

	async #rows<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
		try {
			return (await this.#client.query<R>(text, values)).rows;
		} catch (error) {
			throw toSessionError(error);
		}
	}

	async close(): Promise<void> {
		await this.#client.end().catch(() => undefined);
	}
}
