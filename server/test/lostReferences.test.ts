import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { newLog } from '../src/domain/entities.ts';
import { newId } from '../src/domain/ids.ts';
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
		const ids = await writes.ensureTarget({ ...target, session });
		const { id: configId } = await writes.findOrCreateConfig(ids.projectId as string, config);
		const values = { sampleIndex: 0, save: true, createdAt: at, updatedAt: at, parentId: target.parentId };
		await writes.logs([newLog({ id, ...ids, configId, ...values })]);
	});
	const stored = await store.logRecord(id, () => undefined);
	assert.deepEqual([stored?.parentId, stored?.sessionId], [null, session.id]);
	assert.ok(await store.sessionById(session.id));
});

test('a log whose project was deleted while its call was in flight is stored nevertheless', async (t) => {
	const store = await startStore(t);
	const at = new Date().toISOString();
	const projectId = newId('pr');
	const configId = await store.write(async (writes) => {
		await writes.findOrCreateProject('p', projectId);
		return (await writes.findOrCreateConfig(projectId, config)).id;
	});
	await store.write(async (writes) => {
		await writes.lockProject(projectId);
		await writes.hideProject(projectId, at);
	});
	while ((await store.write((writes) => writes.deleteRestOfProject(projectId, 10))) > 0);
	const id = newId('data');
	const target = { project: { id: projectId, name: 'p', isNew: false }, session: null, parentId: null };
	await store.write(async (writes) => {
		const ids = await writes.ensureTarget(target);
		await writes.logs([newLog({ id, ...ids, configId, sampleIndex: 0, save: true, createdAt: at, updatedAt: at })]);
	});
	const stored = await store.logRecord(id, () => undefined);
	assert.deepEqual([stored?.projectId, stored?.projectName, stored?.configId], [projectId, null, configId]);
	assert.equal(await store.configById(configId), undefined);
	assert.deepEqual(await store.modelsInUse(), [], 'nobody can run it');
	assert.deepEqual((await store.configOfLog(configId))?.parameters.model, 'm');
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
