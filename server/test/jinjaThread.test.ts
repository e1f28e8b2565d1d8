import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import type { Worker } from 'node:worker_threads';
import { JinjaThread } from '../src/jinja/thread.ts';
import { until } from './provider.ts';
import { apiKey, request, startApi } from './setup.ts';

/** Takes the thread for two seconds. */
const slow = '{% set s = "x" * 1000000 %}{{ ([s ~ "a", s ~ "b"] * 50000) | sort | length }}';
const tooMuch = { problem: { kind: 'effort', message: '' } };

/** A thread that has done a job, and the worker that did it. */
async function startThread() {
	const started = once(process, 'worker') as Promise<[Worker]>;
	const thread = new JinjaThread();
	assert.deepEqual(await thread.run({ templates: ['{{ 1 }}'], inputs: {} }), { texts: ['1'] });
	const [worker] = await started;
	return { thread, worker };
}

test('a job that is no longer wanted leaves the queue at once, and the others keep their order', async () => {
	const thread = new JinjaThread();
	const ended: string[] = [];
	const track = async <T>(name: string, outcome: Promise<T>): Promise<T> => {
		try {
			return await outcome;
		} finally {
			ended.push(name);
		}
	};
	const gone = new AbortController();
	const first = track('slow', thread.run({ templates: [slow], inputs: {} }));
	const second = track('left', thread.run({ templates: [slow], inputs: {} }, gone.signal));
	const third = track('last', thread.run({ templates: ['{{ 1 }}'], inputs: {} }, new AbortController().signal));
	const reason = new Error('The caller disconnected.');
	gone.abort(reason);
	await assert.rejects(second, reason);
	assert.deepEqual(ended, ['left']);
	assert.deepEqual([await first, await third], [tooMuch, { texts: ['1'] }]);
	assert.deepEqual(ended, ['left', 'slow', 'last']);
	await assert.rejects(thread.run({ templates: [slow], inputs: {} }, gone.signal), reason);
});

test('the wait for a job that runs ends when it is no longer wanted', async () => {
	const { thread } = await startThread();
	const gone = new AbortController();
	const running = thread.run({ templates: [slow], inputs: {} }, gone.signal);
	const next = thread.run({ templates: ['{{ 1 }}'], inputs: {} });
	setImmediate(() => gone.abort(new Error('gone')));
	const first = await Promise.race([running.catch((error: Error) => error.message), next]);
	assert.equal(first, 'gone');
	assert.deepEqual(await next, { texts: ['1'] });
});

test('a thread that ends while it has nothing to do is replaced', async () => {
	const { thread, worker } = await startThread();
	await worker.terminate();
	assert.deepEqual(await thread.run({ templates: ['{{ 2 }}'], inputs: {} }), { texts: ['2'] });
});

test('an error of a thread that has nothing to do does not end the process', async () => {
	const { thread, worker } = await startThread();
	worker.emit('error', new Error('too late'));
	assert.deepEqual(await thread.run({ templates: ['{{ 2 }}'], inputs: {} }), { texts: ['2'] });
	await worker.terminate();
});

test('a thread that ends in a job fails that job with the cause, and only that one', async () => {
	const { thread, worker } = await startThread();
	const cause = new Error('out of memory');
	const running = thread.run({ templates: [slow], inputs: {} });
	const next = thread.run({ templates: ['{{ 2 }}'], inputs: {} });
	setImmediate(() => {
		worker.emit('error', cause);
		void worker.terminate();
	});
	await assert.rejects(running, { message: /has ended: .*out of memory/, cause });
	assert.deepEqual(await next, { texts: ['2'] });
});

test('a call that waits for other templates gets its 504 when its time is over, not when its turn comes', async (t) => {
	const api = await startApi(t);
	const config = { project: 'jinja', provider: 'mock', model: 'mock-1', template_language: 'jinja' };
	const slowId = await api.config({ ...config, prompt_template: slow });
	const quickId = await api.config({ ...config, prompt_template: '{{ 1 }}' });
	const address = await api.listen();
	const ended: string[] = [];
	const send = async (name: string, path: string, body: object, more: Record<string, string> = {}) => {
		const headers = { 'x-api-key': apiKey, 'content-type': 'application/json', ...more };
		const response = await request(address, path, body, { headers });
		await response.text();
		ended.push(name);
		return response.status;
	};
	const path = '/completion-model-config';
	const run = t.mock.method(JinjaThread.prototype, 'run').mock;
	const first = send('slow', path, { model_config_id: slowId });
	const second = send('slow', path, { model_config_id: slowId });
	// Requests on connections of their own can arrive in another order.
	await until(() => run.callCount() === 2);
	const limits = { 'x-request-timeout-ms': '500' };
	const quick = { model_config_id: quickId };
	const plain = send('plain', path, quick, limits);
	const keyed = send('keyed', path, quick, { ...limits, 'idempotency-key': 'jinja-wait' });
	const model_config = { ...config, project: undefined, prompt_template: '{{ 2 }}' };
	const inline = send('inline', '/completion', { project: 'jinja', model_config }, limits);
	assert.deepEqual(await Promise.all([plain, keyed, inline]), [504, 504, 504]);
	assert.deepEqual(ended.toSorted(), ['inline', 'keyed', 'plain']);
	assert.deepEqual(await Promise.all([first, second]), [422, 422]);
	assert.equal(await send('again', path, quick, { 'idempotency-key': 'jinja-wait' }), 200);
});
