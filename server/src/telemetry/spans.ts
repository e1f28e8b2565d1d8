import {
	type Attributes,
	type Context,
	propagation,
	ROOT_CONTEXT,
	type Span,
	SpanKind,
	SpanStatusCode,
	trace,
	type Tracer,
} from '@opentelemetry/api';
import { errorType } from '../domain/apiError.ts';
import type { ResponseReport } from '../domain/provider.ts';
import type { ArrivedCall, EndedRequest, ModelRequest } from '../domain/telemetry.ts';

/*
 * The names of attributes follow OpenTelemetry's conventions for HTTP and for generative AI. The latter are still in
 * development, so the names are written out here, and do not change with a library.
 */

/** What the conventions call providers that a config names differently. */
const providerNames: Record<string, string> = {
	openai_azure: 'azure.ai.openai',
	bedrock: 'aws.bedrock',
	google: 'gcp.gemini',
};

type Model = Pick<ModelRequest, 'provider' | 'model'>;

/** Those that have a value. */
function present(attributes: Attributes): Attributes {
	return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** Messages of errors are left out: providers quote prompts in them. */
function fail(span: Span, errorType: string): void {
	span.setAttribute('error.type', errorType);
	span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The span of one request to a model. Its retries are events. */
export class ModelSpan {
	readonly #span: Span;

	constructor(tracer: Tracer, parent: Context, request: ModelRequest) {
		const { provider, model, operation, samples, projectName, sessionId } = request;
		const attributes = present({
			'gen_ai.operation.name': operation,
			'gen_ai.provider.name': providerNames[provider] ?? provider,
			'gen_ai.request.model': model,
			'gen_ai.request.choice.count': samples === 1 ? undefined : samples,
			'gen_ai.prompt.name': projectName,
			'gen_ai.conversation.id': sessionId,
		});
		this.#span = tracer.startSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT, attributes }, parent);
	}

	/** After that many seconds, the first text of a stream is there. */
	firstChunk(seconds: number): void {
		this.#span.setAttribute('gen_ai.response.time_to_first_chunk', seconds);
	}

	retrying(errorType: string, pauseMs: number): void {
		this.#span.addEvent('retry', { 'error.type': errorType, 'humanloop.retry.pause': pauseMs / 1000 });
	}

	succeeded(response: ResponseReport): void {
		this.#span.setAttributes(
			present({
				'gen_ai.response.model': response.model,
				'gen_ai.response.finish_reasons': response.finishReasons,
				'gen_ai.usage.input_tokens': response.promptTokens,
				'gen_ai.usage.output_tokens': response.generationTokens,
				'gen_ai.usage.cache_read.input_tokens': response.cachedPromptTokens,
				'gen_ai.usage.reasoning.output_tokens': response.reasoningTokens,
			}),
		);
		this.#span.end();
	}

	failed(errorType: string): void {
		fail(this.#span, errorType);
		this.#span.end();
	}
}

/** The span of a call to the API. */
export class CallSpan {
	readonly #tracer: Tracer;
	readonly #context: Context;
	readonly #span: Span;

	constructor(tracer: Tracer, { method, route, requestId, origin, headers, sinceMs }: ArrivedCall) {
		const parent = propagation.extract(ROOT_CONTEXT, headers);
		const attributes = present({
			'http.request.method': method,
			'http.route': route,
			'humanloop.request.id': requestId,
			'humanloop.origin.execution_url': origin?.execution_url,
			'humanloop.origin.workflow_id': origin?.workflow_id,
			'humanloop.origin.node_name': origin?.node_name,
		});
		const startTime = Date.now() - sinceMs;
		this.#tracer = tracer;
		this.#span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes, startTime }, parent);
		this.#context = trace.setSpan(parent, this.#span);
	}

	startModelRequest(request: ModelRequest): ModelSpan {
		return new ModelSpan(this.#tracer, this.#context, request);
	}

	/** A model failed with that type of error, and another one is asked. */
	fellBack(from: Model, to: Model, errorType: string): void {
		this.#span.addEvent('fallback', {
			'error.type': errorType,
			'humanloop.fallback.from': `${from.provider}/${from.model}`,
			'humanloop.fallback.to': `${to.provider}/${to.model}`,
		});
	}

	ended({ status, isReplay, isReuse }: EndedRequest): void {
		this.#span.setAttributes({
			'http.response.status_code': status,
			'humanloop.replayed': isReplay,
			'humanloop.reused': isReuse,
		});
		// By the conventions, a caller's fault is not an error of the server.
		if (status >= 500) fail(this.#span, errorType(status));
		this.#span.end();
	}
}

/** Makes spans of calls. */
export class Tracing {
	readonly #tracer: Tracer;
	readonly #stop: () => Promise<void>;

	/** `stop` sends the spans that are left. */
	constructor(tracer: Tracer, stop: () => Promise<void>) {
		this.#tracer = tracer;
		this.#stop = stop;
	}

	startCall(call: ArrivedCall): CallSpan {
		return new CallSpan(this.#tracer, call);
	}

	/** Sends the spans that are left. Never throws, and ends within five seconds. */
	stop(): Promise<void> {
		return this.#stop();
	}
}
