import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import type { LogResponse } from '../src/contract/logs.ts';
import type { UsageResponse } from '../src/contract/usage.ts';
import { latencyBucketOf, latencyLimits, latencyQuantile } from '../src/domain/costs/usageLatency.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { chatCompletion, startHost } from './host.ts';
import { ask, startWith } from './provider.ts';
import { type Api, startApi, tempDir } from './setup.ts';
import { databaseUrlFor, execute } from './storage/storage.ts';

async function usageOf(api: Api, query = ''): Promise<UsageResponse[]> {
	const { status, body, text } = await api.get(`/usage${query}`);
	assert.equal(status, 200, text);
	return body.records as unknown as UsageResponse[];
}

/** A host that fails where the prompt says so, and else answers after as many milliseconds as it says. */
async function startTimed(t: TestContext) {
	const host = await startHost(t, async (response, body) => {
		const milliseconds = /after (\d+)/.exec(body)?.[1];
		if (milliseconds === undefined) {
			response.statusCode = 400;
			return response.end('{"error": {"message": "trouble", "type": "x"}}');
		}
		await wait(Number(milliseconds));
		if (!(JSON.parse(body) as { stream?: boolean }).stream) {
			response.setHeader('content-type', 'application/json');
			return response.end(chatCompletion('Hello'));
		}
		response.setHeader('content-type', 'text/event-stream');
		const choices = [{ index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' }];
		return response.end(`data: ${JSON.stringify({ id: 'x', created: 1, model: 'm', choices })}\n\ndata: [DONE]\n\n`);
	});
	return await startWith(t, host);
}

/** The latency that the share `quantile` of the logs did not exceed. */
function quantileOf(logs: LogResponse[], quantile: number): number {
	const durations = logs.map(({ duration }) => duration as number).sort((one, other) => one - other);
	return durations[Math.ceil(quantile * durations.length) - 1] as number;
}

function assertSameBucket(estimate: number | null, exact: number): void {
	assert.equal(latencyBucketOf(estimate as number), latencyBucketOf(exact), `${estimate}, in truth ${exact}`);
}

test('latencies are those of the logs, by project and session; streams and several samples count once', async (t) => {
	const { api, address, call } = await startTimed(t);
	const send = (milliseconds: number, more: object = {}) =>
		ask(address, { ...call, inputs: { what: `after ${milliseconds}` }, ...more });
	const sent = [20, 120, 180, 700, 90].map((milliseconds) => send(milliseconds));
	sent.push(
		send(500, { num_samples: 3 }),
		send(200, { stream: true }),
		send(30, { project: 'other' }),
		send(40, { session_reference_id: 's' }),
	);
	for (const { status, text } of await Promise.all(sent)) assert.equal(status, 200, text);
	const [session] = await usageOf(api, '?group_by=session');
	const inProjects = await usageOf(api, '?group_by=project');
	assert.deepEqual(inProjects.map(({ calls }) => calls).sort(), [1, 8]);
	const inSession: LogResponse[] = [];
	for (const { project_id, calls, median_latency, p95_latency } of inProjects) {
		const { records } = (await api.get(`/logs?project_id=${project_id}`)).body as unknown as { records: LogResponse[] };
		// The logs of one call have the same times.
		const logs = [...new Map(records.map((log) => [`${log.created_at} ${log.duration}`, log])).values()];
		assert.equal(logs.length, calls);
		inSession.push(...logs.filter(({ session_id }) => session_id === session!.session_id));
		assertSameBucket(median_latency, quantileOf(logs, 0.5));
		assertSameBucket(p95_latency, quantileOf(logs, 0.95));
	}
	assert.equal(inSession.length, 1);
	assertSameBucket(session!.median_latency, quantileOf(inSession, 0.5));
});

test('failed calls, replays and reused answers have no latency', async (t) => {
	const { api, address, call } = await startTimed(t);
	const failing = () => ask(address, { ...call, inputs: { what: 'fail' } });
	assert.equal((await failing()).status, 400);
	const [failed] = await usageOf(api);
	assert.deepEqual([failed!.failed_calls, failed!.median_latency, failed!.p95_latency], [1, null, null]);
	const slow = { ...call, inputs: { what: 'after 600' } };
	assert.equal((await ask(address, slow, { key: 'k' })).status, 200);
	const one = await usageOf(api);
	assert.ok(one[0]!.median_latency! >= 0.4, String(one[0]!.median_latency));
	for (let repeat = 0; repeat < 3; repeat += 1) {
		assert.equal((await ask(address, slow, { key: 'k' })).replayed, true);
		const reused = await ask(address, slow, { reuseMaxAge: 3600 });
		assert.ok(reused.headers.has('x-reused-log-id'));
		assert.equal((await failing()).status, 400);
	}
	const [all] = await usageOf(api);
	assert.deepEqual([all!.calls, all!.failed_calls], [5, 4]);
	assert.deepEqual([all!.median_latency, all!.p95_latency], [one[0]!.median_latency, one[0]!.p95_latency]);
});

test('of several projects, only those that are named; one that does not exist is a 404', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const ids: string[] = [];
	for (const project of ['a', 'b', 'c']) {
		const { body } = await api.post('/completion-model-config', {
			model_config_id: id,
			project,
			inputs: { ticket: 'x' },
		});
		ids.push(body.project_id);
	}
	const records = await usageOf(api, `?group_by=project&group_by=day&project_id=${ids[0]}&project_id=${ids[2]}`);
	assert.deepEqual(records.map(({ project }) => project).sort(), ['a', 'c']);
	assert.equal((await api.get(`/usage?project_id=${ids[0]}&project_id=pr_none`)).status, 404);
	const many = Array.from({ length: 101 }, (_, index) => `project_id=${index}`).join('&');
	assert.equal((await api.get(`/usage?${many}`)).status, 422);
});

test('latencies of calls before the upgrade are not known; those after it are', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0015_budgets');
	await database.close();
	await execute(
		dataDir,
		`insert into usage values ('u', '2026-11-01', '', 'config_x', '', '', '', 'mock', 'm', 0, 7, 0, 7, 1, 1, 0, 0, 0, 0, 0)`,
	);
	const api = await startApi(t, { dataDir });
	const before = await usageOf(api);
	assert.deepEqual([before[0]!.calls, before[0]!.median_latency, before[0]!.p95_latency], [7, null, null]);
	const id = await api.config();
	await api.post('/completion-model-config', { model_config_id: id, project: 'tickets', inputs: { ticket: 'x' } });
	const [after] = await usageOf(api);
	assert.equal(after!.calls, 8);
	assert.ok(after!.median_latency! > 0);
});

test('an estimate is in the bucket of the exact value, and grows with the share', () => {
	fc.assert(
		fc.property(
			fc.array(fc.double({ min: 0, max: 599, noNaN: true }), { minLength: 1 }),
			fc.double({ min: 0.01, max: 1, noNaN: true }),
			(latencies, quantile) => {
				const buckets = Array.from({ length: latencyLimits.length + 1 }, () => 0);
				for (const latency of latencies) buckets[latencyBucketOf(latency)]! += 1;
				const sorted = latencies.toSorted((one, other) => one - other);
				const position = latencyBucketOf(sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!);
				const estimate = latencyQuantile(buckets, quantile)!;
				assert.ok(estimate >= (latencyLimits[position - 1] ?? 0) && estimate <= latencyLimits[position]!);
				assert.ok(estimate <= latencyQuantile(buckets, 1)!);
			},
		),
	);
	const above = Array.from({ length: latencyLimits.length + 1 }, () => 0).with(-1, 3);
	assert.equal(latencyQuantile(above, 0.5), 600);
	assert.equal(latencyBucketOf(601), latencyLimits.length);
});
