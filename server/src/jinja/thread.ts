import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Job, Outcome } from './protocol.ts';

/** The worker is a TypeScript file in the repository, and JavaScript in a package. */
const workerUrl = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/**
 * How long a job may take, in milliseconds. The engine counts instructions, and one of them can be long: sorting large
 * texts, for example.
 */
const maxMs = 2_000;

/** How long a job may wait for earlier ones, in milliseconds. Slow templates must not hold up the others for minutes. */
const maxWaitMs = 10_000;

/**
 * Jinja templates run in a thread of their own, one job after the other. What a template can do at worst is to end the
 * thread: its memory and its time are limited, and it reaches no file and no object of this process. The thread starts
 * with the first job, and keeps the process alive only while it works.
 */
export class JinjaThread {
	#worker: Worker | undefined;
	#last: Promise<unknown> = Promise.resolve();

	/**
	 * Does the job when all earlier ones are done, or not at all if they take too long. Throws if the thread cannot be
	 * started, or ends by itself.
	 */
	run(job: Job): Promise<Outcome> {
		const latest = performance.now() + maxWaitMs;
		const outcome = this.#last.then((): Outcome | Promise<Outcome> =>
			performance.now() > latest ? { problem: { kind: 'busy', message: '' } } : this.#runNow(job),
		);
		this.#last = outcome.catch(() => undefined);
		return outcome;
	}

	async #runNow(job: Job): Promise<Outcome> {
		const worker = (this.#worker ??= await start());
		const end = () => {
			this.#worker = undefined;
			return worker.terminate();
		};
		try {
			const answer = await answerTo(job, worker);
			if (answer === undefined || answer.isSpent) await end();
			return answer?.outcome ?? { problem: { kind: 'effort', message: '' } };
		} catch (error) {
			await end();
			throw error;
		}
	}
}

/** A thread that has loaded the engine. */
async function start(): Promise<Worker> {
	// Without the options of this process: some are only for its main file, and others load code that no thread needs.
	const worker = new Worker(workerUrl, { execArgv: [] });
	await once(worker, 'message');
	worker.unref();
	return worker;
}

/** What the thread answers. Undefined if it takes too long, and then it still works. Throws if it ends. */
async function answerTo(job: Job, worker: Worker): Promise<Answer | undefined> {
	const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
	// If this thread was busy itself, an answer that is here already comes before `setImmediate`.
	const timer = setTimeout(() => setImmediate(resolve, undefined), maxMs);
	const lost = (reason: unknown) => reject(new Error(`The thread for Jinja templates has ended: ${String(reason)}`));
	worker.once('message', resolve).once('error', lost).once('exit', lost).ref();
	try {
		worker.postMessage(job);
		return await promise;
	} finally {
		clearTimeout(timer);
		worker.off('message', resolve).off('error', lost).off('exit', lost).unref();
	}
}
