import assert from 'node:assert/strict';
import test from 'node:test';
import { isFor, operations } from './contract/operations.ts';
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
const own = /^\w+ \/(models|keys|audit|deletions|environments|projects\/\{\}\/deployments)\b/;

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

test('the table of methods in docs/coming-from-humanloop.md is the one that these tests know', () => {
	const { wanted, found } = methodTable();
	assert.equal(found, wanted, 'Run: node server/test/sdk/table.ts --write');
});
