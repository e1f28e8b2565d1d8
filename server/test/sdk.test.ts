import assert from 'node:assert/strict';
import test from 'node:test';
import { isFor, operations } from './contract/operations.ts';
import { chatCompletion, startHost } from './host.ts';
import { chats } from './sdk/chats.ts';
import { type Cases, methodNames, startSdk } from './sdk/client.ts';
import { completions } from './sdk/completions.ts';
import { logs } from './sdk/logs.ts';
import { modelConfigs } from './sdk/modelConfigs.ts';
import { noProxy } from './sdk/noProxy.ts';
import { notBuiltCases } from './sdk/notBuilt.ts';
import { projects } from './sdk/projects.ts';
import { requests } from './sdk/requests.ts';
import { feedback, sessions } from './sdk/sessions.ts';
import { methodTable } from './sdk/table.ts';
import { startApi } from './setup.ts';

const groups: Record<string, Cases> = {
	completions,
	chats,
	'model configs': modelConfigs,
	projects,
	logs,
	feedback,
	sessions,
	'without the proxy': noProxy,
	'what is not built': notBuiltCases,
};

/** The operations that were answered well, over all groups. */
const served = new Set<string>();

test('there is a case for each method of the official SDK, and for nothing else', () => {
	const cases = Object.values(groups).flatMap((group) => Object.keys(group));
	assert.deepEqual(cases.toSorted(), methodNames().toSorted());
	assert.deepEqual(Object.keys(requests).toSorted(), methodNames().toSorted());
	assert.equal(cases.length, 87);
});

for (const [group, cases] of Object.entries(groups)) {
	test(`the official SDK: ${group}`, async (t) => {
		const server = await startSdk(t);
		for (const [name, run] of Object.entries(cases)) {
			await t.test(name, async (inner) => {
				server.seen.problems.length = 0;
				server.seen.requests.length = 0;
				await run(server, inner);
				assert.ok(server.called.has(name), `${name} was not called`);
				for (const operation of requests[name]!.split(', ')) {
					const wasSent = server.seen.requests.some(({ method, path }) => isFor(operation, method, path));
					assert.ok(wasSent, `${name} has not sent ${operation}`);
				}
				assert.deepEqual(server.seen.problems, [], 'a response does not fit the contract');
			});
		}
		for (const operation of server.seen.operations) served.add(operation);
	});
}

test('each operation of v4 that the server has was answered, and its response checked', () => {
	assert.deepEqual(
		Object.keys(operations).filter((name) => !served.has(name)),
		[],
	);
});

/** Operations of this server's own, beside v4. */
const own =
	/^(\w+ \/(models|usage|budgets|keys|audit|deletions|environments|session|status|projects\/\{\}\/deployments)\b|PATCH \/model-configs)/;

test('each operation in the OpenAPI document is checked above, is our own, or says that it is not built', async (t) => {
	const api = await startApi(t);
	type Document = { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };
	const { paths } = (await api.app.inject('/openapi.json')).json<Document>();
	const withoutNames = (operation: string) => operation.replace(/\{\w+\}/g, '{}');
	const answered = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods)
			.filter(([, { responses }]) => Object.keys(responses).some((status) => status.startsWith('2')))
			.map(([method]) => withoutNames(`${method.toUpperCase()} ${path.replace(/^\/v4/, '')}`)),
	);
	const ofV4 = answered.filter((operation) => !own.test(operation));
	assert.deepEqual(ofV4.toSorted(), Object.keys(operations).map(withoutNames).toSorted());
});

test("the provider keys of the SDK's constructor reach the provider, and are in no response and no log", async (t) => {
	const key = 'sk-of-the-constructor-0123456789';
	const sent: (string | undefined)[] = [];
	const openai = await startHost(t, (response, _body, { headers }) => {
		sent.push(headers.authorization);
		response.setHeader('content-type', 'application/json');
		response.end(chatCompletion(`You sent ${headers.authorization}.`));
	});
	const server = await startSdk(t, { providers: { openai: { baseUrl: openai.url } } }, { openaiApiKey: key });
	const { sdk } = server;
	const model = { provider: 'openai' as const, model: 'gpt-6-luna' };
	const config = { ...model, prompt_template: 'Hello {{name}}' };
	const completion = await sdk.complete({ project: 'keys', model_config: config, inputs: { name: 'Ada' } });
	const messages = [{ role: 'user' as const, content: 'Hello' }];
	const chat = await sdk.chat({ project: 'keys', model_config: model, messages });
	assert.deepEqual(sent, [`Bearer ${key}`, `Bearer ${key}`]);
	const { data } = await sdk.logs.list({ projectId: completion.data.project_id! });
	assert.equal(data.records.length, 2);
	assert.ok(!JSON.stringify([completion.data, chat.data, data]).includes(key));
	assert.deepEqual(server.seen.problems, []);
});

test('the table of methods in docs/coming-from-humanloop.md is the one that these tests know', () => {
	const { wanted, found } = methodTable();
	assert.equal(found, wanted, 'Run: node server/test/sdk/table.ts --write');
});
