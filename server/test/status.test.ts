import assert from 'node:assert/strict';
import test from 'node:test';
import { version } from '../src/version.ts';
import { makeKey, send } from './keyRequests.ts';
import { startApi } from './setup.ts';
import { storage } from './storage/storage.ts';

test('the status says what the server is and how it is set up, to each role, and no key', async (t) => {
	const api = await startApi(t, { logRetentionDays: 30, publicUrl: 'https://humanloop.example.com' });
	const address = await api.listen();
	const { key } = await makeKey(address, 'dashboard', 'read');
	const log = { project: 'tickets', config_id: await api.config(), output: 'done' };
	await api.post('/logs', [log, log, { ...log, project: 'mail', config_id: await api.config({ project: 'mail' }) }]);
	const { status, body } = await send(address, key, 'GET', '/status');
	assert.equal(status, 200);
	assert.deepEqual(body, {
		version,
		database: storage === 'sqlite' ? 'sqlite' : 'postgres',
		logs: 3,
		log_retention_days: 30,
		public_url: 'https://humanloop.example.com',
		has_environment_key: true,
	});
});

test('what is not set is null', async (t) => {
	const api = await startApi(t, { apiKey: undefined });
	let first = '';
	await api.showFirstKey((key) => (first = key));
	const { body } = await send(await api.listen(), first, 'GET', '/status');
	assert.deepEqual(
		[body['logs'], body['log_retention_days'], body['public_url'], body['has_environment_key']],
		[0, null, null, false],
	);
});
