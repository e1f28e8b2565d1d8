import assert from 'node:assert/strict';
import test from 'node:test';
import { readSettings } from '../src/config.ts';
import { ask, logsOf, send, startProvider, startWith } from './provider.ts';
import { readEvents, request, startApi, tempDir } from './setup.ts';

const publicUrl = 'https://humanloop.example.com';
const linkOf = (id: string) => `<${publicUrl}/logs/${id}>; rel="describedby"`;

test('a response links to the log of its first sample, also when it is replayed', async (t) => {
	const { address, call } = await startWith(t, await startProvider(t), { publicUrl });
	const first = await ask(address, { ...call, num_samples: 2 }, { key: 'k' });
	assert.equal(first.headers.get('link'), linkOf(first.body.data[0].id));
	const repeat = await ask(address, { ...call, num_samples: 2 }, { key: 'k' });
	assert.ok(repeat.replayed);
	assert.equal(repeat.headers.get('link'), first.headers.get('link'));
});

test('so does a stream, before its text, and a stream that is replayed', async (t) => {
	const { address, call } = await startWith(t, await startProvider(t), { publicUrl });
	for (const replayed of [null, 'true']) {
		const response = await send(address, { ...call, stream: true }, { key: 'k' });
		const { events } = await readEvents(response);
		assert.equal(response.headers.get('idempotent-replayed'), replayed);
		assert.equal(response.headers.get('link'), linkOf(events[0]!.data[0].id));
	}
});

test('an error links to the log of the failed call; a refused call has no log and no link', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { publicUrl });
	for (const stream of [false, true]) {
		provider.next({ status: 400, message: 'Too long' });
		const failed = await ask(address, { ...call, stream });
		assert.equal(failed.status, 400);
		const [log] = await logsOf(api);
		assert.equal(failed.headers.get('link'), linkOf(log.id));
	}
	const refused = await ask(address, { ...call, model_config_id: 'config_none' });
	assert.deepEqual([refused.status, refused.headers.get('link')], [404, null]);
});

test('POST /logs links to its log; a list of logs has no link', async (t) => {
	const api = await startApi(t, { publicUrl });
	const entry = { project: 'tickets', config_id: await api.config(), output: 'done' };
	const { body, headers } = await api.post('/logs', entry);
	assert.equal(headers['link'], linkOf(body.id));
	assert.equal((await api.post('/logs', [entry])).headers['link'], undefined);
});

test('without a public address nothing is linked', async (t) => {
	const { address, call } = await startWith(t, await startProvider(t));
	const { body, headers } = await ask(address, call);
	assert.equal(headers.get('link'), null);
	assert.equal((await fetch(new URL(`/logs/${body.data[0].id}`, address))).status, 404);
});

test('the page of a log says how to read it, and shows nothing of it', async (t) => {
	const api = await startApi(t, { publicUrl: 'http://127.0.0.1:1' });
	const address = await api.listen();
	const call = { model_config_id: await api.config(), inputs: { ticket: 'a secret' } };
	const response = await request(address, '/completion-model-config', call);
	const [, link] = /^<http:\/\/127\.0\.0\.1:1(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
	const pages = await Promise.all(
		[link as string, '/logs/data_unknown'].map(async (path) => {
			const page = await fetch(new URL(path, address), { headers: { accept: 'text/html,*/*;q=0.8' } });
			assert.equal(page.status, 200);
			assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
			const text = await page.text();
			assert.ok(text.includes(`http://127.0.0.1:1/v4${path}`), text);
			return text.replace(path, '');
		}),
	);
	assert.equal(pages[0], pages[1], 'whoever has no key does not learn which logs exist');
	const json = await fetch(new URL(link as string, address));
	assert.deepEqual(await json.json(), { log: `http://127.0.0.1:1/v4${link}` });
	for (const id of ['x', 'data_<b>', 'data_%3Cb%3E', `data_${'x'.repeat(65)}`])
		assert.equal((await fetch(new URL(`/logs/${id}`, address))).status, 404, id);
});

test('PUBLIC_URL must be an address without path and password', (t) => {
	const read = (url: string) => readSettings({ DATA_DIR: tempDir(t), PUBLIC_URL: url });
	assert.equal(read('').settings.publicUrl, undefined);
	for (const url of [
		'https://Humanloop.example.com',
		'https://humanloop.example.com/',
		' https://humanloop.example.com:443 ',
	]) {
		assert.deepEqual(read(url).problems, []);
		assert.equal(read(url).settings.publicUrl, publicUrl);
	}
	assert.equal(read('http://127.0.0.1:8400').settings.publicUrl, 'http://127.0.0.1:8400');
	for (const url of [
		'humanloop',
		'ftp://a.test',
		'https://a.test/path',
		'https://a.test/?q',
		'https://u:geheim@a.test',
		'javascript:1',
	]) {
		const [problem, ...more] = read(url).problems;
		assert.match(problem ?? '', /^PUBLIC_URL (is ".*", which )?cannot be used: /);
		assert.deepEqual(more, []);
		assert.doesNotMatch(problem ?? '', /geheim/);
	}
});
