import type { FastifyInstance } from 'fastify';
import { DeletionJobs } from './domain/deletions/deletionJobs.ts';
import { deleteOldLogs } from './domain/deletions/retention.ts';
import type { SavedResponses } from './domain/idempotency/savedResponses.ts';
import type { Store } from './domain/store.ts';

const hourMs = 60 * 60 * 1000;

/** Does the work when the server listens, because there can be much of it, and then every hour. */
function addHourly(app: FastifyInstance, failure: string, work: (signal: AbortSignal) => Promise<unknown>): void {
	const closing = new AbortController();
	let running: Promise<unknown> | undefined;
	const run = () => {
		running ??= work(closing.signal)
			.catch((error: unknown) => {
				if (!closing.signal.aborted) app.log.error({ err: error }, failure);
			})
			.finally(() => (running = undefined));
	};
	let timer: NodeJS.Timeout | undefined;
	app.addHook('onListen', async () => {
		run();
		timer = setInterval(run, hourMs).unref();
	});
	app.addHook('onClose', async () => {
		clearInterval(timer);
		closing.abort();
		await running;
	});
}

/** Deletes saved responses that are too old. */
export function addPurge(app: FastifyInstance, savedResponses: SavedResponses): void {
	addHourly(app, 'old responses could not be deleted', (signal) => savedResponses.purge(signal));
}

/** Deletes logs that are older than so many days, unless that is 0. `now` is the time of day in milliseconds. */
export function addRetention(app: FastifyInstance, store: Store, days: number, now: () => number): void {
	if (days === 0) return;
	addHourly(app, 'old logs could not be deleted; the server tries again in an hour', async (signal) => {
		const deleted = await deleteOldLogs(store, days, now(), signal);
		if (deleted > 0) app.log.info({ deleted_logs: deleted }, 'old logs were deleted');
	});
}

/** Carries out requests to delete what belongs to a user or a session, while the server listens. */
export function addDeletionJobs(app: FastifyInstance, store: Store, now: () => number): DeletionJobs {
	const report = (error: unknown) =>
		app.log.error({ err: error }, 'a deletion was broken off; the server goes on with it in a few seconds');
	const jobs = new DeletionJobs(store, report, now);
	app.addHook('onListen', async () => jobs.start());
	app.addHook('onClose', async () => jobs.close());
	return jobs;
}
