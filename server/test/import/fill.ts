import assert from 'node:assert/strict';
import { type Api, apiKey } from '../setup.ts';

type JsonObject = Record<string, unknown>;
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Calls the API, which must succeed. */
async function call(api: Api, method: Method, path: string, body?: unknown): Promise<JsonObject> {
	const { status, body: answer, text } = await api.call(method, path, body);
	assert.ok(status < 300, `${method} ${path}: ${text}`);
	return answer;
}

const tool = {
	name: 'find_order',
	description: 'Finds an order',
	parameters: { type: 'object', properties: { z: { type: 'string' }, a: { type: 'number' } }, required: ['z'] },
};

/** Configs of every shape, in several projects. Returns the IDs of some. */
async function addConfigs(api: Api) {
	const add = async (config: JsonObject) => {
		const { config: stored } = await call(api, 'POST', '/model-configs', {
			project: 'support/Ünïcode 🎉',
			provider: 'mock',
			model: 'mock-1',
			...config,
		});
		return (stored as { id: string }).id;
	};
	const completion = await add({
		prompt_template: 'Hi {{name}}\n\n  "quoted" \u0000 \u2028 ',
		name: 'first',
		description: 'd',
	});
	const chat = await add({
		endpoint: 'chat',
		chat_template: [
			{ role: 'system', content: 'You are {{role}}.' },
			{
				role: 'user',
				content: [
					{ type: 'text', text: '{{question}}' },
					{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
				],
			},
			{ role: 'tool', tool_call_id: 'call_1', content: null, name: 'x' },
		],
		tools: [tool, { id: 'oc_1', source: 'organization', name: 'refund' }],
	});
	const full = await add({
		prompt_template: '{% if a %}{{ a }}{% endif %}',
		template_language: 'jinja',
		max_tokens: 7,
		temperature: 0.1,
		top_p: 0.9,
		stop: ['END', '\n'],
		presence_penalty: -1.5,
		frequency_penalty: 1e-7,
		seed: -3,
		other: { b: [1, null, { z: 1, a: 2 }], humanloop_server: { mock: { otherwise: 'always' } } },
		response_format: { type: 'json_schema', json_schema: { z: 1, a: { y: 1, b: 2 } } },
		reasoning_effort: 'high',
		tools: [],
	});
	await add({ project: 'empty template', prompt_template: '', stop: 'x', reasoning_effort: 4 });
	await add({ project: 'both', prompt_template: 'a', chat_template: [], endpoint: 'chat' });
	return { completion, chat, full };
}

/** Calls with several samples, with sessions and parents, without a project, failed ones, and ones that keep nothing. */
async function addCalls(api: Api, ids: Awaited<ReturnType<typeof addConfigs>>): Promise<string[]> {
	const complete = (body: JsonObject) =>
		call(api, 'POST', '/completion-model-config', {
			project: 'support/Ünïcode 🎉',
			model_config_id: ids.completion,
			inputs: { name: 'Ana', nested: { z: [1.5, null, true], a: '' } },
			...body,
		});
	const first = await complete({
		num_samples: 3,
		session_reference_id: 'ticket 7',
		user: 'u@example.com',
		source: 'test',
	});
	const [parent] = (first['data'] as { id: string }[]).map(({ id }) => id);
	await complete({ parent_id: parent, session_id: first['session_id'], metadata: { a: { b: 'c' } } });
	await complete({ save: false, num_samples: 2 });
	// A log of one project with a version of another, and one without a project.
	await complete({ project: 'another', model_config_id: ids.full, inputs: { a: 1 } });
	await complete({ project: undefined, num_samples: 2 });
	await call(api, 'POST', '/chat-model-config', {
		model_config_id: ids.chat,
		project: 'support/Ünïcode 🎉',
		inputs: { role: 'clerk', question: '?' },
		messages: [{ role: 'user', content: 'And?' }],
		num_samples: 2,
		tool_choice: 'auto',
	});
	await call(api, 'POST', '/chat', {
		project: 'inline',
		model_config: { provider: 'mock', model: 'mock-2', chat_template: [{ role: 'system', content: 'Short.' }] },
		messages: [{ role: 'user', content: 'Hi' }],
	});
	await call(api, 'POST', '/completion-deployed', { project: 'support/Ünïcode 🎉', inputs: { name: 'x' } });
	await repeatCall(api, ids.completion);
	return (first['data'] as { id: string }[]).map(({ id }) => id);
}

/** A call that gets the answer of an earlier one. */
async function repeatCall(api: Api, configId: string): Promise<void> {
	const { headers } = await api.app.inject({
		method: 'POST',
		url: '/v4/completion-model-config',
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json', 'x-reuse-max-age': '3600' },
		payload: JSON.stringify({ model_config_id: configId, inputs: { name: 'x' }, project: 'another' }),
	});
	assert.match(String(headers['x-reused-log-id']), /^data_/);
}

async function addLogs(api: Api): Promise<void> {
	const logged = {
		project: 'logged elsewhere',
		config: { model: 'gpt-4o', endpoint: 'chat', chat_template: [{ role: 'user', content: '{{q}}' }] },
		inputs: { q: '"\\\n\u2029' },
	};
	await call(api, 'POST', '/logs', {
		...logged,
		reference_id: 'ref 1',
		output: 'out\u0000put',
		error: 'failed',
		stdout: 'line\nline',
		duration: 1.25,
		prompt_tokens: 12,
		output_tokens: 3,
		prompt_cost: 0.000_1,
		output_cost: 1e-9,
		messages: [{ role: 'user', content: 'q', tool_calls: [] }],
		output_message: {
			role: 'assistant',
			content: null,
			tool_calls: [{ id: 'c', type: 'function', function: { name: 'f' } }],
		},
		provider_request: { z: 1, a: [] },
		provider_response: {},
		metadata: {},
		source_datapoint_id: 'dp_1',
		created_at: '2020-02-29T23:59:59.999+02:00',
		session_reference_id: 'logged session',
	});
	await call(api, 'POST', '/logs', {
		...logged,
		config: { type: 'tool', name: 'find_order', parameters: { z: 1, a: 2 }, source_code: 'x' },
		output: 'found',
		judgment: ['a', 'b'],
		environment: 'production',
		feedback: [{ type: 'rating', value: 'good' }],
	});
	// The parent is older than its child, and sorts after it.
	await call(api, 'POST', '/logs', { ...logged, parent_reference_id: 'ref 1', created_at: '2019-01-01T00:00:00Z' });
	await call(api, 'POST', '/logs', {
		...logged,
		save: false,
		output: 'secret',
		session_reference_id: 'logged session',
	});
}

async function addFeedback(api: Api, logIds: string[]): Promise<void> {
	for (const [index, value] of ['good', 3, true, ['a', 'b'], '🎉'].entries())
		await call(api, 'POST', '/feedback', {
			type: `type ${index}`,
			value,
			data_id: logIds[index % logIds.length],
			user: 'u',
		});
	await call(api, 'POST', '/feedback', { type: 'rating', value: 'bad', data_id: logIds[0] });
	await call(api, 'POST', '/sessions');
}

/** Environments, what was deployed and rolled back there, types of feedback, and deleted projects. */
async function changeProjects(api: Api, ids: Awaited<ReturnType<typeof addConfigs>>): Promise<void> {
	const staging = await call(api, 'POST', '/environments', { name: 'staging' });
	const { body: projects } = await api.get('/projects?size=100');
	const idOf = (name: string) =>
		(projects.records as unknown as { id: string; name: string }[]).find((project) => project.name === name)?.id;
	const main = idOf('support/Ünïcode 🎉');
	const deploy = (id: string, more = {}) =>
		call(api, 'PATCH', `/projects/${main}/deploy-config`, { config_id: id, ...more });
	await deploy(ids.chat);
	await deploy(ids.full, { environments: [{ id: staging['id'] }] });
	const { body: history } = await api.get(`/projects/${main}/deployments`);
	const replaced = (history.records as unknown as { id: string; replaced_config_id: string | null }[]).find(
		(one) => one.replaced_config_id !== null,
	);
	await call(api, 'POST', `/projects/${main}/deployments/${replaced?.id}/rollback`);
	await call(api, 'POST', `/projects/${main}/feedback-types`, {
		type: 'mood',
		class: 'select',
		values: [{ value: 'good', sentiment: 'positive' }, { value: 'bad' }],
	});
	await call(api, 'POST', `/projects/${main}/feedback-types`, { type: 'words', class: 'text' });
	await call(api, 'DELETE', `/projects/${idOf('both')}/active-config`);
	await call(api, 'PATCH', `/projects/${idOf('empty template')}`, { name: 'renamed' });
	// The logs of this project go. One of another project keeps the version.
	await call(api, 'POST', '/completion-model-config', {
		project: 'keeps a version',
		model_config_id: await api.config({ project: 'deleted', prompt_template: 'Kept' }),
	});
	const { body: before } = await api.get('/projects?size=100');
	const deleted = (before.records as unknown as { id: string; name: string }[]).find(({ name }) => name === 'deleted');
	await call(api, 'DELETE', `/projects/${deleted?.id}`);
	for (;;) {
		const { body } = await api.get('/deletions');
		const running = (body.records as unknown as { finished_at: string | null }[]).filter((one) => !one.finished_at);
		if (running.length === 0) break;
		await new Promise((resume) => setImmediate(resume));
	}
}

/** Fills the database of a server through its API, with records of every shape. */
export async function fill(api: Api): Promise<void> {
	const ids = await addConfigs(api);
	const logIds = await addCalls(api, ids);
	await addLogs(api);
	await addFeedback(api, logIds);
	await changeProjects(api, ids);
}
