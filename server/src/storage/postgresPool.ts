import type pg from 'pg';
import { ConnectionLost, toConnectError, toDatabaseError } from './postgresErrors.ts';

/** PostgreSQL takes no longer message, and all values of a statement are in one. */
const maxMessageBytes = 2 ** 30 - 2 ** 20;

/** Throws for a statement that PostgreSQL cannot take. It would close the connection, which looks like a failure that passes. */
function checkLength(values: readonly unknown[]): void {
	const texts = values.filter((value) => typeof value === 'string');
	// No character takes more than 3 bytes for each of its UTF-16 code units.
	if (3 * texts.reduce((sum, text) => sum + text.length, 0) <= maxMessageBytes) return;
	const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	if (bytes > maxMessageBytes) throw new Error('the values are longer than PostgreSQL can take (1 GiB)');
}

/** PostgreSQL answers the commit of a transaction in which a statement has failed by taking it back, without an error. */
function checkCommitted(text: string, result: Result | undefined): void {
	if (text === 'commit' && result?.command !== 'COMMIT')
		throw new Error('the transaction was taken back, because one of its statements had failed');
}

type PoolOptions = {
	/** What the handle throws for an error of the database. By default, that error. */
	toError?: (error: unknown) => unknown;
	/** Stops what runs, and drops what waits. */
	signal?: AbortSignal | undefined;
	/** The pool whose connections stop statements: the one of the statement can be fully in use. */
	control?: pg.Pool;
	/** After so many milliseconds without an answer to a statement, the connection counts as lost. By default, never. */
	timeoutMs?: number;
};

/** How long PostgreSQL may take to stop a statement, in milliseconds. */
const cancelTimeoutMs = 10_000;

/** A statement with its time limit, which pg reads and its types lack. */
function withTimeout(text: string, values: readonly unknown[], timeoutMs: number | undefined): pg.QueryConfig {
	const statement = { text, values: values as unknown[] };
	return timeoutMs === undefined ? statement : Object.assign(statement, { query_timeout: timeoutMs });
}

function errorFor(error: unknown, { toError }: PoolOptions): unknown {
	return toError === undefined ? error : toError(error);
}

type Client = pg.PoolClient & { processID: number };
type Result = Pick<pg.QueryResult, 'command' | 'rowCount' | 'rows'>;

/** A connection of a pool, with the interface that Kysely's dialect expects. */
class PooledConnection {
	readonly #client: Client;
	readonly #options: PoolOptions;
	#lost: ConnectionLost | undefined;

	constructor(client: Client, options: PoolOptions) {
		this.#client = client;
		this.#options = options;
	}

	/** Of several statements, which cannot have values, returns the result of the last one. */
	async query(text: string, values: readonly unknown[]): Promise<Result | undefined> {
		checkLength(values);
		// A rollback would wait behind the statement that gets no answer.
		if (this.#lost !== undefined) throw errorFor(this.#lost, this.#options);
		try {
			const statement = withTimeout(text, values, this.#options.timeoutMs);
			const running: Promise<Result | Result[]> = this.#client.query(statement).catch((error: unknown) => {
				throw this.#noteLoss(toDatabaseError(error));
			});
			const results = await (this.#options.signal === undefined ? running : this.#unlessAborted(running));
			const result = Array.isArray(results) ? results.at(-1) : results;
			checkCommitted(text, result);
			return result;
		} catch (error) {
			throw errorFor(error, this.#options);
		}
	}

	#noteLoss(error: unknown): unknown {
		if (error instanceof ConnectionLost) this.#lost = error;
		return error;
	}

	/** A lost connection is closed, because nobody else can use it. */
	release(): void {
		this.#client.release(this.#lost !== undefined);
	}

	/** Does not return before the statement has ended or was stopped. Otherwise it could be the next one that is stopped. */
	async #unlessAborted<T>(running: Promise<T>): Promise<T> {
		const { signal, control } = this.#options;
		let stopping: Promise<unknown> | undefined;
		const stop = () => {
			const statement = withTimeout('select pg_cancel_backend($1)', [this.#client.processID], cancelTimeoutMs);
			stopping = control?.query(statement).catch(() => undefined);
		};
		signal?.addEventListener('abort', stop);
		try {
			return await running;
		} catch (error) {
			signal?.throwIfAborted();
			throw error;
		} finally {
			signal?.removeEventListener('abort', stop);
			await stopping;
		}
	}
}

/** A client for a pool. The library's own leaves its connection open if connecting failed, for example without a password. */
export function closingClient({ Client }: typeof pg): typeof pg.Client {
	class ClosingClient extends Client {
		override connect(): Promise<pg.Client>;
		override connect(callback: (error: Error) => void): void;
		override connect(callback?: (error: Error) => void): Promise<pg.Client> | void {
			// A pool always brings a callback.
			if (callback === undefined) return super.connect();
			super.connect((error: Error | null) => {
				if (error instanceof Error) this.end().catch(() => undefined);
				callback(error as Error);
			});
		}
	}
	return ClosingClient;
}

/** The connections of one handle of the dialect, for Kysely. */
export class PostgresPool {
	readonly options = {};
	readonly #pool: pg.Pool;
	readonly #options: PoolOptions;

	constructor(pool: pg.Pool, options: PoolOptions = {}) {
		this.#pool = pool;
		this.#options = options;
	}

	async connect(): Promise<PooledConnection> {
		const { signal } = this.#options;
		signal?.throwIfAborted();
		const connecting = this.#pool.connect();
		const client = await (signal === undefined ? connecting : unlessAborted(connecting, signal)).catch(
			(error: unknown) => {
				throw signal?.aborted === true ? signal.reason : errorFor(toConnectError(error), this.#options);
			},
		);
		return new PooledConnection(client as Client, this.#options);
	}

	async end(): Promise<void> {
		await this.#pool.end();
	}
}

/** The connection. If the signal is aborted before it is there, throws, and gives the connection back when it comes. */
async function unlessAborted(connecting: Promise<pg.PoolClient>, signal: AbortSignal): Promise<pg.PoolClient> {
	const aborted = Promise.withResolvers<never>();
	const abort = () => aborted.reject(signal.reason);
	signal.addEventListener('abort', abort);
	try {
		return await Promise.race([connecting, aborted.promise]);
	} catch (error) {
		if (signal.aborted) connecting.then((client) => client.release()).catch(() => undefined);
		throw error;
	} finally {
		signal.removeEventListener('abort', abort);
	}
}
