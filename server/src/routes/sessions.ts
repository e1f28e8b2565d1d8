import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, inSnakeCase } from '../contract/fields.ts';
import { ById, Page } from '../contract/lists.ts';
import { CreateSessionRequest, CreateSessionResponse, SessionResponse, SessionsQuery } from '../contract/sessions.ts';
import { found } from '../domain/apiError.ts';
import { newId } from '../domain/ids.ts';
import type { SessionRecord, Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

function toSessionResponse(session: SessionRecord): SessionResponse {
	return {
		...inSnakeCase(session),
		projects: session.projects.map((project) => ({ ...project, type: 'prompt' })),
		datapoints_count: session.logCount,
	};
}

export function sessionRoutes(store: Store): FastifyPluginAsyncTypebox {
	return async (app) => {
		// The contract has no body here, but clients send an empty one or an empty object.
		const parseJson = app.getDefaultJsonParser('ignore', 'ignore');
		app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
			if (body === '') done(null, undefined);
			else void parseJson(request, body as string, done);
		});

		app.post(
			'/sessions',
			{
				config: { role: 'run' },
				preValidation: async (request) => {
					request.body ??= {};
				},
				schema: {
					operationId: 'create_session',
					summary: 'Create a session',
					tags: ['Sessions'],
					body: CreateSessionRequest,
					response: {
						201: Described(CreateSessionResponse, 'The ID of the session, for `session_id` of its logs.'),
						...bodyErrorResponses,
					},
				},
			},
			async (_request, reply) => {
				const id = newId('sesh');
				await store.write((writes) => writes.session(id));
				return reply.status(201).send({ id });
			},
		);

		app.get(
			'/sessions',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_sessions',
					summary: 'List the sessions with logs of a project',
					tags: ['Sessions'],
					querystring: SessionsQuery,
					response: { 200: Described(Page(SessionResponse), 'One page of sessions, newest first.'), ...errorResponses },
				},
			},
			async ({ query: { project_id: projectId, page = 1, size = 10 } }, reply) => {
				found('project_id', projectId, await store.projectById(projectId));
				const { records, total } = await store.listSessions(
					{ projectId, page: Math.max(page, 1) - 1, size },
					disconnectSignal(reply),
				);
				return { records: records.map(toSessionResponse), page: Math.max(page, 1), size, total };
			},
		);

		app.get(
			'/sessions/:id',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_session',
					summary: 'Get a session',
					tags: ['Sessions'],
					params: ById,
					response: { 200: Described(SessionResponse, 'The session.'), ...errorResponses },
				},
			},
			async ({ params: { id } }, reply) => {
				return toSessionResponse(found('session', id, await store.sessionRecord(id, disconnectSignal(reply))));
			},
		);
	};
}
