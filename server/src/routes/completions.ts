import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CompletionModelConfigRequest, CompletionResponse } from '../contract/completions.ts';
import { callErrorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { CompletionHeaders } from '../contract/headers.ts';
import type { Completions } from '../domain/completions/createCompletion.ts';
import type { Listener } from '../domain/completions/execute.ts';
import { eventsOf } from '../domain/completions/response.ts';
import { callOriginOf } from '../http/callOrigin.ts';
import type { Telemetry } from '../domain/telemetry.ts';
import { limitCallsInFlight, takeSlot } from '../http/concurrencyLimit.ts';
import { sendEvents } from '../http/eventStream.ts';
import { callerOf, onFinalDelivered, responseOf, setPriorUsage } from '../http/idempotency.ts';
import type { LogLink } from '../http/logPage.ts';
import { examples, withExample } from '../http/openapi.ts';
import { startCall } from '../http/telemetry.ts';

/** How long a caller waits by default, as the clients of the hosted service did. */
const defaultWaitMs = 600_000;

export function completionRoutes(
	completions: Completions,
	maxInFlight: number,
	knows: (scope: string, key: string) => Promise<boolean>,
	linkLog: LogLink,
	telemetry: Telemetry,
): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.decorateRequest('slot', undefined);
		app.post(
			'/completion-model-config',
			{
				config: { role: 'run' },
				onRequest: limitCallsInFlight(maxInFlight, knows),
				schema: {
					operationId: 'completion_model_config',
					summary: 'Run a completion config',
					description:
						'The example runs the config that the example of `POST /v4/model-configs` registers. With `stream` true the ' +
						'response is a series of server-sent events, each a CompletionResponse with one sample.',
					tags: ['Completions'],
					headers: CompletionHeaders,
					body: withExample(CompletionModelConfigRequest, examples.completion),
					response: { 200: Described(CompletionResponse, 'All samples.'), ...callErrorResponses },
				},
			},
			async (request, reply) => {
				const waitMs = request.headers['x-request-timeout-ms'];
				const body = withoutNulls(request.body);
				const origin = callOriginOf(request);
				const context = {
					...callerOf(request, reply),
					deadline: performance.now() - reply.elapsedTime + (waitMs ?? defaultWaitMs),
					maxRetries: request.headers['x-max-retries'],
					onPrior: setPriorUsage(reply),
					origin,
					onFailedLog: (logId: string) => linkLog(reply, logId),
					slot: takeSlot(request),
					telemetry: startCall(telemetry, request, reply, origin),
				};
				onFinalDelivered(reply, () => completions.finalDelivered(context));
				const create = (listener: Listener | undefined) => completions.createCompletion(body, { ...context, listener });
				if (body.stream !== true) {
					const response = responseOf(reply, await create(undefined));
					linkLog(reply, response.data[0]?.id);
					return response;
				}
				await sendEvents(request, reply, async (sendEvent) => {
					const send: Listener = (event) => {
						linkLog(reply, event.data[0]?.id);
						return sendEvent(event);
					};
					const result = await create(send);
					const response = responseOf(reply, result);
					if (result.replayed) for (const event of eventsOf(response)) await send(event);
				});
				return reply;
			},
		);
	};
}
