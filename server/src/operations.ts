import type { FastifyInstance } from 'fastify';
import { remainingOf } from './domain/budget.ts';
import type { Budgets } from './domain/budgets/budgets.ts';
import type { Completions } from './domain/completions/createCompletion.ts';
import type { PaidCommits } from './domain/completions/paidCommits.ts';
import { fromNanos } from './domain/costs/cost.ts';
import type { Idempotency } from './domain/idempotency/idempotency.ts';
import type { MemoryLimit } from './domain/memory.ts';
import { databaseCheck, Readiness } from './domain/readiness.ts';
import type { Store } from './domain/store.ts';
import { addHealth } from './http/health.ts';
import { addMetrics } from './http/metrics.ts';
import { diskSpaceCheck } from './storage/diskSpace.ts';
import type { GroupCommit } from './storage/groupCommit.ts';
import type { ServerTelemetry } from './telemetry/serverTelemetry.ts';

/** Some of the options of the server, as app.ts describes them. */
type OperationsOptions = {
	dataDir: string;
	databaseUrl?: string | undefined;
	exposed?: boolean;
	metricsToken?: string | undefined;
	minFreeDiskBytes?: number;
	closeDelayMs?: number;
};

/** The parts of the server that those who run it can watch. */
type WatchedParts = {
	store: Store;
	budgets: Budgets;
	groupCommit: GroupCommit;
	commits: PaidCommits;
	completions: Completions;
	idempotency: Idempotency;
	memory: MemoryLimit;
};

/** Adds what those who run the server ask it: /healthz, /readyz and /metrics. Call this before other hooks on closing. */
export function addOperations(
	app: FastifyInstance,
	telemetry: ServerTelemetry,
	options: OperationsOptions,
	{ store, budgets, groupCommit, commits, completions, idempotency, memory }: WatchedParts,
): void {
	const minFreeBytes = options.minFreeDiskBytes ?? 100 * 1024 * 1024;
	// PostgreSQL watches its own disk.
	const diskChecks = options.databaseUrl === undefined ? [diskSpaceCheck(options.dataDir, minFreeBytes)] : [];
	const readiness = new Readiness(() => commits.problem, [...diskChecks, databaseCheck(store)]);
	addHealth(app, readiness, options.closeDelayMs ?? 0);
	telemetry.watch({
		callsInFlight: () => completions.inFlight,
		callsWaiting: () => idempotency.waiting,
		memoryInUse: () => memory.held,
		responsesWaitingForMemory: () => memory.waiting,
		writesWaiting: () => groupCommit.waiting,
		paidResponsesWaiting: () => commits.held,
	});
	telemetry.watchBudgets(async () =>
		(await budgets.amounts()).map((budget) => ({
			id: budget.id,
			kind: budget.kind,
			limit: fromNanos(budget.limitNanos),
			spent: fromNanos(budget.spentNanos),
			reserved: fromNanos(budget.reservedNanos),
			remaining: fromNanos(remainingOf(budget)),
		})),
	);
	const access = { token: options.metricsToken, isOpen: options.exposed !== true };
	addMetrics(app, access, () => telemetry.metrics());
}
