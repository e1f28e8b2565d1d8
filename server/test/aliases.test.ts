import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { importInto } from './import/commands.ts';
import { startApi, tempDir } from './setup.ts';
import { notOnPglite } from './storage/storage.ts';

/** Writes a prompt with three versions, the last of which is equal to the first, and an older ID of the second. */
function writeExport(root: string): void {
	const folder = join(root, 'files/pr_1');
	mkdirSync(join(folder, 'versions'), { recursive: true });
	const prompt = { id: 'pr_1', type: 'prompt', name: 'reply', model: 'mock-1', provider: 'mock' };
	for (const [index, template] of ['One', 'Two', 'One'].entries()) {
		const created_at = `2024-01-0${index + 1}T00:00:00Z`;
		const version = { ...prompt, version_id: `prv_${index + 1}`, endpoint: 'complete', template, created_at };
		writeFileSync(join(folder, `versions/prv_${index + 1}`), JSON.stringify(version));
	}
	writeFileSync(join(folder, 'file.json'), JSON.stringify(prompt));
	writeFileSync(join(root, 'ids.csv'), 'config_2,prv_2\n');
}

test('an older ID and that of an equal version do wherever an ID of a config does', notOnPglite, async (t) => {
	const [root, dataDir] = [tempDir(t), tempDir(t)];
	writeExport(root);
	await importInto(dataDir, root, ['--aliases', join(root, 'ids.csv')]);
	const api = await startApi(t, { dataDir });
	const deployed = async () => (await api.get('/projects/pr_1/active-config')).body.config.id;
	for (const [alias, id] of [
		['config_2', 'prv_2'],
		['prv_3', 'prv_1'],
	]) {
		const change = await api.call('PATCH', '/projects/pr_1/deploy-config', { config_id: alias });
		assert.equal(change.status, 200, change.text);
		assert.equal(await deployed(), id);
		const active = await api.call('PATCH', '/projects/pr_1', { active_config_id: alias });
		assert.equal(active.status, 200, active.text);
		const logged = await api.post('/logs', { project: 'reply', config_id: alias, output: 'Hello' });
		assert.equal(logged.status, 200, logged.text);
		assert.equal((await api.get(`/logs/${String(logged.body['id'])}`)).body['config_id'], id);
		const called = await api.post('/completion-model-config', { model_config_id: alias });
		assert.deepEqual([called.status, called.body.data[0].model_config_id], [200, id], called.text);
		assert.equal((await api.get(`/model-configs/${alias}`)).body['id'], id);
		assert.equal((await api.call('POST', `/model-configs/${alias}/export`)).status, 200);
	}
	const { body: history } = await api.get('/projects/pr_1/deployments');
	assert.equal(history.total, 2, 'the ID of an equal version is deployed already');
	const rolledBack = await api.call('POST', `/projects/pr_1/deployments/${history.records[0].id}/rollback`);
	assert.equal(rolledBack.status, 200, rolledBack.text);
	assert.equal(await deployed(), 'prv_2');
});
