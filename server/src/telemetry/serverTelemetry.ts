import type { ArrivedCall, CallTelemetry, EndedRequest, Telemetry } from '../domain/telemetry.ts';
import { type BudgetGauges, type GaugeSources, Metrics, type MetricsText } from './metrics.ts';
import { errorTypeOf, ModelRequestRecorder } from './modelRequest.ts';
import type { Tracing } from './spans.ts';

/** Counts everything in metrics, and makes spans of calls if there is tracing. */
export class ServerTelemetry implements Telemetry {
	readonly #metrics: Metrics;
	readonly #tracing: Tracing | undefined;

	constructor(metrics: Metrics, tracing: Tracing | undefined) {
		this.#metrics = metrics;
		this.#tracing = tracing;
	}

	requestEnded(request: EndedRequest): void {
		this.#metrics.requestEnded(request);
	}

	startCall(call: ArrivedCall): CallTelemetry {
		const span = this.#tracing?.startCall(call);
		return {
			startModelRequest: (request) =>
				new ModelRequestRecorder(this.#metrics, request, span?.startModelRequest(request)),
			fellBack: (from, to, error) => {
				const type = errorTypeOf(error);
				this.#metrics.fellBack(from.provider, to.provider, type);
				span?.fellBack(from, to, type);
			},
			charged: ({ provider, model }, cost) => this.#metrics.charged(this.#metrics.labelsOf(provider, model), cost),
			ended: (request) => span?.ended(request),
		};
	}

	committed(seconds: number, writes: number): void {
		this.#metrics.committed(seconds, writes);
	}

	writeFailed(isTemporary: boolean): void {
		this.#metrics.writeFailed(isTemporary);
	}

	/** Adds metrics that are read when somebody asks for them. */
	watch(sources: GaugeSources): void {
		this.#metrics.watch(sources);
	}

	/** Adds the gauges of budgets, which `read` reads. */
	watchBudgets(read: () => Promise<BudgetGauges[]>): void {
		this.#metrics.watchBudgets(read);
	}

	/** All metrics as text. */
	metrics(): Promise<MetricsText> {
		return this.#metrics.read();
	}

	/** Sends the spans that are left, in a few seconds at most. Never throws. */
	async stop(): Promise<void> {
		await this.#tracing?.stop();
	}
}

/**
 * The telemetry of one server. Spans are made if `exportSpans` is true: nothing of OpenTelemetry is loaded otherwise.
 * `warn` tells the operator what is wrong later. `warnings` is what is wrong with the settings of the export.
 */
export async function createTelemetry(exportSpans: boolean, warn: (message: string) => void) {
	const metrics = new Metrics();
	const warnings: string[] = [];
	if (!exportSpans) return { telemetry: new ServerTelemetry(metrics, undefined), warnings };
	const { startTracing } = await import('./tracing.ts');
	const tracing = startTracing({
		warnOfSetting: (message) => warnings.push(message),
		warn,
		exportFailed: () => metrics.exportFailed(),
	});
	return { telemetry: new ServerTelemetry(metrics, tracing), warnings };
}
