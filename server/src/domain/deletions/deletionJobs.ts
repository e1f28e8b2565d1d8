import { setTimeout as wait } from 'node:timers/promises';
import type { Deletion } from '../entities.ts';
import type { DeletedRows, SavedKey, Store, Writes } from '../store.ts';
import { Steps } from './steps.ts';

/** How many saved responses are looked at in one statement. */
const responsesPerStep = 50;

/** After a failure, and to find what another process has left: the time until the next look, in milliseconds. */
const pauseMs = 5_000;

/** How many rows a part of a job has deleted. The others are not told to anybody. */
type DeletedPart = Partial<DeletedRows & { others: number }>;

/** Another process has the job at the moment. */
class InUse extends Error {}

/** Carries out the requests to delete that are stored, one after the other, also those that another process has left. */
export class DeletionJobs {
	readonly #store: Store;
	readonly #report: (error: unknown) => void;
	readonly #now: () => number;
	readonly #closing = new AbortController();
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | undefined;
	#isAsked = false;

	/** `report` gets what went wrong; the job goes on later. `now` is the time of day in milliseconds. */
	constructor(store: Store, report: (error: unknown) => void, now: () => number) {
		this.#store = store;
		this.#report = report;
		this.#now = now;
	}

	/** Carries out what is stored, now and whenever another process has left something. */
	start(): void {
		this.wake();
		this.#timer = setInterval(() => this.wake(), pauseMs).unref();
	}

	/** Looks for stored requests, soon. */
	wake(): void {
		this.#isAsked = true;
		if (this.#closing.signal.aborted) return;
		this.#running ??= this.#run().finally(() => (this.#running = undefined));
	}

	/** Ends after the step that is running. The next start goes on. */
	async close(): Promise<void> {
		clearInterval(this.#timer);
		this.#closing.abort();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#closing;
		while (this.#isAsked && !signal.aborted) {
			this.#isAsked = false;
			try {
				const jobs = await this.#store.runningDeletions();
				for (const job of jobs) if (job.kind !== 'logs') await this.#carryOut(job, [job]);
				// Their logs are gone already, so going through the saved responses once is enough for all of them.
				const ofLogs = jobs.filter(({ kind }) => kind === 'logs');
				if (ofLogs[0] !== undefined) await this.#carryOut(ofLogs[0], ofLogs);
			} catch (error) {
				if (signal.aborted) return;
				this.#report(error);
			}
		}
	}

	/** Carries out a job, with which those in `done` are done. */
	async #carryOut(job: Deletion, done: Deletion[]): Promise<void> {
		try {
			await this.#deleteRows(job);
			await this.#deleteResponses(job);
			const { signal } = this.#closing;
			// Twice: the text must be gone before the job is done, and the name of the subject when it is. Going through the whole
			// search index would take too long for a few logs.
			await this.#store.scrub(job.kind !== 'logs', signal);
			const finishedAt = new Date(this.#now()).toISOString();
			await this.#store.write(async (writes) => {
				for (const { id } of done) await writes.finishDeletion(id, finishedAt);
			});
			await this.#store.scrub(false, signal);
		} catch (error) {
			if (!(error instanceof InUse)) throw error;
		}
	}

	/** A part of the job, in a transaction. Another process that has the job makes it wait for the next look. */
	async #part(writes: Writes, job: Deletion, work: () => Promise<DeletedPart>): Promise<number> {
		if (!(await writes.tryLock(job.id))) throw new InUse();
		const rows = await work();
		const total = (rows.logs ?? 0) + (rows.feedback ?? 0) + (rows.responses ?? 0);
		if (total > 0) await writes.countDeleted(job.id, rows);
		return total + (rows.others ?? 0);
	}

	async #deleteRows(job: Deletion): Promise<void> {
		const { kind, createdAt: storedUntil } = job;
		// The logs were deleted together with the request.
		if (kind === 'logs') return;
		const subject = job.subject as string;
		const steps = new Steps(this.#store, this.#closing.signal);
		if (kind === 'project') {
			const match = { projectId: subject };
			await steps.repeat((writes, size) => this.#part(writes, job, () => writes.deleteLogs(match, size)));
			const deleteRest = async (writes: Writes, size: number) => ({
				others: await writes.deleteRestOfProject(subject, size),
			});
			await steps.repeat((writes, size) => this.#part(writes, job, () => deleteRest(writes, size)));
			return;
		}
		if (kind === 'user') {
			const match = { user: subject, storedUntil };
			await steps.repeat((writes, size) => this.#part(writes, job, () => writes.deleteLogs(match, size)));
			await steps.repeat((writes, size) =>
				this.#part(writes, job, async () => ({ feedback: await writes.deleteFeedbackOf(subject, storedUntil, size) })),
			);
			return;
		}
		const sessionId = kind === 'session_id' ? subject : (await this.#store.sessionByReference(subject))?.id;
		if (sessionId === undefined) return;
		const match = { sessionId, storedUntil };
		await steps.repeat((writes, size) => this.#part(writes, job, () => writes.deleteLogs(match, size)));
		await this.#store.write((writes) => writes.deleteSession(sessionId, storedUntil));
	}

	/** Deletes the saved responses of logs that are not there any more, also those that were saved meanwhile. */
	async #deleteResponses(job: Deletion): Promise<void> {
		const { signal } = this.#closing;
		const user = job.kind === 'user' ? job.subject : null;
		let after: SavedKey | undefined;
		do {
			const startedAt = performance.now();
			const { found, next } = await this.#store.responsesToDelete(user, after, responsesPerStep, signal);
			if (found.length > 0) {
				const work = async (writes: Writes) => ({ responses: await writes.deleteResponses(found) });
				await this.#store.write((writes) => this.#part(writes, job, () => work(writes)));
			}
			after = next;
			await wait(performance.now() - startedAt, undefined, { signal });
		} while (after !== undefined);
	}
}
