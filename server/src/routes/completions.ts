import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallRequest } from '../contract/calls.ts';
import { callErrorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { CompletionHeaders } from '../contract/headers.ts';
import type { Completions } from '../domain/completions/createCompletion.ts';
import type { CallEndpoint } from '../domain/completions/endpoint.ts';
import type { Listener } from '../domain/completions/listener.ts';
import { eventsOf } from '../domain/completions/response.ts';
import type { ModelParameters } from '../domain/entities.ts';
import { callOriginOf } from '../http/callOrigin.ts';
import type { Telemetry } from '../domain/telemetry.ts';
import { limitCallsInFlight, takeSlot } from '../http/concurrencyLimit.ts';
import { costHeader, costValue } from '../http/cost.ts';
import { sendEvents } from '../http/eventStream.ts';
import { callerOf, onFinalDelivered, responseOf, setPriorUsage } from '../http/idempotency.ts';
import type { LogLink } from '../http/logPage.ts';
import { setReusedLog } from '../http/reuse.ts';
import type { SetSunset } from '../http/sunset.ts';
import { startCall } from '../http/telemetry.ts';
import { callEndpoints } from './callEndpoints.ts';

/** How long a caller waits by default, as the clients of the hosted service did. */
const defaultWaitMs = 600_000;

export function completionRoutes(
	completions: Completions,
	maxInFlight: number,
	knows: (scope: string, key: string) => Promise<boolean>,
	linkLog: LogLink,
	setSunset: SetSunset,
	telemetry: Telemetry,
): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.decorateRequest('slot', undefined);
		const limitCalls = limitCallsInFlight(maxInFlight, knows);
		for (const endpoint of callEndpoints) {
			const { operationId, summary, description, body, response } = endpoint;
			app.post(
				endpoint.path,
				{
					config: { role: 'run' },
					onRequest: limitCalls,
					schema: {
						operationId,
						summary,
						description,
						tags: [endpoint.kind === 'chat' ? 'Chats' : 'Completions'],
						headers: CompletionHeaders,
						body,
						response: { 200: Described(response, 'All samples.'), ...callErrorResponses },
					},
				},
				(request, reply) => runCall(endpoint, request, reply),
			);
		}

		async function runCall(endpoint: CallEndpoint, request: FastifyRequest, reply: FastifyReply) {
			// The schemas of the endpoints have checked them.
			const headers = request.headers as {
				'x-request-timeout-ms'?: number;
				'x-max-retries'?: number;
				'x-reuse-max-age'?: number;
			};
			const body = withoutNulls(request.body as CallRequest) as CallRequest;
			const origin = callOriginOf(request);
			const context = {
				...callerOf(request, reply),
				endpoint,
				actor: request.principal.actor,
				deadline: performance.now() - reply.elapsedTime + (headers['x-request-timeout-ms'] ?? defaultWaitMs),
				maxRetries: headers['x-max-retries'],
				reuseMaxAge: headers['x-reuse-max-age'],
				onReused: (logId: string) => setReusedLog(reply, logId),
				onPrior: setPriorUsage(reply),
				onConfig: (parameters: ModelParameters) => setSunset(reply, parameters),
				origin,
				onFailedLog: (logId: string) => linkLog(reply, logId),
				slot: takeSlot(request),
				telemetry: startCall(telemetry, request, reply, origin),
			};
			onFinalDelivered(reply, () => completions.finalDelivered(context));
			const create = (listener: Listener | undefined) => completions.createCompletion(body, { ...context, listener });
			if (body.stream !== true) {
				const result = await create(undefined);
				const response = responseOf(reply, result);
				linkLog(reply, response.data[0]?.id);
				reply.header(costHeader, costValue(response.cost, result.replayed));
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
				return { comment: `${costHeader}: ${costValue(response.cost, result.replayed)}` };
			});
			return reply;
		}
	};
}
