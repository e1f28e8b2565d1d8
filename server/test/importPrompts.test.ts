import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { importInto, onDatabase } from './import/commands.ts';
import { writeSmallExport } from './import/smallExport.ts';
import { type Api, startApi, tempDir } from './setup.ts';
import { notOnPglite } from './storage/storage.ts';

async function deployedIn(api: Api, project: string): Promise<Record<string, unknown>> {
	const { body } = await api.get(`/projects/${project}/deployed-configs`);
	const list = body as unknown as { environment_name: string; model_config_id: string | null }[];
	return Object.fromEntries(list.map((one) => [one.environment_name, one.model_config_id]));
}

test('of two prompts with one name, the deployed one has it, else the older one', notOnPglite, async (t) => {
	const [root, dataDir] = [tempDir(t), tempDir(t)];
	const versions = (id: string) => ({ [`prv_${id}`]: { template: 'Hello' } });
	writeSmallExport(root, [
		{ id: 'pr_1', path: 'drafts/reply', versions: versions('1') },
		{ id: 'pr_2', path: 'support/reply', versions: versions('2'), deployed: { production: 'prv_2' } },
		{ id: 'pr_3', path: 'new/rate', createdAt: '2024-03-01T00:00:00Z', versions: versions('3') },
		{ id: 'pr_4', path: 'old/rate', createdAt: '2024-02-01T00:00:00Z', versions: versions('4') },
	]);
	const printed = await importInto(dataDir, root);
	assert.match(printed, /Two prompts are named "reply"\. pr_2 has this name, and pr_1 is named "drafts\/reply"\.$/m);
	assert.match(printed, /Two prompts are named "rate"\. pr_4 has this name, and pr_3 is named "new\/rate"\.$/m);
	const api = await startApi(t, { dataDir });
	const called = await api.post('/completion-deployed', { project: 'reply' });
	assert.equal(called.body.data[0].model_config_id, 'prv_2', called.text);
});

test('a prompt that comes from an export and from a file is pointed out', notOnPglite, async (t) => {
	const [root, files] = [tempDir(t), tempDir(t)];
	writeSmallExport(root, [{ id: 'pr_1', path: 'support/reply', versions: { prv_1: { template: 'Hello' } } }]);
	mkdirSync(join(files, 'support'));
	writeFileSync(join(files, 'support/reply.prompt'), '---\nmodel: gpt-4o\nprovider: openai\n---\nHello\n');
	for (const folders of [
		[root, files],
		[files, root],
	]) {
		const dataDir = tempDir(t);
		assert.doesNotMatch(await importInto(dataDir, folders[0] as string), /can be the same prompt/);
		const printed = await importInto(dataDir, folders[1] as string);
		assert.match(printed, /The projects "reply" \(pr_1\) and "support\/reply" \(pr_\w+\) can be the same prompt/);
		assert.doesNotMatch(await importInto(dataDir, folders[1] as string), /can be the same prompt/);
	}
});

test('a broken version costs its own deployment only, and comes with the next import', notOnPglite, async (t) => {
	const [root, dataDir] = [tempDir(t), tempDir(t)];
	const prompt = { id: 'pr_1', path: 'support/reply', deployed: { production: 'prv_1', staging: 'prv_2' } };
	writeSmallExport(root, [
		{ ...prompt, versions: { prv_1: { template: 'One' }, prv_2: { template: 'Two', temperature: 'hot' } } },
	]);
	const { status, stdout, stderr } = await onDatabase(dataDir, ['import', root]);
	assert.equal(status, 1);
	assert.match(stderr, /^1 part.* could not be imported/m);
	assert.match(stdout, /^ {2}support\/reply: files\/pr_1\/versions\/prv_2: temperature: value is not a valid float/m);
	assert.match(stdout, /support\/reply: files\/pr_1\/deployments\.json: .*: prv_2 in "staging"\. Correct the version/);
	assert.match(stdout, /^deployments +1 new$/m);
	writeSmallExport(root, [{ ...prompt, versions: { prv_2: { template: 'Two' } } }]);
	assert.match(await importInto(dataDir, root), /^deployments +1 new, 1 there already$/m);
	assert.match(await importInto(dataDir, root), /^deployments +0 new, 2 there already$/m);
	const api = await startApi(t, { dataDir });
	assert.deepEqual(await deployedIn(api, 'pr_1'), { production: 'prv_1', staging: 'prv_2' });
	const { body: history } = await api.get('/projects/pr_1/deployments');
	assert.equal(history.total, 2);

	// What was removed here stays removed.
	await api.call('DELETE', '/projects/pr_1/active-config');
	assert.match(await importInto(dataDir, root), /^deployments +0 new, 2 there already$/m);
	assert.deepEqual(await deployedIn(api, 'pr_1'), { production: null, staging: 'prv_2' });
});

test('a version whose template is no Jinja is imported and named', notOnPglite, async (t) => {
	const root = tempDir(t);
	const broken = { template: '{% if x %}', template_language: 'jinja' };
	writeSmallExport(root, [{ id: 'pr_1', path: 'reply', versions: { prv_1: broken } }]);
	const printed = await importInto(tempDir(t), root);
	assert.match(printed, /reply: files\/pr_1\/versions\/prv_1: calls of this version fail\. prompt_template, line 1: /);
});

test('a folder of versions that is not there is named', notOnPglite, async (t) => {
	const root = tempDir(t);
	writeSmallExport(root, [{ id: 'pr_1', path: 'reply', versions: {}, deployed: { production: 'prv_1' } }]);
	rmSync(join(root, 'files/pr_1/versions'), { recursive: true });
	const { stdout, stderr } = await onDatabase(tempDir(t), ['import', root]);
	assert.match(stdout, /^ {2}reply: files\/pr_1\/deployments\.json: .* prv_1 in "production"\. Add .* "versions"/m);
	assert.match(stderr, /^1 part/m);
});
