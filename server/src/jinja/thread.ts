import { EngineThread } from './engineThread.ts';
import type { Job, Outcome } from './protocol.ts';

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
 * with the first job.
 */
export class JinjaThread {
	#engine: EngineThread | undefined;
	/** What starts each of the jobs that wait, in their order. */
	readonly #waiting = new Set<() => Promise<void>>();
	#isWorking = false;

	/**
	 * Does the job when all earlier ones are done, or not at all if they take too long. Throws if the thread cannot be
	 * started, or ends by itself. When the signal is aborted, throws its reason at once: a job that waits is forgotten
	 * then, and one that runs goes on without anybody.
	 */
	run(job: Job, signal?: AbortSignal): Promise<Outcome> {
		if (signal?.aborted) return Promise.reject(signal.reason as Error);
		const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
		const latest = performance.now() + maxWaitMs;
		const start = async () => {
			if (performance.now() > latest) resolve({ problem: { kind: 'busy', message: '' } });
			else await this.#runNow(job).then(resolve, reject);
		};
		const leave = () => {
			this.#waiting.delete(start);
			reject(signal?.reason as Error);
		};
		signal?.addEventListener('abort', leave);
		this.#waiting.add(start);
		void this.#work();
		return promise.finally(() => signal?.removeEventListener('abort', leave));
	}

	/** Runs what waits, and what comes meanwhile. */
	async #work(): Promise<void> {
		if (this.#isWorking) return;
		this.#isWorking = true;
		for (const start of this.#waiting) {
			this.#waiting.delete(start);
			await start();
		}
		this.#isWorking = false;
	}

	async #runNow(job: Job): Promise<Outcome> {
		const engine = await this.#usableEngine();
		const answer = await engine.answerTo(job, maxMs);
		if (answer === undefined || answer.isSpent) await this.#end(engine);
		return answer?.outcome ?? { problem: { kind: 'effort', message: '' } };
	}

	async #usableEngine(): Promise<EngineThread> {
		if (this.#engine !== undefined && !this.#engine.hasEnded) return this.#engine;
		const engine = new EngineThread();
		await engine.loaded();
		return (this.#engine = engine);
	}

	async #end(engine: EngineThread): Promise<void> {
		this.#engine = undefined;
		await engine.terminate();
	}
}
