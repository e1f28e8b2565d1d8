import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { AppOptions } from '../src/app.ts';
import { until } from './provider.ts';
import { apiKey, startApi, tempDir } from './setup.ts';

const document = '<!doctype html><title>The page</title><script type="module" src="/assets/main-a1b2c3d4.js"></script>';
const script = 'console.log("the page");'.repeat(100);
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** A folder as the page's build writes it. */
function buildPage(folder: string, text = document): void {
	mkdirSync(join(folder, 'assets'), { recursive: true });
	writeFileSync(join(folder, 'index.html'), text);
	const file = join(folder, 'assets', 'main-a1b2c3d4.js');
	writeFileSync(file, script);
	writeFileSync(`${file}.br`, brotliCompressSync(script));
	writeFileSync(`${file}.gz`, gzipSync(script));
	writeFileSync(join(folder, 'assets', '.hidden.js'), 'not for others');
	writeFileSync(join(folder, 'outside.txt'), 'not for others');
}

async function startWithPage(t: TestContext, options: Partial<AppOptions> = {}) {
	const pageFolder = join(tempDir(t), 'dist-page');
	buildPage(pageFolder);
	const api = await startApi(t, { pageFolder, ...options });
	return { api, pageFolder, root: new URL('/', await api.listen()) };
}

const addresses = [
	'/',
	'/projects',
	'/projects/pr_1',
	'/projects/pr_1/versions/config_1',
	'/projects/pr_1/compare?left=a&right=b',
	'/logs',
	'/logs/data_1',
	'/sessions',
	'/sessions/sesh_1',
	'/usage',
	'/settings',
	'/sign-in',
];

test('each address of the page gives its document to a browser, which no other site can frame or script', async (t) => {
	const { api, root } = await startWithPage(t);
	for (const address of addresses) {
		const response = await fetch(new URL(address, root), { headers: html });
		assert.equal(response.status, 200, address);
		assert.equal(await response.text(), document, address);
		const { headers } = response;
		assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
		assert.equal(headers.get('cache-control'), 'no-cache');
		const policy = headers.get('content-security-policy') ?? '';
		for (const part of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"])
			assert.ok(policy.includes(part), policy);
		assert.doesNotMatch(policy, /https?:|\*/, 'no other host');
		assert.equal(headers.get('x-content-type-options'), 'nosniff');
		assert.equal(headers.get('referrer-policy'), 'no-referrer');
		assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
		assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
		const again = await fetch(new URL(address, root), {
			headers: { ...html, 'if-none-match': headers.get('etag') ?? '' },
		});
		assert.equal(again.status, 304, address);
	}
	// What goes wrong after a response was sent is only in the log, which is whole when the server has ended.
	await api.app.close();
	const problems = api.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40);
	assert.deepEqual(problems, []);
});

test("no other page can frame the API's documentation, where people who have signed in can try calls", async (t) => {
	const { root } = await startWithPage(t);
	for (const address of ['/docs', '/docs/', '/docs/static/index.html']) {
		const { headers } = await fetch(new URL(address, root), { headers: html });
		assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, address);
	}
});

test('other programs get JSON at these addresses, and at / what the server has', async (t) => {
	const { root } = await startWithPage(t);
	for (const address of addresses) {
		const response = await fetch(new URL(address, root));
		assert.equal(response.status, address === '/' ? 200 : 404, address);
		assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
	}
});

test('an unknown address tells a browser so on the page, and other programs in JSON', async (t) => {
	const { root } = await startWithPage(t);
	for (const address of ['/elsewhere', '/project/pr_1', '/v4a', '/settings/more', '/elsewhere?x=1']) {
		const response = await fetch(new URL(address, root), { headers: html });
		assert.deepEqual([response.status, await response.text()], [404, document], address);
		assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
		const json = await fetch(new URL(address, root));
		assert.equal(json.status, 404, address);
		const { detail } = (await json.json()) as { detail: { message: string } };
		assert.equal(detail.message, `There is no GET ${address.split('?')[0]} here.`);
	}
	for (const address of ['/v4', '/v4/elsewhere', '/v3/projects', '/v5', '/assets/elsewhere.js']) {
		const response = await fetch(new URL(address, root), { headers: html });
		assert.equal(response.status, 404, address);
		assert.match(response.headers.get('content-type') ?? '', /^application\/json/, address);
	}
	const posted = await fetch(new URL('/elsewhere', root), { method: 'POST', headers: html });
	assert.match(posted.headers.get('content-type') ?? '', /^application\/json/);
});

test('an unknown address counts as such for whoever asks, and the page does not count', async (t) => {
	const { root } = await startWithPage(t);
	const json = { accept: 'application/json' };
	for (const [address, headers, status] of [
		['/elsewhere', json, 404],
		['/elsewhere/more', html, 404],
		['/projects', json, 404],
		['/assets/none.js', html, 404],
		['/projects', html, 200],
		['/assets/main-a1b2c3d4.js', html, 200],
	] as const)
		assert.equal((await fetch(new URL(address, root), { headers })).status, status, address);
	const series = async (metric: string) => {
		const text = await (await fetch(new URL('/metrics', root))).text();
		return text.split('\n').filter((line) => line.startsWith(`${metric}{`) && !line.includes('route="/metrics"'));
	};
	// A request is counted when its connection is done with it, which can be after its caller has the response.
	const rejections = 'humanloop_rejections_total{reason="not_found"} 4';
	await until(async () => (await series('humanloop_rejections_total')).includes(rejections));
	assert.deepEqual(await series('humanloop_http_requests_total'), [
		'humanloop_http_requests_total{method="GET",route="none",status="404"} 4',
	]);
});

test('a browser asks again for the document and gets it once for each build', async (t) => {
	const { root, pageFolder } = await startWithPage(t);
	const first = await fetch(root, { headers: html });
	const etag = first.headers.get('etag') ?? '';
	const again = async (tag: string) => fetch(root, { headers: { ...html, 'if-none-match': tag } });
	const same = await again(etag);
	assert.deepEqual([same.status, await same.text()], [304, '']);
	assert.ok(same.headers.get('content-security-policy'));
	// Of the same length, and npm gives the files of every release the same date.
	buildPage(pageFolder, document.replace('a1b2c3d4', 'e5f6a7b8'));
	const next = await again(etag);
	assert.equal(next.status, 200);
	assert.match(await next.text(), /e5f6a7b8/);
	assert.notEqual(next.headers.get('etag'), etag);
});

test('a file of the page is sent compressed and kept by the browser', async (t) => {
	const { root } = await startWithPage(t);
	const address = new URL('/assets/main-a1b2c3d4.js', root);
	for (const [accepted, sent] of [
		['br, gzip', 'br'],
		['gzip', 'gzip'],
		['identity', null],
	] as const) {
		const response = await fetch(address, { headers: { 'accept-encoding': accepted } });
		assert.equal(response.status, 200);
		assert.equal(response.headers.get('content-encoding'), sent);
		assert.match(response.headers.get('content-type') ?? '', /^(text|application)\/javascript/);
		assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
		assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
		assert.match(response.headers.get('vary') ?? '', /accept-encoding/i);
		assert.equal(await response.text(), script);
	}
});

test('nothing but the files of the page can be read', async (t) => {
	const { api } = await startWithPage(t);
	for (const url of [
		'/assets/missing.js',
		'/assets/',
		'/assets/.hidden.js',
		'/assets/../outside.txt',
		'/assets/%2e%2e/outside.txt',
		'/assets/..%2foutside.txt',
		'/assets/..%5coutside.txt',
		'/assets//etc/passwd',
		'/assets/%00',
	]) {
		const response = await api.app.inject({ method: 'GET', url, headers: html });
		assert.ok([400, 403, 404].includes(response.statusCode), `${url} answered ${response.statusCode}`);
		assert.doesNotMatch(response.payload, /not for others|root:/, url);
	}
	for (const method of ['POST', 'DELETE'] as const)
		assert.equal((await api.app.inject({ method, url: '/assets/main-a1b2c3d4.js' })).statusCode, 404, method);
});

test('a server whose page is not built says how to build it, and serves it once it is', async (t) => {
	const { root, pageFolder } = await startWithPage(t);
	rmSync(pageFolder, { recursive: true });
	const before = await fetch(root, { headers: html });
	assert.equal(before.status, 200);
	assert.match(await before.text(), /npm run build:page/);
	assert.equal((await fetch(new URL('/projects', root), { headers: html })).status, 404);
	assert.equal((await fetch(new URL('/assets/main-a1b2c3d4.js', root))).status, 404);
	buildPage(pageFolder);
	assert.equal(await (await fetch(root, { headers: html })).text(), document);
	assert.equal(await (await fetch(new URL('/assets/main-a1b2c3d4.js', root))).text(), script);
});

test('requests for the page are none to the API: they need no key and are not counted', async (t) => {
	const { api, root } = await startWithPage(t);
	for (const address of ['/projects', '/assets/main-a1b2c3d4.js'])
		await (await fetch(new URL(address, root), { headers: html })).arrayBuffer();
	await (await fetch(new URL('/v4/projects', root), { headers: { 'x-api-key': apiKey } })).arrayBuffer();
	const counted = async () =>
		(await api.app.inject('/metrics')).payload
			.split('\n')
			.filter((line) => line.startsWith('humanloop_http_requests_total'));
	await until(async () => (await counted()).length > 0);
	const series = 'humanloop_http_requests_total{method="GET",route="/v4/projects",status="200"} 1';
	assert.deepEqual(
		(await counted()).filter((line) => !line.includes('/metrics')),
		[series],
	);
});

test("a log's Link leads to the page", async (t) => {
	const { api, root } = await startWithPage(t, { publicUrl: 'https://humanloop.example.com' });
	const log = { project: 'tickets', config_id: await api.config(), output: 'done' };
	const { headers, body } = await api.post('/logs', log);
	const [, path = ''] = /^<https:\/\/humanloop\.example\.com(\/logs\/\w+)>/.exec(String(headers['link'])) ?? [];
	assert.equal(await (await fetch(new URL(path, root), { headers: html })).text(), document);
	assert.deepEqual(await (await fetch(new URL(path, root))).json(), {
		log: `https://humanloop.example.com/v4/logs/${body.id}`,
	});
});
