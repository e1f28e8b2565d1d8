import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CreateEnvironmentRequest, EnvironmentResponse } from '../contract/environments.ts';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { createEnvironment, deleteEnvironment } from '../domain/prompts/environments.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

const tags = ['Environments'];
const ours = "Not part of Humanloop's v4 API.";

/** `now` is the time of day in milliseconds. */
export function environmentRoutes(store: Store, now: () => number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/environments',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_environments',
					summary: 'List the environments',
					description: ours,
					tags,
					response: {
						200: Described(Type.Array(EnvironmentResponse), 'All environments, the default one first.'),
						...errorResponses,
					},
				},
			},
			async (_request, reply) => store.listEnvironments(disconnectSignal(reply)),
		);

		app.post(
			'/environments',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'create_environment',
					summary: 'Make an environment',
					description: `All projects can deploy there. ${ours}`,
					tags,
					body: CreateEnvironmentRequest,
					response: { 201: Described(EnvironmentResponse, 'The new environment.'), ...bodyErrorResponses },
				},
			},
			async ({ body: { name }, principal: { actor } }, reply) =>
				reply.status(201).send(await createEnvironment(store, name, { actor, at: now() })),
		);

		app.delete(
			'/environments/:id',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'delete_environment',
					summary: 'Delete an environment',
					description: `Not the default one, and not while something is deployed there. ${ours}`,
					tags,
					params: ById,
					response: { 204: Type.Null({ description: 'The environment is deleted.' }), ...errorResponses },
				},
			},
			async ({ params: { id }, principal: { actor } }, reply) => {
				await deleteEnvironment(store, id, { actor, at: now() });
				return reply.status(204).send(null);
			},
		);
	};
}
