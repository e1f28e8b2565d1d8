import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Job } from './protocol.ts';

/** The worker is a TypeScript file in the repository, and JavaScript in a package. */
const workerUrl = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** One thread with the engine, which does one job at a time. It keeps the process alive only while it works. */
export class EngineThread {
	// Without the options of this process: some are only for its main file, and others load code that no thread needs.
	readonly #worker = new Worker(workerUrl, { execArgv: [] });
	/** The next message of the thread: null when it has loaded, and its answers after that. Undefined: it takes too long. */
	#next = Promise.withResolvers<Answer | null | undefined>();
	#hasEnded = false;

	constructor() {
		const end = (reason: unknown) => {
			this.#hasEnded = true;
			this.#next.reject(new Error(`The thread for Jinja templates has ended: ${String(reason)}`, { cause: reason }));
		};
		// They stay as long as the thread, also while it has nothing to do: an error without a listener ends the process.
		this.#worker.on('message', (message: Answer | null) => this.#next.resolve(message));
		this.#worker.on('error', end).on('exit', end);
	}

	/** Whether it has ended and can do no job any more. */
	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	/** Fulfilled when it can do its first job. Throws if it ends before. */
	async loaded(): Promise<void> {
		await this.#next.promise;
		this.#worker.unref();
	}

	/** What it answers. Undefined if that takes longer than so many milliseconds, and then it still works. Throws if it ends. */
	async answerTo(job: Job, maxMs: number): Promise<Answer | undefined> {
		this.#next = Promise.withResolvers();
		const { promise, resolve } = this.#next;
		// If this thread was busy itself, an answer that is here already comes before `setImmediate`.
		const timer = setTimeout(() => setImmediate(resolve, undefined), maxMs);
		this.#worker.ref();
		try {
			this.#worker.postMessage(job);
			return (await promise) ?? undefined;
		} finally {
			clearTimeout(timer);
			this.#worker.unref();
		}
	}

	async terminate(): Promise<void> {
		await this.#worker.terminate();
	}
}
