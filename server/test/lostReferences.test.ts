import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { newLog } from '../src/domain/entities.ts';
import { newId, ReservedProjectIds } from '../src/domain/ids.ts';
import { registerConfig } from '../src/domain/prompts/configs.ts';
import type { Store } from '../src/domain/store.ts';
import { configByIdOrAlias } from '../src/storage/configAliases.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { createStore } from '../src/storage/store.ts';
import { openTestDatabase } from './storage/storage.ts';

const config = {
	...{ proposedId: newId('config'), hash: 'h', name: 'c', description: null },
	parameters: { provider: 'mock', model: 'm', endpoint: 'complete' } as never,
};

async function startStore(t: TestContext) {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	return createStore(dialect, new GroupCommit(dialect));
}

test('a log whose parent and session were deleted while its call was in flight is stored nevertheless', async (t) => {
	const store = await startStore(t);
	const target = { project: { id: newId('pr'), name: 'p', isNew: true }, parentId: newId('data') };
	const session = { id: newId('sesh'), newReference: null };
	const at = new Date().toISOString();
	const id = newId('data');
	await store.write(async (writes) => {
		const ids = (await writes.ensureTarget({ ...target, session }))!;
		const { id: configId } = await writes.findOrCreateConfig(ids.projectId as string, config);
		const values = { sampleIndex: 0, save: true, createdAt: at, updatedAt: at, parentId: target.parentId };
		await writes.logs([newLog({ id, ...ids, configId, ...values })]);
	});
	const stored = await store.logRecord(id, () => undefined);
	assert.deepEqual([stored?.parentId, stored?.sessionId], [null, session.id]);
	assert.ok(await store.sessionById(session.id));
});

test('nothing is stored in a project that was deleted while its call was in flight', async (t) => {
	const store = await startStore(t);
	const projectId = newId('pr');
	await store.write((writes) => writes.findOrCreateProject('p', projectId));
	const target = { project: { id: projectId, name: 'p', isNew: false }, session: null, parentId: null };
	assert.deepEqual(await store.write((writes) => writes.ensureTarget(target)), { projectId, sessionId: null });
	await store.write(async (writes) => {
		await writes.lockProject(projectId);
		await writes.hideProject(projectId, new Date().toISOString());
	});
	const session = { id: newId('sesh'), newReference: 's' };
	assert.equal(await store.write((writes) => writes.ensureTarget({ ...target, session })), undefined);
	assert.equal(await store.sessionByReference('s'), undefined);
});

test('nobody in this process runs a config once the deletion of its project is committed', async (t) => {
	const store = await startStore(t);
	const projectId = newId('pr');
	const { id } = await store.write(async (writes) => {
		await writes.findOrCreateProject('p', projectId);
		return writes.findOrCreateConfig(projectId, config);
	});
	assert.equal((await store.configById(id))?.id, id);
	await store.write((writes) => writes.hideProject(projectId, new Date().toISOString()));
	assert.equal(await store.configById(id), undefined);
	assert.equal((await store.configOfLog(id))?.id, id);
});

test('a config is not stored in a project that is deleted meanwhile', async (t) => {
	const store = await startStore(t);
	const projectId = newId('pr');
	await store.write((writes) => writes.findOrCreateProject('p', projectId));
	const late: Store = {
		...store,
		async write(work) {
			await store.write((writes) => writes.hideProject(projectId, 'now'));
			return store.write(work);
		},
	};
	const request = { project_id: projectId, model: 'm', prompt_template: 'secret' };
	const actor = { keyId: null, name: 'test' };
	const ofProject = { name: 'ApiError', status: 404, message: `No such project: "${projectId}".` };
	await assert.rejects(registerConfig(late, new ReservedProjectIds(), request, actor), ofProject);
	assert.deepEqual(await store.configsOfProject(projectId), []);
});

test('an ID that a deleted project had can become another ID of a config', async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	const store = createStore(dialect, new GroupCommit(dialect));
	// Not from the cache.
	const find = (id: string) => configByIdOrAlias(dialect.reader, id);
	const add = async (projectId: string, id: string, hash: string) => {
		await store.write((writes) => writes.findOrCreateProject(projectId, projectId));
		const at = new Date().toISOString();
		const { proposedId: _, ...values } = config;
		const archived = { ...values, type: 'model' as const, id, hash, projectId, createdAt: at, updatedAt: at };
		return (await store.write((writes) => writes.archive.addConfig(archived))).stored.id;
	};
	const hide = (id: string) => store.write((writes) => writes.hideProject(id, 'now'));
	const [first, second, third] = [newId('pr'), newId('pr'), newId('pr')] as const;
	assert.equal(await add(first, 'config_x', 'h'), 'config_x');
	await hide(first);
	assert.equal(await add(second, 'config_y', 'h'), 'config_y');
	assert.equal(await add(second, 'config_x', 'h'), 'config_y');
	assert.equal((await find('config_x'))?.id, 'config_y');
	await hide(second);
	assert.equal(await add(third, 'config_z', 'h'), 'config_z');
	await store.write((writes) => writes.archive.addAlias({ alias: 'config_x', configId: 'config_z' }));
	assert.equal((await find('config_x'))?.id, 'config_z');
	assert.equal(await add(third, 'config_y', 'other'), 'config_y');
	assert.equal((await find('config_y'))?.projectId, third);
});

test('a reserved ID that a renamed or deleted project has is not used again', async (t) => {
	const store = await startStore(t);
	const reserved = newId('pr');
	const create = () => store.write((writes) => writes.findOrCreateProject('p', reserved));
	assert.equal(await create(), reserved);
	assert.equal(await create(), reserved);
	await store.write((writes) => writes.renameProject(reserved, 'q'));
	const second = await create();
	assert.notEqual(second, reserved);
	await store.write((writes) => writes.hideProject(reserved, 'now'));
	assert.equal(await create(), second);
	assert.equal((await store.projectByName('p'))?.id, second);
	assert.equal(await store.projectByName('q'), undefined);
});
