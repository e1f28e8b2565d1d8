import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { headers, post, start } from './process.ts';
import { startPausing, until } from './provider.ts';
import { type Body, readEvents, tempDir } from './setup.ts';

async function startKillable(t: TestContext) {
	const provider = await startPausing(t);
	const env = { DATA_DIR: tempDir(t), OPENAI_BASE_URL: provider.url };
	const first = await start(t, env);
	const project = 'p';
	const id = (
		await post(first.address, '/model-configs', { project, provider: 'openai', model: 'm', prompt_template: 'Hi' })
	).config.id;
	const send = (address: string, more: object = {}) =>
		fetch(`${address}/completion-model-config`, {
			method: 'POST',
			headers: { ...headers, 'idempotency-key': 'k' },
			body: JSON.stringify({ model_config_id: id, project, ...more }),
		});
	return {
		provider,
		address: first.address,
		send,
		killAndRestart: async () => {
			first.child.kill('SIGKILL');
			await once(first.child, 'close');
			return (await start(t, env)).address;
		},
		logs: async (address: string) => {
			const get = async (path: string) => (await (await fetch(`${address}${path}`, { headers })).json()) as Body;
			const projects = await get('/projects');
			return (await get(`/logs?project_id=${String(projects.records[0].id)}`)).records as unknown[];
		},
	};
}

test('killed after the answer: the repeat is given it, and the provider is not asked again', async (t) => {
	const { provider, address, send, killAndRestart, logs } = await startKillable(t);
	const first = send(address);
	await until(() => provider.state.calls === 1);
	provider.goOn();
	const text = await (await first).text();
	const restarted = await killAndRestart();
	const again = await send(restarted);
	assert.equal(again.headers.get('idempotent-replayed'), 'true');
	assert.equal(await again.text(), text);
	assert.equal(provider.state.calls, 1);
	assert.equal((await logs(restarted)).length, 1);
});

for (const stream of [false, true]) {
	test(`killed before the provider has answered, ${stream ? 'in the middle of a stream' : 'plain'}: the repeat runs, the half is no log`, async (t) => {
		const { provider, address, send, killAndRestart, logs } = await startKillable(t);
		const first = send(address, { stream });
		const lost = stream ? readEvents(await first).then(({ broken }) => assert.ok(broken)) : assert.rejects(first);
		await until(() => provider.state.calls === 1);
		const restarted = await killAndRestart();
		await lost;
		assert.deepEqual(await logs(restarted), []);
		const again = send(restarted, { stream });
		await until(() => provider.state.calls === 2);
		provider.goOn();
		assert.equal((await again).headers.get('idempotent-replayed'), null);
		assert.match(await (await again).text(), /"finish_reason":"stop"/);
		assert.equal((await logs(restarted)).length, 1);
	});
}
