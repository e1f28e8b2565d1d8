import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses } from '../contract/errors.ts';
import { FeedbackTypeRequest, FeedbackTypeResponse } from '../contract/feedbackTypes.ts';
import { Described } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { ApiError } from '../domain/apiError.ts';
import { defineFeedbackType, toKnownType } from '../domain/projects/feedbackTypes.ts';
import type { Store } from '../domain/store.ts';

const tags = ['Projects'];

export function feedbackTypeRoutes(store: Store): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/projects/:id/feedback-types',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'create_feedback_type',
					summary: 'Define a type of feedback',
					description: 'The project shows it. Feedback of a type can have any value, also one that is not listed.',
					tags,
					params: ById,
					body: FeedbackTypeRequest,
					response: { 201: Described(FeedbackTypeResponse, 'The type of feedback.'), ...bodyErrorResponses },
				},
			},
			async ({ params: { id }, body }, reply) => {
				const values = (body.values ?? []).map(({ value, sentiment }) => ({ value, sentiment: sentiment ?? 'unset' }));
				const type = { projectId: id, type: body.type, class: body.class, values };
				await defineFeedbackType(store, type);
				return reply.status(201).send(toKnownType(type));
			},
		);

		app.patch(
			'/projects/:id/feedback-types',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'update_feedback_types',
					summary: 'Not built: Humanloop had taken it out of service',
					tags,
					params: ById,
					response: bodyErrorResponses,
				},
			},
			async () => {
				throw new ApiError(
					501,
					"This server does not change several types of feedback at once: Humanloop's API had taken this out of service. " +
						'Send each type with POST /v4/projects/{id}/feedback-types.',
				);
			},
		);
	};
}
