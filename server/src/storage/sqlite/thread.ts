import { extname } from 'node:path';
import { type MessagePort, MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { StatementSender } from './batches.ts';
import type { Result, Statement } from './connection.ts';
import { type Answer, type Batch, flag, type ThreadData } from './protocol.ts';

/** The worker is a TypeScript file in the repository, and JavaScript in a package. */
const workerUrl = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** A thread of the database has ended, for example because it ran out of memory, and its transaction with it. */
export class ThreadLost extends Error {
	readonly isOutOfMemory: boolean;

	constructor(reason: string, isOutOfMemory = false) {
		super(`a thread of the database ended: ${reason}`);
		this.name = 'ThreadLost';
		this.isOutOfMemory = isOutOfMemory;
	}
}

/** A connection to a database file in a thread of its own. The thread keeps the process alive only while it works. */
export class SqliteThread {
	readonly #worker: Worker;
	readonly #port: MessagePort;
	readonly #flags = new Int32Array(new SharedArrayBuffer(8));
	readonly #sender = new StatementSender();
	readonly #ended: Promise<void>;
	#running: PromiseWithResolvers<Result> | undefined;
	#lost: ThreadLost | undefined;

	/** Starts the thread. It opens the file when it is first used. */
	constructor(file: string, busyTimeoutMs: number) {
		const { port1, port2 } = new MessageChannel();
		const workerData: ThreadData = { file, busyTimeoutMs, port: port2, flags: this.#flags };
		// Without the options of this process: some are only for its main file, and others load code that no thread needs.
		this.#worker = new Worker(workerUrl, { workerData, transferList: [port2], execArgv: [] });
		this.#worker.unref();
		this.#port = port1;
		this.#port.on('message', (answer: Answer) => this.#receive(answer)).unref();
		this.#worker.on('error', (error: NodeJS.ErrnoException) => {
			this.#lost = new ThreadLost(error.message, error.code === 'ERR_WORKER_OUT_OF_MEMORY');
		});
		this.#ended = new Promise((resolve) => {
			this.#worker.on('exit', (code) => {
				this.#lose(code);
				resolve();
			});
		});
	}

	/** Whether the thread has ended. All its statements fail. */
	get isLost(): boolean {
		return this.#lost !== undefined;
	}

	/**
	 * Executes the statements, up to the first that fails, and returns the result of the last one. The caller must wait for
	 * this before it executes more. Throws SQLite's error, ThreadLost, or the signal's reason if that is aborted. In each
	 * case nothing is executed any more when it throws.
	 */
	async execute(statements: readonly Statement[], signal?: AbortSignal): Promise<Result> {
		if (this.#lost !== undefined) throw this.#lost;
		signal?.throwIfAborted();
		const running = Promise.withResolvers<Result>();
		this.#running = running;
		Atomics.store(this.#flags, flag.cancel, 0);
		const cancel = () => this.cancel();
		signal?.addEventListener('abort', cancel);
		this.#worker.ref();
		try {
			this.#sender.send(statements, (sent) => this.#send(sent));
			return await running.promise;
		} catch (error) {
			signal?.throwIfAborted();
			throw error;
		} finally {
			signal?.removeEventListener('abort', cancel);
			this.#worker.unref();
		}
	}

	/** Makes what is executed fail, at the next row that it returns or searches. */
	cancel(): void {
		Atomics.store(this.#flags, flag.cancel, 1);
	}

	/** Fulfilled when the connection is closed and the thread has ended. */
	async close(): Promise<void> {
		this.#worker.ref();
		if (this.#lost === undefined) this.#send(null);
		await this.#ended;
	}

	#send(batch: Batch): void {
		this.#port.postMessage(batch);
		Atomics.store(this.#flags, flag.wake, 1);
		Atomics.notify(this.#flags, flag.wake);
	}

	#receive(answer: Answer): void {
		const running = this.#running;
		this.#running = undefined;
		if ('error' in answer) running?.reject(Object.assign(new Error(answer.error.message), answer.error));
		else running?.resolve(answer.result);
	}

	#lose(exitCode: number): void {
		this.#lost ??= new ThreadLost(`exit code ${exitCode}`);
		// What it answered before it ended counts.
		const received = receiveMessageOnPort(this.#port) as { message: Answer } | undefined;
		if (received !== undefined) this.#receive(received.message);
		this.#running?.reject(this.#lost);
		this.#running = undefined;
		this.#port.close();
	}
}
