import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { main } from './process.ts';
import { apiKey, startApi } from './setup.ts';

test('an unknown environment is answered with those that there are', async (t) => {
	const api = await startApi(t);
	await api.config({ project: 'reply' });
	await api.post('/environments', { name: 'staging' });
	const { status, body } = await api.post('/completion-deployed', { project: 'reply', environment: 'development' });
	assert.equal(status, 404);
	assert.match(body.detail.message, /^No such environment: "development"\. There are "production", "staging"\.$/);
});

test('other versions of the API are named in the answer to them', async (t) => {
	const { app } = await startApi(t);
	const { body } = await app.inject({ method: 'POST', url: '/v5/prompts', headers: { 'x-api-key': apiKey } });
	assert.match(body, /There is no POST \/v5\/prompts here\. This server has version 4 of the API \(\/v4\) only\./);
});

test('a request without a body may say JSON where none is needed', async (t) => {
	const api = await startApi(t);
	await api.config({ project: 'reply' });
	const { id } = (await api.get('/projects')).body.records[0];
	const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
	const gone = await api.app.inject({ method: 'DELETE', url: `/v4/projects/${id}/active-config`, headers });
	assert.equal(gone.statusCode, 200, gone.body);
	const empty = await api.app.inject({ method: 'POST', url: '/v4/feedback', headers });
	assert.equal(empty.statusCode, 400, empty.body);
});

test('a command ends without a word when nobody reads its output', async () => {
	const child = spawn(process.execPath, [main, 'import', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
	child.stdout.destroy();
	let errors = '';
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
	await once(child, 'close');
	assert.equal(errors, '');
});
