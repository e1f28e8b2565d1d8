import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { notBuiltResponses } from '../contract/errors.ts';
import { ApiError } from '../domain/apiError.ts';

const testCases = 'Keep test cases in a data table of n8n, or in a file beside your prompts.';

/** What Humanloop's v4 had and this server does not, what to do instead, and the routes. */
const families = [
	{
		name: 'datasets',
		instead: testCases,
		routes: [
			'GET /datasets',
			'GET /datasets/{id}',
			'PATCH /datasets/{id}',
			'DELETE /datasets/{id}',
			'GET /datasets/{dataset_id}/datapoints',
			'POST /datasets/{dataset_id}/datapoints',
			'GET /projects/{project_id}/datasets',
			'POST /projects/{project_id}/datasets',
		],
	},
	{
		name: 'datapoints',
		instead: testCases,
		routes: ['DELETE /datapoints', 'GET /datapoints/{id}', 'PATCH /datapoints/{id}'],
	},
	{
		name: 'evaluations',
		instead: "Use n8n's Evaluations, and give feedback on logs with POST /v4/feedback.",
		routes: [
			'GET /evaluations',
			'GET /evaluations/{id}',
			'GET /evaluations/{id}/datapoints',
			'PATCH /evaluations/{id}/evaluators',
			'PATCH /evaluations/{id}/status',
			'POST /evaluations/{evaluation_id}/log',
			'POST /evaluations/{evaluation_id}/result',
			'GET /projects/{project_id}/evaluations',
			'POST /projects/{project_id}/evaluations',
		],
	},
	{
		name: 'evaluators',
		instead: "Use the metrics of n8n's Evaluations, and give feedback on logs with POST /v4/feedback.",
		routes: [
			'GET /evaluators',
			'POST /evaluators',
			'GET /evaluators/{id}',
			'PATCH /evaluators/{id}',
			'DELETE /evaluators/{id}',
		],
	},
	{
		name: 'experiments',
		instead: 'Run the configs that you compare by their IDs, and give feedback on their logs with POST /v4/feedback.',
		routes: [
			'POST /completion-experiment',
			'POST /chat-experiment',
			'PATCH /experiments/{experiment_id}',
			'DELETE /experiments/{experiment_id}',
			'GET /experiments/{experiment_id}/model-config',
			'GET /projects/{project_id}/experiments',
			'POST /projects/{project_id}/experiments',
			'DELETE /projects/{id}/active-experiment',
		],
	},
	{
		name: 'finetunes',
		instead: 'Fine-tune at the provider, and register a model config with the model that it made.',
		routes: [
			'GET /projects/{project_id}/finetunes',
			'POST /projects/{project_id}/finetunes',
			'POST /projects/{project_id}/finetunes/summary',
			'PATCH /finetunes/{id}',
		],
	},
];

function addRoute(app: FastifyInstance, route: string, family: { name: string; instead: string }): void {
	const [method, path] = route.split(' ') as [string, string];
	const message = `This server has no ${family.name}. ${family.instead}`;
	const refuse = async () => {
		throw new ApiError(501, message);
	};
	app.route({
		method,
		url: path.replace(/\{(\w+)\}/g, ':$1'),
		config: { role: 'read' },
		// Before the body is read: the response is the same for every body.
		onRequest: refuse,
		handler: refuse,
		schema: {
			operationId: `${method.toLowerCase()}${path.replace(/\W+/g, '_').replace(/_$/, '')}`,
			summary: `Not built: ${family.name}`,
			description: message,
			tags: ['Not built'],
			response: notBuiltResponses,
		},
	});
}

/** Makes every path of v4 that this server does not have respond with 501 and what to use instead. */
export function notBuiltRoutes(): FastifyPluginAsync {
	return async (app) => {
		for (const family of families) for (const route of family.routes) addRoute(app, route, family);
	};
}
