import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CompletionModelConfigRequest, CompletionResponse } from '../contract/completions.ts';
import { callErrorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { CompletionHeaders } from '../contract/headers.ts';
import type { Asked, Calls } from '../domain/completions/createCompletion.ts';
import { eventsOf } from '../domain/completions/response.ts';
import { admission, seatOf } from '../http/concurrencyLimit.ts';
import { callerSignal, sendEvents } from '../http/eventStream.ts';
import { examples, withExample } from './examples.ts';
import { readHeaders } from './query.ts';
import { tellReplay } from './replayed.ts';

/** How long a caller waits that does not say it: as the hosted service's own clients did. */
const usualWaitMs = 600_000;

export function completionRoutes(calls: Calls, maxInFlight: number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.decorateRequest('seat', undefined);
		app.post(
			'/completion-model-config',
			{
				onRequest: admission(maxInFlight, calls.knows),
				preValidation: readHeaders(CompletionHeaders),
				schema: {
					operationId: 'completion_model_config',
					summary: 'Run a completion config',
					description:
						'The example runs the config that the example of `POST /v4/model-configs` registers. With `stream` true the ' +
						'answer is a row of server-sent events, each a CompletionResponse with one sample.',
					tags: ['Completions'],
					headers: CompletionHeaders,
					body: withExample(CompletionModelConfigRequest, examples.completion),
					response: { 200: Described(CompletionResponse, 'All samples.'), ...callErrorResponses },
				},
			},
			async (request, reply) => {
				const headers = request.headers as Record<string, unknown>;
				const waitMs = (headers['x-request-timeout-ms'] as number | undefined) ?? usualWaitMs;
				const asked: Asked = {
					request: withoutNulls(request.body),
					operation: 'POST /v4/completion-model-config',
					scope: request.apiKeyHash,
					key: headers['idempotency-key'] as string | undefined,
					deadline: performance.now() - reply.elapsedTime + waitMs,
					caller: callerSignal(reply),
					seat: seatOf(request),
					listen: undefined,
				};
				if (asked.request.stream !== true) {
					const given = await calls.answer(asked);
					if (given.replayed) tellReplay(reply);
					return given.answer;
				}
				await sendEvents(request, reply, async (send) => {
					const given = await calls.answer({ ...asked, listen: send });
					if (!given.replayed) return;
					tellReplay(reply);
					for (const event of eventsOf(given.answer)) await send(event);
				});
				return reply;
			},
		);
	};
}
