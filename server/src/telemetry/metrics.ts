import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, register as processRegistry } from 'prom-client';
import type { EndedRequest } from '../domain/telemetry.ts';
import { BoundedNames } from './boundedNames.ts';

/** How many models have metrics of their own. The others share one, because each takes memory in every scrape. */
const maxModels = 100;

/** A model's response takes seconds to minutes, a list milliseconds. */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const groupBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** What is read when somebody asks for the metrics. */
export type GaugeSources = Record<
	| 'callsInFlight'
	| 'callsWaiting'
	| 'memoryInUse'
	| 'responsesWaitingForMemory'
	| 'writesWaiting'
	| 'paidResponsesWaiting',
	() => number
>;

const gauges: Record<keyof GaugeSources, [name: string, help: string]> = {
	callsInFlight: ['humanloop_calls_in_flight', 'Completion calls that are not over, with those that wait.'],
	callsWaiting: ['humanloop_calls_waiting', 'Requests that wait for another one with the same Idempotency-Key.'],
	memoryInUse: ['humanloop_memory_in_use_bytes', 'Memory that requests have reserved, of MAX_BYTES_IN_FLIGHT.'],
	responsesWaitingForMemory: ['humanloop_responses_waiting_for_memory', 'Parts of responses that wait for memory.'],
	writesWaiting: ['humanloop_writes_waiting', 'Writes that wait for the next commit.'],
	paidResponsesWaiting: ['humanloop_paid_responses_waiting', 'Paid responses that cannot be stored at the moment.'],
};

/** Of a budget, in US dollars. */
export type BudgetGauges = {
	id: string;
	kind: string;
	limit: number;
	spent: number;
	reserved: number;
	remaining: number;
};

const budgetGauges: ['limit' | 'spent' | 'reserved' | 'remaining', help: string][] = [
	['limit', 'US dollars that calls may cost in the period of a budget.'],
	['spent', 'US dollars that calls have cost in this period.'],
	['reserved', 'US dollars that calls which run could still cost.'],
	['remaining', 'US dollars that further calls may cost.'],
];

let isProcessMeasured = false;

/** The process has one memory and one event loop, however many servers run in it. */
function measureProcess(): void {
	if (!isProcessMeasured) collectDefaultMetrics();
	isProcessMeasured = true;
}

export type MetricsText = { contentType: string; text: string };

export type ModelLabels = { provider: string; model: string };

/** All metrics of one server. docs/metrics.md lists them. */
export class Metrics {
	readonly #registry = new Registry();
	readonly #models = new BoundedNames(maxModels);
	readonly #requests = this.#counter('http_requests_total', 'Requests to the API.', ['method', 'route', 'status']);
	readonly #requestSeconds = this.#histogram(
		'http_request_duration_seconds',
		'From the arrival of a request to the end of its response.',
		['method', 'route'],
		secondsBuckets,
	);
	readonly #rejections = this.#counter('rejections_total', 'Requests that were not carried out.', ['reason']);
	readonly #replays = this.#counter('replays_total', "Requests that got another request's response.", ['route']);
	readonly #reuses = this.#counter('reused_answers_total', 'Calls that got the answer of an earlier call.', ['route']);
	readonly #modelRequests = this.#counter('provider_requests_total', 'Requests to providers, with each retry.', [
		'provider',
		'model',
		'outcome',
	]);
	readonly #modelSeconds = this.#histogram(
		'provider_request_duration_seconds',
		'From the start of a request to a provider to the end of its response.',
		['provider', 'model'],
		secondsBuckets,
	);
	readonly #firstChunkSeconds = this.#histogram(
		'provider_time_to_first_chunk_seconds',
		'From the start of a streamed request to a provider to its first text.',
		['provider', 'model'],
		secondsBuckets,
	);
	readonly #retries = this.#counter('provider_retries_total', 'Requests to providers that were sent again.', [
		'provider',
		'model',
	]);
	readonly #fallbacks = this.#counter('fallbacks_total', 'Times that a call went on with a fallback.', [
		'provider',
		'fallback_provider',
		'error',
	]);
	readonly #tokens = this.#counter('tokens_total', 'Tokens that providers counted.', ['provider', 'model', 'type']);
	readonly #cost = this.#counter('cost_usd_total', 'US dollars that responses of models cost.', ['provider', 'model']);
	readonly #unpriced = this.#counter('unpriced_calls_total', 'Responses whose cost is not known.', [
		'provider',
		'model',
	]);
	readonly #commitSeconds = this.#histogram(
		'commit_duration_seconds',
		'How long a transaction took, with its write to the disk.',
		[],
		commitBuckets,
	);
	readonly #groupSizes = this.#histogram('commit_group_size', 'Writes in one transaction.', [], groupBuckets);
	readonly #writeErrors = this.#counter('database_write_errors_total', 'Writes to the database that failed.', ['kind']);
	readonly #exportErrors = this.#counter('span_export_errors_total', 'Exports of spans that failed.', []);

	constructor() {
		measureProcess();
	}

	/** Adds the metrics that are read when somebody asks for them. */
	watch(sources: GaugeSources): void {
		for (const [key, [name, help]] of Object.entries(gauges)) {
			const read = sources[key as keyof GaugeSources];
			new Gauge({
				name,
				help,
				registers: [this.#registry],
				collect() {
					this.set(read());
				},
			});
		}
	}

	/** Adds gauges of budgets. `read` says what they are now; it is called once for each scrape. */
	watchBudgets(read: () => Promise<BudgetGauges[]>): void {
		let latest: Promise<BudgetGauges[]> = Promise.resolve([]);
		for (const [name, help] of budgetGauges) {
			new Gauge({
				name: `humanloop_budget_${name}_usd`,
				help,
				labelNames: ['budget', 'kind'],
				registers: [this.#registry],
				async collect() {
					// The gauges of a scrape are collected in their order, before any of them waits.
					if (name === 'limit') latest = read();
					const budgets = await latest;
					this.reset();
					for (const { id, kind, ...amounts } of budgets) this.set({ budget: id, kind }, amounts[name]);
				},
			});
		}
	}

	/** The labels of a model: its own, or those of all others. */
	labelsOf(provider: string, model: string): ModelLabels {
		return { provider, model: this.#models.nameOf(model) };
	}

	requestEnded({ method, route, status, seconds, isReplay, isReuse, rejection }: EndedRequest): void {
		this.#requests.inc({ method, route, status });
		this.#requestSeconds.observe({ method, route }, seconds);
		if (isReplay) this.#replays.inc({ route });
		if (isReuse) this.#reuses.inc({ route });
		if (rejection !== undefined) this.#rejections.inc({ reason: rejection });
	}

	modelRequestEnded(labels: ModelLabels, outcome: string, seconds: number): void {
		this.#modelRequests.inc({ ...labels, outcome });
		this.#modelSeconds.observe(labels, seconds);
	}

	firstChunk(labels: ModelLabels, seconds: number): void {
		this.#firstChunkSeconds.observe(labels, seconds);
	}

	retried(labels: ModelLabels): void {
		this.#retries.inc(labels);
	}

	/** A model of the provider `from` failed, and one of `to` is asked. */
	fellBack(from: string, to: string, error: string): void {
		this.#fallbacks.inc({ provider: from, fallback_provider: to, error });
	}

	tokens(labels: ModelLabels, type: 'input' | 'output', count: number | undefined): void {
		if (count !== undefined) this.#tokens.inc({ ...labels, type }, count);
	}

	/** A response cost so many US dollars. null: not known. */
	charged(labels: ModelLabels, cost: number | null): void {
		if (cost === null) this.#unpriced.inc(labels);
		else this.#cost.inc(labels, cost);
	}

	committed(seconds: number, writes: number): void {
		this.#commitSeconds.observe(seconds);
		this.#groupSizes.observe(writes);
	}

	writeFailed(isTemporary: boolean): void {
		this.#writeErrors.inc({ kind: isTemporary ? 'temporary' : 'permanent' });
	}

	exportFailed(): void {
		this.#exportErrors.inc();
	}

	/** All metrics in the text format of Prometheus. */
	async read(): Promise<MetricsText> {
		const texts = await Promise.all([this.#registry.metrics(), processRegistry.metrics()]);
		return { contentType: this.#registry.contentType, text: texts.join('') };
	}

	#counter(name: string, help: string, labelNames: string[]): Counter {
		return new Counter({ name: `humanloop_${name}`, help, labelNames, registers: [this.#registry] });
	}

	#histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
		return new Histogram({ name: `humanloop_${name}`, help, labelNames, buckets, registers: [this.#registry] });
	}
}
