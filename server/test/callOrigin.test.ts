import assert from 'node:assert/strict';
import test from 'node:test';
import { newConfig } from '../src/domain/prompts/configs.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { logsOf, startProvider, startWith } from './provider.ts';
import { databaseUrlFor, execute } from './storage/storage.ts';
import { type Api, apiKey, type Body, readEvents, request, startApi, tempDir } from './setup.ts';

const origin = {
	execution_url: 'https://n8n.example.com/workflow/w1/executions/7',
	workflow_id: 'w1',
	node_name: 'Humanloop "ß" 📦',
};

/** As the node writes it: JSON in ASCII. */
const ascii = (value: unknown) =>
	JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const headersWith = (header: string, key?: string) => ({
	'x-api-key': apiKey,
	'content-type': 'application/json',
	'x-call-origin': header,
	...(key === undefined ? {} : { 'idempotency-key': key }),
});

/** What GET /logs/{id} says about where the call came from, over a socket. */
async function originOf(address: string, id: string): Promise<unknown> {
	const response = await fetch(`${address}/logs/${id}`, { headers: { 'x-api-key': apiKey } });
	assert.equal(response.status, 200);
	const header = response.headers.get('x-call-origin');
	// A browser reads the header as Latin-1: anything but ASCII would arrive as something else.
	assert.match(header ?? '', /^[\x20-\x7e]*$/);
	return header === null ? null : JSON.parse(header);
}

async function setUp(t: Parameters<typeof startApi>[0]): Promise<{ api: Api; address: string; call: object }> {
	const api = await startApi(t);
	const call = { model_config_id: await api.config(), project: 'tickets', inputs: { ticket: 'late' } };
	return { api, address: await api.listen(), call };
}

async function run(
	address: string,
	call: object,
	header: string,
	key?: string,
): Promise<{ body: Body; response: Response }> {
	const response = await request(address, '/completion-model-config', call, { headers: headersWith(header, key) });
	const body = (await response.json()) as Body;
	assert.equal(response.status, 200, JSON.stringify(body));
	return { body, response };
}

test('every sample of a call has its origin, also with save false; the log itself has the documented keys only', async (t) => {
	const { api, address, call } = await setUp(t);
	for (const save of [true, false]) {
		const { body } = await run(address, { ...call, num_samples: 2, save }, ascii(origin));
		for (const { id } of body.data) assert.deepEqual(await originOf(address, id), origin);
		assert.ok(!('call_origin' in (await api.get(`/logs/${body.data[0].id}`)).body));
	}
	const { body } = await api.post('/completion-model-config', call);
	assert.equal(await originOf(address, body.data[0].id), null);
});

test('a stream and a call that fails have it too', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const more = { headers: headersWith(ascii(origin)) };
	const { events } = await readEvents(
		await request(address, '/completion-model-config', { ...call, stream: true }, more),
	);
	assert.deepEqual(await originOf(address, events[0]!.data[0].id), origin);
	provider.next({ status: 400, message: 'Too long' });
	assert.equal((await request(address, '/completion-model-config', call, more)).status, 400);
	const failed = (await logsOf(api)).find(({ error }) => error !== null);
	assert.deepEqual(await originOf(address, failed!.id), origin);
});

test('POST /logs stores it with each of its logs', async (t) => {
	const { address, call } = await setUp(t);
	const { model_config_id: config_id } = call as { model_config_id: string };
	const entry = { project: 'tickets', config_id, output: 'done' };
	const more = { headers: headersWith(ascii(origin)) };
	const one = (await (await request(address, '/logs', entry, more)).json()) as { id: string };
	const list = (await (await request(address, '/logs', [entry, entry], more)).json()) as { id: string }[];
	for (const { id } of [one, ...list]) assert.deepEqual(await originOf(address, id), origin);
});

test('a repeat from elsewhere is the same call: it gets the first response, and the log keeps its origin', async (t) => {
	const { address, call } = await setUp(t);
	const first = await run(address, call, ascii(origin), 'k');
	const repeat = await run(address, call, ascii({ ...origin, node_name: 'Another' }), 'k');
	assert.equal(repeat.response.headers.get('idempotent-replayed'), 'true');
	assert.deepEqual(repeat.body, first.body);
	assert.deepEqual(await originOf(address, first.body.data[0].id), origin);
});

for (const [what, header, stored] of [
	['no JSON', '{"node_name":', null],
	['a list', '["w1"]', null],
	['a text', '"w1"', null],
	['null', 'null', null],
	['nothing that is known', '{"other":"x"}', null],
	['values of other types', '{"node_name":1,"workflow_id":null,"execution_url":{}}', null],
	['empty values', '{"node_name":"","workflow_id":""}', null],
	['more than 2,048 bytes', JSON.stringify({ node_name: 'x'.repeat(2_048) }), null],
	['keys that are not known', '{"node_name":"n","__proto__":{"a":1},"other":"x"}', { node_name: 'n' }],
	['an address that is no link', '{"node_name":"n","execution_url":"javascript:alert(1)"}', { node_name: 'n' }],
	['an address that is no address', '{"node_name":"n","execution_url":"n8n"}', { node_name: 'n' }],
	[
		'an address that grows above 2,048 bytes',
		JSON.stringify({ node_name: 'n', execution_url: `http://n8n.test/${' '.repeat(1_900)}x` }),
		{ node_name: 'n' },
	],
	['a password', '{"execution_url":"http://a:b@n8n.test/x"}', { execution_url: 'http://n8n.test/x' }],
	['half of a character and a NUL', '{"node_name":"a\\ud800\\u0000"}', { node_name: 'a\ufffd\0' }],
] as const) {
	test(`a header with ${what} costs no call`, async (t) => {
		const { address, call } = await setUp(t);
		const { body } = await run(address, call, header);
		assert.deepEqual(await originOf(address, body.data[0].id), stored);
	});
}

test('a database of an earlier version gets the column; its logs have no origin', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0005_shared_values');
	await database.close();
	const { parameters } = newConfig('p', { provider: 'mock', model: 'm', prompt_template: 'x' });
	await execute(
		dataDir,
		`
		insert into projects (id, name, created_at, updated_at) values ('pr_1', 'p', '2026', '2026');
		insert into configs (id, project_id, hash, name, parameters, created_at, updated_at)
			values ('config_1', 'pr_1', 'h', 'n', '${JSON.stringify(parameters)}', '2026', '2026');
		insert into logs (id, project_id, config_id, sample_index, save, created_at, updated_at)
			values ('data_1', 'pr_1', 'config_1', 0, 1, '2026', '2026');
	`,
	);
	const api = await startApi(t, { dataDir });
	assert.equal(await originOf(await api.listen(), 'data_1'), null);
});

test('a provider gets nothing of it', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	await run(address, call, ascii(origin));
	const seen = JSON.stringify(provider.model.getRequests());
	assert.match(seen, /hello/);
	assert.doesNotMatch(seen, /call-origin|n8n\.example/i);
});
