import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { post, start } from './process.ts';
import { version } from '../src/version.ts';
import { startApi, tempDir } from './setup.ts';

test('the address in a browser says what it is and where to go, without anything from elsewhere', async (t) => {
	const root = new URL('/', await (await startApi(t)).listen());
	const response = await fetch(root, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
	assert.equal(response.status, 200);
	assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
	assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
	const page = await response.text();
	assert.ok(page.includes(`Version ${version}`), page);
	const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
	const hash = createHash('sha256').update(style).digest('base64');
	assert.ok(response.headers.get('content-security-policy')!.includes(`style-src 'sha256-${hash}'`), 'it is applied');
	assert.match(page, /<h1>humanloop-server<\/h1>/);
	const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link as string);
	assert.deepEqual(links, ['docs', 'openapi.json']);
	for (const link of links) assert.equal((await fetch(new URL(link, root))).status, 200, link);
});

test('other clients get the same as JSON', async (t) => {
	const root = new URL('/', await (await startApi(t)).listen());
	for (const headers of [{}, { accept: 'application/json' }] as Record<string, string>[]) {
		const response = await fetch(root, { headers });
		assert.equal(response.headers.get('vary'), 'Accept');
		assert.deepEqual(await response.json(), {
			name: 'humanloop-server',
			version,
			api: '/v4',
			docs: '/docs',
			openapi: '/openapi.json',
		});
	}
});

test('a server without prompts says at start how to store one', async (t) => {
	const dataDir = tempDir(t);
	const ended = async ({ child }: { child: ChildProcess }) => {
		child.kill('SIGTERM');
		await once(child, 'close');
	};
	const first = await start(t, { DATA_DIR: dataDir });
	const { port } = new URL(first.address);
	await post(first.address, '/model-configs', { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' });
	await ended(first);
	assert.match(first.out(), /^There are no prompts yet\. .*\/model-configs,\nor set PROMPTS_DIR\. See http.*\/docs$/m);
	assert.ok(first.out().includes(`http://127.0.0.1:${port}/docs`), first.out());
	const second = await start(t, { DATA_DIR: dataDir });
	await ended(second);
	assert.doesNotMatch(second.out(), /no prompts yet/);
});
