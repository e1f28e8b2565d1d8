import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

/*
 * PGlite is PostgreSQL in this process, with one session. This gives it a socket that takes any number of connections, as
 * PostgreSQL does. One connection at a time has the session, until it is outside of a transaction. The name of a database
 * is the name of a schema, which is made when it is first used.
 */

const sslRequest = 80877103;
const cancelRequest = 80877102;

function message(type: string, body: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length + 4);
	return Buffer.concat([Buffer.from(type), length, body]);
}

const greeting = Buffer.concat([
	message('R', Buffer.alloc(4)),
	message('S', Buffer.from('server_version\x0018.0\0')),
	message('S', Buffer.from('client_encoding\0UTF8\0')),
	message('K', Buffer.alloc(8, 1)),
	message('Z', Buffer.from('I')),
]);

/** The session, which one connection has at a time. */
class Session {
	readonly #engine: PGlite;
	readonly #waiting: (() => void)[] = [];
	#holder: Connection | undefined;
	#schema = '';

	constructor(engine: PGlite) {
		this.#engine = engine;
	}

	/** Runs messages that end with a request for an answer. Returns what the engine answers. */
	async run(connection: Connection, messages: Buffer): Promise<Uint8Array> {
		if (this.#holder !== connection) await this.#acquire(connection);
		const answer = await this.#engine.execProtocolRaw(messages, { syncToFs: false });
		// ReadyForQuery ends with the state of the transaction; I: there is none.
		if (answer.at(-1) === 'I'.charCodeAt(0)) this.#release();
		return answer;
	}

	/** The connection has ended, maybe in a transaction. */
	async end(connection: Connection): Promise<void> {
		if (this.#holder !== connection) return;
		await this.#engine.execProtocolRaw(message('Q', Buffer.from('rollback\0')), { syncToFs: false });
		this.#release();
	}

	async #acquire(connection: Connection): Promise<void> {
		if (this.#holder === undefined) this.#holder = connection;
		else await new Promise<void>((resolve) => this.#waiting.push(() => ((this.#holder = connection), resolve())));
		if (this.#schema === connection.schema) return;
		const { schema } = connection;
		await this.#engine.exec(`create schema if not exists "${schema}"; set search_path to "${schema}", public`);
		this.#schema = schema;
	}

	#release(): void {
		this.#holder = undefined;
		this.#waiting.shift()?.();
	}
}

/** One client. */
class Connection {
	schema = '';
	readonly #socket: Socket;
	readonly #session: Session;
	#bytes = Buffer.alloc(0);
	#batch: Buffer[] = [];
	#isStarted = false;
	#running: Promise<void> = Promise.resolve();
	/** Fulfilled when its socket is closed and it has left the session. */
	readonly ended: Promise<void>;

	constructor(socket: Socket, session: Session) {
		this.#socket = socket;
		this.#session = session;
		socket.on('data', (bytes) => {
			this.#bytes = Buffer.concat([this.#bytes, bytes]);
			while (this.#takeMessage());
		});
		socket.on('error', () => undefined);
		this.ended = new Promise<void>((resolve) => socket.on('close', () => resolve())).then(async () => {
			await this.#running;
			await session.end(this);
		});
	}

	#takeMessage(): boolean {
		const start = this.#isStarted ? 1 : 0;
		if (this.#bytes.length < start + 4) return false;
		const length = start + this.#bytes.readUInt32BE(start);
		if (this.#bytes.length < length) return false;
		const taken = this.#bytes.subarray(0, length);
		this.#bytes = this.#bytes.subarray(length);
		if (this.#isStarted) this.#take(taken);
		else this.#start(taken);
		return true;
	}

	#start(startup: Buffer): void {
		const version = startup.readUInt32BE(4);
		if (version === sslRequest) return void this.#socket.write('N');
		if (version === cancelRequest) return void this.#socket.end();
		const parameters = startup.subarray(8).toString().split('\0');
		this.schema = parameters[parameters.indexOf('database') + 1] as string;
		this.#isStarted = true;
		this.#socket.write(greeting);
	}

	#take(taken: Buffer): void {
		const type = String.fromCharCode(taken[0] as number);
		if (type === 'X') return void this.#socket.end();
		this.#batch.push(taken);
		// A statement without values, and the end of a statement with values.
		if (type !== 'Q' && type !== 'S') return;
		const batch = Buffer.concat(this.#batch);
		this.#batch = [];
		this.#running = this.#running.then(async () => {
			if (this.#socket.closed) return;
			this.#socket.write(await this.#session.run(this, batch));
		});
	}
}

/** PGlite with the extensions that the server needs. `dump` is a file with the data of an earlier one. */
export async function createPglite(dump?: string): Promise<PGlite> {
	const files = dump === undefined ? {} : { loadDataDir: new Blob([readFileSync(dump)]) };
	const engine = await PGlite.create({ extensions: { btree_gin, pg_trgm }, ...files });
	await engine.exec('create extension if not exists pg_trgm; create extension if not exists btree_gin');
	return engine;
}

/** Starts PGlite, from the files of an earlier one if there are some. Returns the address that databases' names go behind. */
export async function startPglite(dump: string | undefined): Promise<{ address: string; stop(): Promise<void> }> {
	const engine = await createPglite(dump);
	const session = new Session(engine);
	const open = new Map<Socket, Promise<void>>();
	const server = createServer((socket) => {
		const { ended } = new Connection(socket, session);
		open.set(socket, ended);
		void ended.finally(() => open.delete(socket));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	// It must not keep the test file running.
	server.unref();
	return {
		address: `postgres://tests@127.0.0.1:${(server.address() as AddressInfo).port}/`,
		async stop() {
			server.close();
			for (const socket of open.keys()) socket.destroy();
			// They may still use the engine, for example to end a transaction of a process that was killed.
			await Promise.all(open.values());
			// PGlite makes the status of its own end that of this process.
			const { exitCode } = process;
			await engine.close();
			process.exitCode = exitCode;
		},
	};
}
