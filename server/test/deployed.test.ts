import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { startChatHost } from './chatHost.ts';
import { ask, logsOf } from './provider.ts';
import { apiKey, type Api, type Body, startApi } from './setup.ts';

const messages = [{ role: 'user', content: 'Well?' }];

async function send(api: Api, method: 'POST' | 'PATCH', path: string, body: object): Promise<Body> {
	const response = await api.app.inject({
		method,
		url: `/v4${path}`,
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
		payload: JSON.stringify(body),
	});
	assert.ok(response.statusCode < 300, response.payload);
	return (response.payload === '' ? {} : response.json()) as Body;
}

/** The server with a host that echoes nothing but what it is told, and two versions of a prompt. */
async function startWithVersions(t: TestContext, path: string) {
	const host = await startChatHost(t);
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } }, backoffMs: 20 });
	const version = (text: string) =>
		path === '/chat-deployed'
			? { endpoint: 'chat', prompt_template: null, chat_template: [{ role: 'system', content: text }] }
			: { prompt_template: text };
	const openai = { provider: 'openai', model: 'gpt-4o' };
	const first = await api.config({ ...openai, ...version('First {{x}}') });
	const second = await api.config({ ...openai, ...version('Second {{x}}') });
	const projectId = String((await api.get('/projects?filter=tickets')).body.records[0].id);
	const deploy = (id: string, environmentId?: string) =>
		send(api, 'PATCH', `/projects/${projectId}/deploy-config`, {
			config_id: id,
			...(environmentId === undefined ? {} : { environments: [{ id: environmentId }] }),
		});
	const address = await api.listen();
	const call = { project: 'tickets', inputs: { x: 'x' }, ...(path === '/chat-deployed' ? { messages } : {}) };
	return { host, api, address, first, second, projectId, deploy, call };
}

for (const path of ['/completion-deployed', '/chat-deployed']) {
	test(`${path} runs what is deployed, in the default environment or in another one`, async (t) => {
		const { host, api, address, first, second, deploy, call, projectId } = await startWithVersions(t, path);
		const staging = await send(api, 'POST', '/environments', { name: 'staging' });
		await deploy(second, String(staging['id']));
		const byDefault = await ask(address, { ...call, num_samples: 2 }, { path });
		assert.equal(byDefault.status, 200, byDefault.text);
		assert.deepEqual(
			byDefault.body.data.map((sample) => sample.model_config_id),
			[first, first],
		);
		assert.match(JSON.stringify(host.requests[0]!.messages), /First x/);
		const named = await ask(address, { ...call, environment: 'staging' }, { path });
		assert.equal(named.body.data[0].model_config_id, second);
		const byId = await ask(address, { ...call, project: undefined, project_id: projectId }, { path });
		assert.equal(byId.body.data[0].model_config_id, first);
		assert.equal(byId.body.project_id, projectId);
		const logs = await logsOf(api);
		assert.deepEqual(
			logs.map(({ environment, config_id: id }) => [environment, id]),
			[
				['production', first],
				['staging', second],
				['production', first],
				['production', first],
			],
		);
		await deploy(second);
		assert.equal((await ask(address, call, { path })).body.data[0].model_config_id, second);
	});

	test(`${path} says what is not there`, async (t) => {
		const { host, api, address, call, projectId } = await startWithVersions(t, path);
		await send(api, 'POST', '/environments', { name: 'staging' });
		const wrongs: [object, number, RegExp][] = [
			[
				{ environment: 'staging' },
				404,
				new RegExp(
					`Nothing is deployed in the environment "staging" of the project "tickets".*${projectId}/deploy-config`,
				),
			],
			[{ environment: 'moon' }, 404, /No such environment: "moon"/],
			[{ project: 'none' }, 404, /No such project: "none"/],
			[{ project: undefined, project_id: 'pr_none' }, 404, /No such project_id: "pr_none"/],
		];
		for (const [more, status, words] of wrongs) {
			const { status: got, body } = await ask(address, { ...call, ...more }, { path });
			assert.equal(got, status);
			assert.match(body.detail.message, words);
		}
		const without = await ask(address, { ...call, project: undefined }, { path });
		assert.deepEqual([without.status, without.body.detail[0]!.loc], [422, ['body', 'project']]);
		const other = path === '/chat-deployed' ? '/completion-deployed' : '/chat-deployed';
		const wrongKind = await ask(
			address,
			{ ...call, messages: path === '/chat-deployed' ? undefined : messages },
			{ path: other },
		);
		assert.equal(wrongKind.status, 422);
		assert.ok(wrongKind.body.detail.message.includes(`Send it to POST /v4${path}.`));
		assert.equal(host.requests.length, 0);
		assert.equal((await api.get('/projects?filter=none')).body.total, 0);
	});

	for (const stream of [false, true]) {
		const form = stream ? 'stream' : 'plain';

		test(`${path}: a retry with the same Idempotency-Key after a deployment replays (${form})`, async (t) => {
			const { host, address, first, second, deploy, call } = await startWithVersions(t, path);
			const sent = { ...call, stream, num_samples: 2 };
			const before = await ask(address, sent, { path, key: 'k' });
			assert.equal(before.status, 200);
			await deploy(second);
			const again = await ask(address, sent, { path, key: 'k' });
			assert.deepEqual([again.replayed, host.requests.length], [true, 1]);
			const idsIn = (text: string) =>
				new Set([...text.matchAll(/"model_config_id":"(\w+)"/g)].map((match) => match[1]));
			assert.deepEqual(idsIn(again.text), new Set([first]));
			if (!stream) assert.equal(again.text, before.text);
			const next = await ask(address, sent, { path, key: 'other' });
			assert.deepEqual(idsIn(next.text), new Set([second]));
		});

		test(`${path}: a retry that completes samples runs the version of the earlier ones (${form})`, async (t) => {
			const { host, api, address, first, second, deploy, call } = await startWithVersions(t, path);
			host.giveOnly(1);
			host.fail(0, 400);
			const sent = { ...call, stream, num_samples: 2 };
			const partial = await ask(address, sent, { path, key: 'k' });
			assert.equal(partial.status, 200);
			await deploy(second);
			const whole = await ask(address, sent, { path, key: 'k' });
			assert.equal(whole.replayed, false);
			assert.equal(host.requests.length, 3);
			assert.match(JSON.stringify(host.requests[2]!.messages), /First x/);
			assert.ok(!whole.text.includes(second));
			const logs = await logsOf(api);
			assert.deepEqual(new Set(logs.map(({ config_id: id }) => id)), new Set([first]));
			assert.deepEqual(new Set(logs.map(({ environment }) => environment)), new Set(['production']));
			const again = await ask(address, sent, { path, key: 'k' });
			assert.deepEqual([again.replayed, host.requests.length], [true, 3]);
		});
	}
}
