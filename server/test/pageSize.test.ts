import assert from 'node:assert/strict';
import test from 'node:test';
import { apiKey, startApi } from './setup.ts';
import { until } from './provider.ts';

test('a page of logs has a limit in bytes, counted before they are read, and one log can always be read', async (t) => {
	const api = await startApi(t, { maxPageBytes: 1_000_000 });
	const id = await api.config({ prompt_template: 'short' });
	// Stored once for all samples, but each log shows it.
	const inputs = { long: 'x'.repeat(200_000) };
	const call = { model_config_id: id, project: 'tickets', inputs, return_inputs: false };
	const { status, body } = await api.post('/completion-model-config', { ...call, num_samples: 20 });
	assert.equal(status, 200);
	const list = (size: number) => api.get(`/logs?project_id=${body.project_id}&size=${size}`);
	const tooLarge = await list(20);
	assert.equal(tooLarge.status, 422);
	const { message } = tooLarge.body.detail;
	const match =
		/^This page of 20 logs would take about ([\d.]+) MiB, and a page may take 1 MiB \(MAX_PAGE_BYTES\)\. Set "size" to (\d+) or less\.$/.exec(
			message,
		);
	assert.ok(match, message);
	assert.equal(match[2], '4');
	const fitting = await list(4);
	assert.equal(fitting.status, 200);
	assert.equal(fitting.body.records.length, 4);
	const mebibytes = (fitting.text.length * 5) / 1024 / 1024;
	assert.ok(Math.abs(Number(match[1]) - mebibytes) < 0.2, `${match[1]} MiB, in truth ${mebibytes}`);
	assert.equal((await list(5)).status, 422);

	await api.post('/completion-model-config', { ...call, inputs: { long: 'x'.repeat(3_000_000) } });
	const single = await list(1);
	assert.equal(single.status, 200);
	assert.ok(single.text.length > 3_000_000);
	assert.match((await list(2)).body.detail.message, /Set "size" to 1 or less/);
	assert.equal((await api.get(`/logs/${single.body.records[0].id}`)).status, 200);
});

test('logs take memory while they are read, and are a 503 when there is none', async (t) => {
	const api = await startApi(t, { maxBytesInFlight: 80_000_000 });
	const id = await api.config({ prompt_template: 'short' });
	const inputs = { long: 'x'.repeat(3_000_000) };
	const call = { model_config_id: id, project: 'tickets', inputs, return_inputs: false, num_samples: 3 };
	const { status, body } = await api.post('/completion-model-config', call);
	assert.equal(status, 200);
	const address = await api.listen();
	const list = () => fetch(`${address}/logs?project_id=${body.project_id}`, { headers: { 'x-api-key': apiKey } });
	const responses = [await list(), await list(), await list(), await list()];
	const statuses = responses.map((response) => response.status);
	assert.deepEqual(statuses, [200, 200, 503, 503]);
	assert.equal(responses[2]!.headers.get('retry-after'), '1');
	for (const response of responses) await response.body?.cancel();
	await until(async () => {
		const response = await list();
		await response.body?.cancel();
		return response.status === 200;
	});
});
