import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CreateDeletionRequest, DeletionById, DeletionResponse } from '../contract/deletions.ts';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { PagedQuery } from '../contract/keys.ts';
import { Page } from '../contract/lists.ts';
import { found } from '../domain/apiError.ts';
import type { DeletionJobs } from '../domain/deletions/deletionJobs.ts';
import { type DeletionSubject, requestDeletion } from '../domain/deletions/requestDeletion.ts';
import type { Deletion } from '../domain/entities.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

/** What a response shows of a deletion: never whose data it was. */
function toResponse(deletion: Deletion): DeletionResponse {
	return {
		id: deletion.id,
		status: deletion.finishedAt === null ? 'running' : 'done',
		kind: deletion.kind,
		subject_sha256: deletion.subjectHash,
		deleted_logs: deletion.deletedLogs,
		deleted_feedback: deletion.deletedFeedback,
		deleted_responses: deletion.deletedResponses,
		created_at: deletion.createdAt,
		finished_at: deletion.finishedAt,
	};
}

const config = { role: 'admin' } as const;
const tags = ['Deletions'];
const ours = "Not part of Humanloop's v4 API.";

/** `now` is the time of day in milliseconds. */
export function deletionRoutes(store: Store, jobs: DeletionJobs, now: () => number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/deletions',
			{
				config,
				schema: {
					operationId: 'create_deletion',
					summary: 'Delete what belongs to a user or a session',
					description:
						'Deletes logs, their feedback and their saved responses; of a user, also the feedback that the user gave. ' +
						`The server does so after it has responded, and goes on after a restart. What is stored later stays. ${ours}`,
					tags,
					body: CreateDeletionRequest,
					response: { 202: Described(DeletionResponse, 'The deletion, which is running.'), ...bodyErrorResponses },
				},
			},
			async ({ body, principal: { actor } }, reply) => {
				// The schema requires exactly one of them.
				const [[kind, subject]] = Object.entries(withoutNulls(body)) as [[DeletionSubject['kind'], string]];
				const deletion = await requestDeletion(store, { kind, subject }, { actor, at: now() });
				jobs.wake();
				return reply.status(202).send(toResponse(deletion));
			},
		);

		app.get(
			'/deletions/:id',
			{
				config,
				schema: {
					operationId: 'get_deletion',
					summary: 'How far a deletion is',
					description: ours,
					tags,
					params: DeletionById,
					response: { 200: Described(DeletionResponse, 'The deletion.'), ...errorResponses },
				},
			},
			async ({ params: { id } }) => toResponse(found('id', id, await store.deletionById(id))),
		);

		app.get(
			'/deletions',
			{
				config,
				schema: {
					operationId: 'list_deletions',
					summary: 'List the deletions',
					description: ours,
					tags,
					querystring: PagedQuery,
					response: {
						200: Described(Page(DeletionResponse), 'One page of deletions, newest first.'),
						...errorResponses,
					},
				},
			},
			async ({ query: { page = 0, size = 50 } }, reply) => {
				const { records, total } = await store.listDeletions({ page, size }, disconnectSignal(reply));
				return { records: records.map(toResponse), page, size, total };
			},
		);
	};
}
