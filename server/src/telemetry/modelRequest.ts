import { ApiError, errorType, isClientClosedRequest } from '../domain/apiError.ts';
import type { ResponseReport } from '../domain/provider.ts';
import type { ModelRequest, ModelRequestTelemetry } from '../domain/telemetry.ts';
import type { Metrics, ModelLabels } from './metrics.ts';
import type { ModelSpan } from './spans.ts';

/** The type of an error, as the API's errors name it. A caller that disconnected has a name of its own. */
export function errorTypeOf(error: unknown): string {
	if (isClientClosedRequest(error)) return 'client_closed_request';
	return errorType(error instanceof ApiError ? error.status : 500);
}

/** Measures one request to a model, and each of its retries. */
export class ModelRequestRecorder implements ModelRequestTelemetry {
	readonly #metrics: Metrics;
	readonly #labels: ModelLabels;
	readonly #isStream: boolean;
	readonly #span: ModelSpan | undefined;
	/** A reading of `performance.now()`. Undefined while nothing is on its way. */
	#sentAt: number | undefined;

	constructor(metrics: Metrics, { provider, model, isStream }: ModelRequest, span: ModelSpan | undefined) {
		this.#metrics = metrics;
		this.#labels = metrics.labelsOf(provider, model);
		this.#isStream = isStream;
		this.#span = span;
	}

	sent(): void {
		this.#sentAt = performance.now();
	}

	responded(): void {
		if (!this.#isStream || this.#sentAt === undefined) return;
		const seconds = (performance.now() - this.#sentAt) / 1000;
		this.#metrics.firstChunk(this.#labels, seconds);
		this.#span?.firstChunk(seconds);
	}

	retrying(error: unknown, pauseMs: number): void {
		const type = errorTypeOf(error);
		this.#ended(type);
		this.#metrics.retried(this.#labels);
		this.#span?.retrying(type, pauseMs);
	}

	succeeded(response: ResponseReport): void {
		this.#ended('success');
		this.#metrics.tokens(this.#labels, 'input', response.promptTokens);
		this.#metrics.tokens(this.#labels, 'output', response.generationTokens);
		this.#span?.succeeded(response);
	}

	failed(error: unknown): void {
		const type = errorTypeOf(error);
		this.#ended(type);
		this.#span?.failed(type);
	}

	#ended(outcome: string): void {
		if (this.#sentAt === undefined) return;
		this.#metrics.modelRequestEnded(this.#labels, outcome, (performance.now() - this.#sentAt) / 1000);
		this.#sentAt = undefined;
	}
}
