import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from '../../src/domain/apiError.ts';
import type { Lookup } from '../../src/providers/publicPool.ts';
import type { AzureSettings } from '../../src/providers/openai/azure.ts';
import { type Asked, runCall } from '../sampling.ts';
import { startLine } from './standIn.ts';

const serverKey = 'azure-canary-of-the-server';
const callerKey = 'azure-canary-of-the-caller';

/** A look-up that gives that address, and notes what it was asked. */
function lookupOf(address: string) {
	const asked: string[] = [];
	const lookup: Lookup = (hostname, options, callback) => {
		asked.push(hostname);
		if (options.all === true) return callback(null, [{ address, family: 4 }]);
		return callback(null, address, 4);
	};
	return { asked, lookup };
}

function run(settings: AzureSettings, asked: Asked = {}) {
	const config = { provider: 'openai_azure', model: 'gpt-4o', ...asked.config };
	return runCall({ ...asked, config }, { openai: {}, openai_azure: settings });
}

async function errorOf(work: Promise<unknown>): Promise<ApiError> {
	return work.then(
		() => assert.fail('nothing was thrown'),
		(error: unknown) => (error instanceof ApiError ? error : Promise.reject(error as Error)),
	);
}

test('a call goes to the deployment that the model names, with the version and the key', async (t) => {
	const line = await startLine(t);
	line.model.onMessage(/.*/, { content: 'ok' });
	const settings = { apiKey: serverKey, endpoint: `${line.origin}/` };
	await run(settings, { config: { model: 'our gpt-4o/eu' } });
	await run({ ...settings, apiVersion: '2025-01-01-preview' }, { keys: { openai_azure: callerKey } });
	assert.deepEqual(
		line.sent.map(({ url, headers }) => [url, headers['api-key'], headers.authorization]),
		[
			['/openai/deployments/our%20gpt-4o%2Feu/chat/completions?api-version=2024-10-21', serverKey, undefined],
			['/openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01-preview', callerKey, undefined],
		],
	);
});

test('an endpoint with /openai/v1 has no version, and names the deployment in the body', async (t) => {
	const line = await startLine(t);
	line.model.onMessage(/.*/, { content: 'ok' });
	const keys = { openai_azure: callerKey, openai_azure_endpoint: `${line.origin}/openai/v1/` };
	await run({ apiKey: serverKey, endpoint: `${line.origin}/openai/v1` });
	await run({ apiKey: serverKey, allowedHosts: [line.origin] }, { keys, config: { model: 'our gpt-4o/eu' } });
	assert.deepEqual(
		line.sent.map(({ url, headers, body }) => [url, headers['api-key'], body['model']]),
		[
			['/openai/v1/chat/completions', serverKey, 'gpt-4o'],
			['/openai/v1/chat/completions', callerKey, 'our gpt-4o/eu'],
		],
	);
});

test("the query of the operator's endpoint is sent, and can have the version", async (t) => {
	const line = await startLine(t);
	line.model.onMessage(/.*/, { content: 'ok' });
	for (const query of ['?key=gateway-key', '?api-version=2025-01-01-preview']) {
		await run({ apiKey: serverKey, endpoint: `${line.origin}/azure/${query}` });
		await run({ apiKey: serverKey, endpoint: `${line.origin}/azure/openai/v1/${query}` });
	}
	const path = '/azure/openai/deployments/gpt-4o/chat/completions';
	assert.deepEqual(
		line.sent.map(({ url }) => url),
		[
			`${path}?key=gateway-key&api-version=2024-10-21`,
			'/azure/openai/v1/chat/completions?key=gateway-key',
			`${path}?api-version=2025-01-01-preview`,
			'/azure/openai/v1/chat/completions?api-version=2025-01-01-preview',
		],
	);
});

test("a caller's endpoint must be Azure's own, over https, without a port and a path", async () => {
	const { asked, lookup } = lookupOf('127.0.0.1');
	for (const endpoint of [
		...['https://example.com', 'https://x.openai.azure.com.example.com', 'https://openai.azure.com'],
		...['http://x.openai.azure.com', 'https://x.openai.azure.com:8443', 'https://x.openai.azure.com/path'],
		...['https://user@x.openai.azure.com', 'https://x.openai.azure.com?a=1', 'https://x.openai.azure.com#'],
		...['169.254.169.254', 'https://[::1]', 'http://localhost:8400', 'file:///etc/passwd', 'https://'],
	]) {
		const keys = { openai_azure: callerKey, openai_azure_endpoint: endpoint };
		const error = await errorOf(run({ apiKey: serverKey, lookup }, { keys }));
		assert.equal(error.status, 422, endpoint);
		assert.match(error.message, /^The "openai_azure_endpoint" in "provider_api_keys" cannot be used: /);
	}
	assert.deepEqual(asked, []);
});

test("the server's key never goes to an endpoint that the caller has named", async () => {
	const { asked, lookup } = lookupOf('127.0.0.1');
	for (const keys of [
		{ openai_azure_endpoint: 'https://x.openai.azure.com' },
		{ openai_azure_endpoint: 'x.openai.azure.com', openai_azure: '' },
		{ openai_azure_endpoint: 'https://gateway.example.com', openai_azure: null },
	]) {
		const settings = { apiKey: serverKey, endpoint: 'https://ours.openai.azure.com', lookup };
		const error = await errorOf(run({ ...settings, allowedHosts: ['https://gateway.example.com'] }, { keys }));
		assert.equal(error.status, 422);
		assert.match(error.message, /needs its own key/);
	}
	assert.deepEqual(asked, []);
});

test("a caller's endpoint with a private address gets nothing, at each try", async () => {
	for (const address of ['127.0.0.1', '10.0.0.4', '169.254.169.254', '168.63.129.16', '192.168.1.1']) {
		const { asked, lookup } = lookupOf(address);
		for (const stream of [false, true]) {
			const keys = { openai_azure: callerKey, openai_azure_endpoint: 'X.openai.azure.com' };
			const error = await errorOf(run({ apiKey: serverKey, lookup }, { keys, stream }));
			assert.deepEqual(
				[error.status, error.isRetryable, error.message],
				[422, false, 'https://x.openai.azure.com is not on the public internet: this server does not connect to it.'],
			);
		}
		assert.deepEqual(asked, ['x.openai.azure.com', 'x.openai.azure.com']);
	}
});

test('an endpoint that the operator allows, or has set, may be private', async (t) => {
	const line = await startLine(t);
	line.model.onMessage(/.*/, { content: 'ok' });
	const keys = { openai_azure: callerKey, openai_azure_endpoint: line.origin };
	await run({ apiKey: serverKey, allowedHosts: [line.origin] }, { keys });
	await run({ apiKey: serverKey, endpoint: line.origin }, { keys: { openai_azure_endpoint: line.origin } });
	assert.deepEqual(
		line.sent.map(({ headers }) => headers['api-key']),
		[callerKey, serverKey],
		"the operator's own endpoint gets the server's key, whoever names it",
	);
});

test('what is missing is a 422 that says what to send or to set', async () => {
	const none = await errorOf(run({}));
	assert.match(none.message, /openai_azure_endpoint.*AZURE_OPENAI_ENDPOINT/);
	const noKey = await errorOf(run({ endpoint: 'https://ours.openai.azure.com' }));
	assert.match(noKey.message, /"openai_azure".*AZURE_OPENAI_API_KEY/);
});
