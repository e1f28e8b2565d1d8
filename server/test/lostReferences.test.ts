import assert from 'node:assert/strict';
import test from 'node:test';
import { newLog } from '../src/domain/entities.ts';
import { newId } from '../src/domain/ids.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { createStore } from '../src/storage/store.ts';
import { openTestDatabase } from './storage/storage.ts';

test('a log whose parent and session were deleted while its call was in flight is stored nevertheless', async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	const store = createStore(dialect, new GroupCommit(dialect));
	const target = { project: { id: newId('pr'), name: 'p', isNew: true }, parentId: newId('data') };
	const session = { id: newId('sesh'), newReference: null };
	const at = new Date().toISOString();
	const id = newId('data');
	await store.write(async (writes) => {
		const ids = await writes.ensureTarget({ ...target, session });
		const { id: configId } = await writes.findOrCreateConfig(ids.projectId as string, {
			...{ proposedId: newId('config'), hash: 'h', name: 'c', description: null },
			parameters: { provider: 'mock', model: 'm', endpoint: 'complete' } as never,
		});
		const values = { sampleIndex: 0, save: true, createdAt: at, updatedAt: at, parentId: target.parentId };
		await writes.logs([newLog({ id, ...ids, configId, ...values })]);
	});
	const stored = await store.logRecord(id, () => undefined);
	assert.deepEqual([stored?.parentId, stored?.sessionId], [null, session.id]);
	assert.ok(await store.sessionById(session.id));
});
