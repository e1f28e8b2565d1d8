import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses } from '../contract/errors.ts';
import { FeedbackRequests, FeedbackResponses } from '../contract/feedback.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { IdempotencyHeaders } from '../contract/headers.ts';
import type { Idempotency } from '../domain/idempotency/idempotency.ts';
import { giveFeedback } from '../domain/logs/feedback.ts';
import type { Store } from '../domain/store.ts';
import { callerOf, responseOf } from '../http/idempotency.ts';
import { examples, withExample } from '../http/openapi.ts';

export function feedbackRoutes(store: Store, idempotency: Idempotency): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/feedback',
			{
				config: { role: 'run' },
				schema: {
					operationId: 'create_feedback',
					summary: 'Give feedback on logs, or unset it',
					description:
						'The example needs the ID of a log in `data_id`. Completions and `POST /v4/logs` return such IDs. ' +
						'At most 1,000 entries in one request, unless the server is set to another limit.',
					tags: ['Feedback'],
					headers: IdempotencyHeaders,
					body: withExample(FeedbackRequests, examples.feedback),
					response: {
						200: Described(FeedbackResponses, 'The feedback, in the order of the request.'),
						...bodyErrorResponses,
					},
				},
			},
			async (request, reply) => {
				const { body, memory } = request;
				const entries = Array.isArray(body) ? body.map((entry) => withoutNulls(entry)) : withoutNulls(body);
				// The entries are stored even if the caller has disconnected.
				const work = giveFeedback(store, idempotency, entries, callerOf(request, reply));
				return responseOf(reply, await (memory?.during(work) ?? work));
			},
		);
	};
}
