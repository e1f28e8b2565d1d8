import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { ModelConfigResponse } from '../contract/modelConfigs.ts';
import { DeserializeRequest, SerializeRequest } from '../contract/promptFiles.ts';
import { found } from '../domain/apiError.ts';
import type { Store } from '../domain/store.ts';
import { toConfigResponse } from './modelConfigs.ts';

const promptType = 'text/prompt';

/** Loaded by the first request that needs it: the YAML library takes memory, and most servers never use it. */
const configFiles = () => import('../domain/promptFiles/configFiles.ts');

/** The text of a file: as it is for a caller that asks for its media type, else as a JSON string. */
function sendFile(reply: FastifyReply, file: string, accept: string | undefined): FastifyReply {
	const isText = accept?.split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === promptType);
	if (isText === true) return reply.type(`${promptType}; charset=utf-8`).send(file);
	return reply.type('application/json; charset=utf-8').send(JSON.stringify(file));
}

const fileResponse = Type.String({ description: 'The text of the .prompt file.' });

export function promptFileRoutes(store: Store): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/model-configs/:id/export',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'export_model_config',
					summary: 'Export a model config as a .prompt file',
					tags: ['Model configs'],
					params: ById,
					response: {
						200: {
							description: `The file: a JSON string, or its text for Accept: ${promptType}.`,
							content: { 'application/json': { schema: fileResponse }, [promptType]: { schema: fileResponse } },
						},
						...errorResponses,
					},
				},
			},
			async ({ params: { id }, headers }, reply) => {
				const config = found('model config', id, await store.configById(id));
				const { exportConfig } = await configFiles();
				return sendFile(reply, exportConfig(config), headers.accept);
			},
		);

		app.post(
			'/model-configs/serialize',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'serialize_model_config',
					summary: 'Write a model config as a .prompt file, without storing it',
					tags: ['Model configs'],
					body: SerializeRequest,
					response: { 200: Described(fileResponse, 'The text of the file.'), ...bodyErrorResponses },
				},
			},
			async ({ body }, reply) => sendFile(reply, (await configFiles()).writeConfig(withoutNulls(body)), undefined),
		);

		app.post(
			'/model-configs/deserialize',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'deserialize_model_config',
					summary: 'Read a .prompt file, without storing its config',
					tags: ['Model configs'],
					body: DeserializeRequest,
					response: {
						200: Described(ModelConfigResponse, 'The config. Its ID is not stored.'),
						...bodyErrorResponses,
					},
				},
			},
			async ({ body }) => toConfigResponse(await (await configFiles()).readConfig(body.config)),
		);
	};
}
