import assert from 'node:assert/strict';
import test from 'node:test';
import { hashOf } from '../src/domain/keys/secret.ts';
import { makeKey, send } from './keyRequests.ts';
import { apiKey, startApi } from './setup.ts';
import { storedText } from './storage/disturb.ts';

test('no API key is in the database, a log line, an error or the audit, and no hash in a response', async (t) => {
	const api = await startApi(t, { logLevel: 'trace', maxWrongKeys: 2 });
	const address = await api.listen();
	const seen: string[] = [];
	const ask = async (key: string, method: string, path: string, body?: unknown, headers = {}) => {
		const response = await send(address, key, method, path, body, headers);
		// The response that makes a key is the only place for it.
		const { key: made, ...rest } = response.body;
		seen.push(JSON.stringify([...response.headers]), JSON.stringify(response.status === 201 ? rest : response.body));
		return { ...response, made };
	};
	const admin = await makeKey(address, 'operator', 'admin');
	const reader = await makeKey(address, 'reader', 'read', { requests_per_minute: 2 });
	const next = await ask(admin.key, 'POST', `/keys/${reader.id}/rotate`, {});
	await ask(reader.key, 'POST', '/logs', {}, { 'idempotency-key': 'k' });
	await ask(reader.key, 'GET', '/projects');
	assert.equal((await ask(reader.key, 'GET', '/projects')).status, 429);
	for (const name of [admin.key, 'wrong\n']) await ask(apiKey, 'POST', '/keys', { name, role: 'admin' });
	assert.equal((await ask(apiKey, 'DELETE', `/keys/${admin.key}`)).status, 404);
	await ask(apiKey, 'POST', '/feedback', { type: 'rating', value: 'good', data_id: 'x' }, { 'idempotency-key': 'k' });
	const guesses = ['canary-guess-1-of-a-stranger', 'canary-guess-2-of-a-stranger', 'canary-guess-3-of-a-stranger'];
	for (const guess of guesses) await ask(guess, 'GET', '/projects');
	await ask(apiKey, 'DELETE', `/keys/${reader.id}`);
	for (const path of ['/keys', '/audit', '/projects']) await ask(admin.key, 'GET', path);
	await api.app.close();

	const stored = await storedText(api.dataDir);
	const logged = api.logged.join('\n');
	const responses = seen.join('\n');
	assert.ok(stored.includes(hashOf(admin.key)), 'the database is read');
	assert.ok(logged.includes('answered') && responses.includes('key.revoked'));
	for (const key of [apiKey, admin.key, reader.key, next.made, ...guesses]) {
		const parts = [key, key.replace('hl_sk_', '')];
		for (const part of parts) {
			assert.ok(!stored.includes(part), `${key} is stored`);
			assert.ok(!logged.includes(part), `${key} is in the log`);
			assert.ok(!responses.includes(part), `${key} is in a response`);
		}
		assert.ok(!responses.includes(hashOf(key)) && !logged.includes(hashOf(key)), `the hash of ${key} is told`);
	}
});
