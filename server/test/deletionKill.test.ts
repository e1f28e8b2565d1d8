import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { headers, post, start } from './process.ts';
import { sleep } from './provider.ts';
import { type Body, tempDir } from './setup.ts';
import { execute } from './storage/storage.ts';

const logs = 20_000;

/** More logs like the first one, by the same user. */
async function copyLog(dataDir: string, id: string): Promise<void> {
	await execute(
		dataDir,
		`
		insert into logs (id, project_id, config_id, sample_index, inputs, output, save, "user", created_at, updated_at)
		with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ${logs - 1})
		select 'data_' || number, project_id, config_id, 0, inputs, output, save, "user", created_at, updated_at
		from numbers cross join logs where logs.id = '${id}'
	`,
	);
}

test('killed in the middle of a deletion: the next start goes on, and counts each log once', async (t) => {
	const env = { DATA_DIR: tempDir(t) };
	const first = await start(t, env);
	const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'Hi' };
	const { id: configId } = (await post(first.address, '/model-configs', config)).config;
	const call = { model_config_id: configId, project: 'p', user: 'ann' };
	const completion = await post(first.address, '/completion-model-config', call);
	await copyLog(env.DATA_DIR, completion.data[0].id);
	await post(first.address, '/completion-model-config', { ...call, user: 'bob' });
	const asked = await fetch(`${first.address}/deletions`, { method: 'POST', headers, body: '{"user":"ann"}' });
	assert.equal(asked.status, 202);
	const { id } = (await asked.json()) as Body;
	const look = async (address: string) => {
		const deletion = (await (await fetch(`${address}/deletions/${id}`, { headers })).json()) as Body;
		return { status: deletion['status'], deleted: Number(deletion['deleted_logs']) };
	};
	let last = await look(first.address);
	while (last.deleted === 0) last = await look(first.address);
	assert.equal(last.status, 'running');
	first.child.kill('SIGKILL');
	await once(first.child, 'close');
	const [{ n: left } = {}] = await execute(env.DATA_DIR, `select count(*) as n from logs where "user" = 'ann'`);
	assert.ok(Number(left) > 0, 'it was killed too late');
	const second = await start(t, env);
	last = await look(second.address);
	// Questions without a pause would take the time that the deletion needs.
	for (; last.status === 'running'; last = await look(second.address)) await sleep(100);
	assert.deepEqual(last, { status: 'done', deleted: logs });
	const projects = (await (await fetch(`${second.address}/projects`, { headers })).json()) as Body;
	const found = await fetch(`${second.address}/logs?project_id=${String(projects.records[0].id)}`, { headers });
	assert.equal(((await found.json()) as Body).total, 1);
});
