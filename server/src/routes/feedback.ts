import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses } from '../contract/errors.ts';
import { FeedbackRequests, FeedbackResponses } from '../contract/feedback.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { IdempotencyHeaders } from '../contract/headers.ts';
import type { Feedback } from '../domain/logs/feedback.ts';
import { callerSignal } from '../http/eventStream.ts';
import { examples, withExample } from './examples.ts';
import { tellReplay } from './replayed.ts';

export function feedbackRoutes(feedback: Feedback): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/feedback',
			{
				schema: {
					operationId: 'create_feedback',
					summary: 'Give feedback on logs, or take it back',
					description:
						'The example wants the ID of a log in `data_id`, which the answers of completions and of `POST /v4/logs` have.',
					tags: ['Feedback'],
					headers: IdempotencyHeaders,
					body: withExample(FeedbackRequests, examples.feedback),
					response: {
						200: Described(FeedbackResponses, 'The feedback, in the order of the request.'),
						...bodyErrorResponses,
					},
				},
			},
			async ({ body, headers, apiKeyHash: scope }, reply) => {
				const isList = Array.isArray(body);
				const entries = (isList ? body : [body]).map((entry) => withoutNulls(entry));
				const key = headers['idempotency-key'];
				const given = await feedback({ entries, isList, scope, key, caller: callerSignal(reply) });
				if (given.replayed) tellReplay(reply);
				return given.answer;
			},
		);
	};
}
