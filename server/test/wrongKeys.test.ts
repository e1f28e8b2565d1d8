import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import test from 'node:test';
import { WrongKeys } from '../src/http/wrongKeys.ts';
import { apiKey, type Body, startApi, tempDir } from './setup.ts';

/** Asks for the projects from one of this machine's addresses. */
async function ask(address: string, key: string, localAddress = '127.0.0.1') {
	const sent = request(`${address}/projects`, { headers: { 'x-api-key': key }, localAddress });
	sent.end();
	const [response] = (await once(sent, 'response')) as [IncomingMessage];
	return { status: response.statusCode, headers: response.headers, body: (await json(response)) as Body };
}

async function guess(address: string, keys: number[]): Promise<(number | undefined)[]> {
	return (await Promise.all(keys.map((key) => ask(address, `guess-${key}`)))).map(({ status }) => status);
}

const first = Array.from({ length: 20 }, (_, index) => index);
const all401 = first.map(() => 401);

test('twenty wrong keys in a minute, then 429 for all keys but those in use at that address', async (t) => {
	const dataDir = tempDir(t);
	const once = await startApi(t, { dataDir, apiKey: undefined });
	let newcomer = '';
	await once.showFirstKey((key) => (newcomer = key));
	await once.app.close();

	const api = await startApi(t, { dataDir });
	const address = await api.listen();
	assert.equal((await ask(address, apiKey)).status, 200);
	assert.deepEqual(await guess(address, first), all401);
	const { status, headers, body } = await ask(address, 'guess-20');
	assert.equal(status, 429);
	assert.equal(body.detail.type, 'rate_limit_error');
	assert.match(body.detail.message, /wrong API keys .* address/);
	assert.ok(Number(headers['retry-after']) >= 1 && Number(headers['retry-after']) <= 60);

	assert.equal((await ask(address, newcomer)).status, 429, 'or a guess that is right would be told');
	assert.equal((await ask(address, apiKey)).status, 200, 'in use here before');
	assert.equal((await ask(address, newcomer, '127.0.0.2')).status, 200, 'another address');
	assert.equal((await ask(address, '')).status, 401, 'no guess');
});

test('many guesses at the same moment are not looked up either', async (t) => {
	const address = await (await startApi(t)).listen();
	const statuses = await guess(
		address,
		Array.from({ length: 200 }, (_, index) => index),
	);
	assert.equal(statuses.filter((status) => status === 401).length, 20);
	assert.equal(statuses.filter((status) => status === 429).length, 180);
});

test('one wrong key that is sent again and again is no guessing', async (t) => {
	const address = await (await startApi(t)).listen();
	for (let time = 0; time < 50; time += 1) assert.equal((await ask(address, 'expired')).status, 401);
});

test('the wait ends with the window', async (t) => {
	const address = await (await startApi(t, { maxWrongKeys: 1, wrongKeyWindowMs: 3_000 })).listen();
	assert.deepEqual(await guess(address, [1]), [401]);
	const { status, headers } = await ask(address, apiKey);
	assert.equal(status, 429);
	await new Promise((resume) => setTimeout(resume, Number(headers['retry-after-ms'])));
	assert.equal((await ask(address, apiKey)).status, 200);
});

test('all IPv6 addresses of a network count as one', () => {
	const wrongKeys = new WrongKeys(1, 60_000);
	const isAdmitted = (address: string, hash: string) => {
		try {
			wrongKeys.add(address, hash);
			return true;
		} catch {
			return false;
		}
	};
	assert.ok(isAdmitted('2001:db8:1:2:3::4', 'a'));
	assert.ok(!isAdmitted('2001:db8:1:2::1', 'b'));
	assert.ok(isAdmitted('2001:db8:1::1', 'b'));
	assert.ok(!isAdmitted('2001:db8:1:0:9:9:9:9', 'c'));
	for (const address of ['::1', '::2:0:0:0:1', '::ffff:10.0.0.1', '::ffff:10.0.0.2', '10.0.0.3'])
		assert.ok(isAdmitted(address, 'a'), address);
});

test('the number is a setting, and 0 switches the limit off', async (t) => {
	const one = await (await startApi(t, { maxWrongKeys: 1 })).listen();
	assert.deepEqual(await guess(one, [1]), [401]);
	assert.deepEqual(await guess(one, [2]), [429]);
	const none = await (await startApi(t, { maxWrongKeys: 0 })).listen();
	assert.deepEqual(await guess(none, [...first, 20, 21]), [...all401, 401, 401]);
});
