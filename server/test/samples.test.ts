import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { startHost } from './host.ts';
import { ask, send, startWith } from './provider.ts';
import { type Api, readEvents, startApi } from './setup.ts';
import { execute, onlyOnSqlite } from './storage/storage.ts';

/** A host that returns at most `perCall` of the samples that it is asked for, with texts that count up. */
async function startCounting(t: TestContext, perCall = 128) {
	let count = 0;
	return startHost(t, (response, body) => {
		const { n } = JSON.parse(body) as { n: number };
		const choices = Array.from({ length: Math.min(n, perCall) }, (_, index) => {
			count += 1;
			return { index, message: { role: 'assistant', content: `Answer ${count}` }, finish_reason: 'stop' };
		});
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ id: `response ${count}`, object: 'chat.completion', choices }));
	});
}

type Stored = { inputs: string | null; provider_request: string | null; provider_response: string | null };

async function rowsIn({ dataDir }: Api): Promise<Stored[]> {
	return (await execute(dataDir, 'select * from logs order by created_at, sample_index')) as unknown as Stored[];
}

function count(rows: Stored[], column: keyof Stored): number {
	return rows.filter((row) => row[column] !== null).length;
}

/** What the API says about all logs of a project: lists, searches, single logs, sessions. */
async function readAll(api: Api, projectId: string): Promise<string[]> {
	const list = await api.get(`/logs?project_id=${projectId}`);
	const ids = list.body.records.map(({ id }) => id);
	const paths = [
		...['', '&size=2&page=1', '&search=parcel', '&search=Answer%203', '&search=elsewhere'].map(
			(query) => `/logs?project_id=${projectId}${query}`,
		),
		...ids.map((id) => `/logs/${id}`),
		`/sessions?project_id=${projectId}`,
	];
	const texts: string[] = [];
	for (const path of paths) {
		const { status, text } = await api.get(path);
		assert.equal(status, 200, text);
		texts.push(`${path} ${text}`);
	}
	return texts;
}

test('what belongs to a call is stored once for all its samples, and read with each of them', async (t) => {
	const host = await startCounting(t, 2);
	const { api, address, call } = await startWith(t, host);
	const inputs = { what: 'Where is my parcel?' };
	const { body } = await ask(address, { ...call, inputs, num_samples: 5, session_reference_id: 's' });
	const rows = await rowsIn(api);
	assert.equal(rows.length, 5);
	assert.deepEqual([count(rows, 'inputs'), count(rows, 'provider_request')], [1, 1]);
	assert.equal(count(rows, 'provider_response'), 3, 'one for each response: two samples, two, and one');
	const list = async (query: string) => (await api.get(`/logs?project_id=${body.project_id}${query}`)).body;
	const { records } = await list('');
	assert.deepEqual(
		records.map(({ output }) => output),
		[1, 2, 3, 4, 5].map((number) => `Answer ${number}`),
	);
	for (const [index, log] of records.entries()) {
		assert.deepEqual([log.inputs, log.provider_request], [inputs, body.provider_request]);
		assert.deepEqual(log.provider_response, body.provider_responses[Math.floor(index / 2)]);
		assert.deepEqual((await api.get(`/logs/${log.id}`)).body, log);
	}
	// A page, and the results of a search, that have samples but not the one whose row holds the values.
	assert.deepEqual((await list('&size=2&page=1')).records, records.slice(2, 4));
	assert.equal((await list('&search=PARCEL')).total, 5);
	assert.deepEqual((await list('&search=answer%204')).records, records.slice(3, 4));
	const session = (await api.get(`/sessions/${body.session_id}`)).body as unknown as Record<string, unknown>;
	assert.deepEqual([session['first_inputs'], session['last_output']], [inputs, 'Answer 5']);
});

test('a saved response has the inputs once, and its replay has them in each sample', async (t) => {
	const host = await startCounting(t);
	const { api, address, call } = await startWith(t, host);
	for (const [key, more] of [
		['all', {}],
		['none', { return_inputs: false }],
	] as const) {
		const sent = { ...call, ...more, num_samples: 3 };
		const first = await ask(address, sent, { key });
		const replay = await ask(address, sent, { key });
		assert.equal(replay.replayed, true);
		assert.equal(replay.text, first.text);
		const { events } = await readEvents(await send(address, { ...sent, stream: true }, { key }));
		assert.deepEqual(events.at(-1)!.data[0].inputs, first.body.data[0].inputs);
	}
	const rows = await execute(api.dataDir, 'select key, response from saved_responses order by key');
	assert.equal(String(rows[0]!['response']).split('"what":"hello"').length - 1, 1);
});

test('calls and entries of one batch do not share values, even if they are equal', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config({ prompt_template: '{{ticket}}' });
	const entry = { project: 'tickets', config_id, inputs: { ticket: 'x' }, output: 'y' };
	assert.equal((await api.post('/logs', [entry, entry])).status, 200);
	const call = { model_config_id: config_id, project: 'tickets', inputs: entry.inputs };
	for (let i = 0; i < 2; i += 1) {
		assert.equal((await api.post('/completion-model-config', call)).status, 200);
	}
	assert.equal(count(await rowsIn(api), 'inputs'), 4);
});

test('with save false no sample has anything to share', async (t) => {
	const api = await startApi(t);
	const model_config_id = await api.config({ prompt_template: 'x' });
	const { body } = await api.post('/completion-model-config', {
		model_config_id,
		project: 'tickets',
		num_samples: 3,
		save: false,
	});
	const { records } = (await api.get(`/logs?project_id=${body.project_id}`)).body;
	assert.deepEqual(
		records.map(({ inputs, provider_request }) => [inputs, provider_request]),
		[1, 2, 3].map(() => [null, null]),
	);
});

test('logs that an earlier version stored read the same, byte for byte', onlyOnSqlite, async (t) => {
	const host = await startCounting(t, 2);
	const { api, address, call } = await startWith(t, host);
	const { body } = await ask(address, {
		...call,
		inputs: { what: 'Where is my parcel?' },
		num_samples: 5,
		session_reference_id: 's',
	});
	await ask(address, { ...call, num_samples: 2, save: false });
	await ask(address, { ...call, inputs: { what: 'elsewhere' } });
	const before = await readAll(api, body.project_id);
	await api.app.close();
	// The earlier schema: each row has all values of its own.
	await execute(
		api.dataDir,
		`
		update logs set
			inputs = (select first.inputs from logs first where first.id = logs.call_log_id),
			provider_request = (select first.provider_request from logs first where first.id = logs.call_log_id)
		where call_log_id is not null;
		update logs set
			provider_response = (select first.provider_response from logs first where first.id = logs.response_log_id)
		where response_log_id is not null;
		drop trigger log_text_is_changed;
		drop index feedback_by_value;
		drop index logs_of_config;
		create index logs_by_config on logs (config_id, created_at);
		alter table logs drop column environment;
		alter table logs drop column judgment;
		alter table logs drop column tool_choice;
		alter table configs drop column type;
		drop table config_aliases;
		drop table usage;
		drop table session_usage;
		drop table budget_reservations;
		drop table budgets;
		drop index logs_of_answer;
		alter table logs drop column answer_hash;
		alter table logs drop column reused_log_id;
		drop index projects_by_name;
		drop index logs_of_call;
		drop index logs_of_response;
		alter table logs drop column call_log_id;
		alter table logs drop column response_log_id;
		alter table logs drop column call_origin;
		drop trigger log_is_stored;
		drop trigger log_is_deleted;
		drop table log_vocabulary;
		drop table log_terms;
		drop table log_texts;
		drop table search_queue;
		drop table log_counts;
		drop index logs_of_session;
		drop index logs_by_source;
		drop index projects_by_creation;
		drop index projects_by_update;
		drop index configs_in_project;
		drop table audit_entries;
		drop table deletions;
		drop index deleted_projects;
		alter table projects drop column deleted_at;
		alter table projects add column active_config_id text;
		drop table deployed_configs;
		drop table deployments;
		drop table environments;
		drop table feedback_types;
		drop index failed_logs;
		drop index failed_logs_by_time;
		drop index logs_by_time;
		drop index logs_of_user;
		drop index logs_of_parent;
		drop index feedback_of_user;
		delete from kysely_migration where name > '0005';
		delete from schema_versions where migration > '0005';
	`,
	);
	const rows = await rowsIn(api);
	assert.deepEqual([count(rows, 'inputs'), count(rows, 'provider_response')], [6, 6], 'the earlier schema');
	const upgraded = await startApi(t, { dataDir: api.dataDir });
	assert.deepEqual(await readAll(upgraded, body.project_id), before);
});

test('3 MB of inputs for 128 samples take a small multiple of the call on the disk', onlyOnSqlite, async (t) => {
	const host = await startCounting(t);
	const { api, address, call } = await startWith(t, host);
	const text = 'x'.repeat(3_000_000);
	const { status, text: answer } = await ask(
		address,
		{ ...call, inputs: { what: text }, num_samples: 128, return_inputs: false },
		{ key: 'k' },
	);
	assert.equal(status, 200, answer.slice(0, 300));
	await api.app.close();
	// Inputs, request, and the request in the saved response.
	assert.ok(statSync(api.dataFile).size < 3.5 * text.length, String(statSync(api.dataFile).size));
});

test('a call that would store or return too much is a 413 before it is paid', async (t) => {
	const host = await startCounting(t);
	const { api, address, call } = await startWith(t, host, { maxCallBytes: 1_000_000 });
	const repeating = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}'.repeat(1000) });
	const text = 'x'.repeat(100_000);
	for (const [more, status] of [
		[{ inputs: { what: text }, num_samples: 5 }, 200],
		[{ inputs: { what: text }, num_samples: 10 }, 413],
		[{ inputs: { what: text }, num_samples: 128, return_inputs: false }, 200],
		[{ metadata: { text }, num_samples: 12 }, 413],
		[{ inputs: { what: 'é'.repeat(50_000) }, num_samples: 5 }, 200],
		[{ inputs: { what: 'é'.repeat(50_000) }, num_samples: 5, stream: true }, 413],
		[{ inputs: { what: text }, model_config_id: repeating }, 413],
	] as const) {
		const before = host.state.calls;
		const { status: got, body } = await ask(address, { ...call, ...more });
		assert.equal(got, status, JSON.stringify(body).slice(0, 500));
		if (status === 200) continue;
		assert.match(body.detail.message, /^This call would take about [\d.]+ MiB, .* \(MAX_CALL_BYTES\).*return_inputs/);
		assert.equal(host.state.calls, before);
	}
});
