import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import test, { type TestContext } from 'node:test';
import type { AppOptions } from '../src/app.ts';
import { SignInCodes } from '../src/domain/keys/signInCodes.ts';
import { type KeyBody, makeKey, send, untilStatus } from './keyRequests.ts';
import { apiKey, startApi } from './setup.ts';

const fromPage = { 'sec-fetch-site': 'same-origin' };

/** Signs in as a browser does. `cookie` is what it would send from then on. */
async function signIn(address: string, key: string, headers: Record<string, string> = fromPage) {
	const response = await fetch(`${address}/session`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify({ api_key: key }),
	});
	const setCookie = response.headers.get('set-cookie') ?? '';
	const body = (await response.json()) as KeyBody;
	return { status: response.status, headers: response.headers, body, setCookie, cookie: setCookie.split(';')[0] ?? '' };
}

/** A request with the cookie and no key in the header. */
async function ask(address: string, cookie: string, path: string, init: RequestInit = {}) {
	const headers = { cookie, ...fromPage, ...(init.headers as Record<string, string>) };
	const response = await fetch(`${address}${path}`, { ...init, headers });
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		body: (text === '' ? {} : JSON.parse(text)) as KeyBody,
	};
}

async function startListening(t: TestContext, options: Partial<AppOptions> = {}) {
	const api = await startApi(t, options);
	return { api, address: await api.listen() };
}

const json = (body: unknown) => ({
	method: 'POST',
	body: JSON.stringify(body),
	headers: { 'content-type': 'application/json' },
});

test('a person signs in with an API key, and their requests are accepted until they sign out', async (t) => {
	const { address } = await startListening(t);
	const { key } = await makeKey(address, 'Ada', 'read', { expires_at: '2999-01-31' });
	const signedIn = await signIn(address, ` ${key}\n`);
	assert.equal(signedIn.status, 200);
	const ada = { name: 'Ada', role: 'read', expires_at: '2999-01-31T00:00:00.000Z' };
	assert.deepEqual(signedIn.body, ada);
	const { cookie } = signedIn;
	assert.deepEqual((await ask(address, cookie, '/session')).body, ada);
	assert.equal((await ask(address, cookie, '/projects')).status, 200);
	const refused = await ask(address, cookie, '/logs', json({ project: 'p' }));
	assert.equal(refused.status, 403);
	assert.match(refused.body.detail.message, /role "read".* needs the role "run"/);

	const out = await ask(address, cookie, '/session', { method: 'DELETE' });
	assert.equal(out.status, 204);
	const cleared = out.headers.get('set-cookie') ?? '';
	assert.match(cleared, /^humanloop_api_key=;/);
	assert.match(cleared, /Path=\/v4/);
	assert.match(cleared, /Max-Age=0/);
	const after = await ask(address, 'humanloop_api_key=', '/projects');
	assert.equal(after.status, 401);
	assert.match(after.body.detail.message, /API key is missing/);
});

test('the cookie can be read by no script, and goes to no other site and no path but /v4', async (t) => {
	const { address } = await startListening(t);
	const { setCookie, headers } = await signIn(address, apiKey);
	const attributes = setCookie.split('; ').slice(1).sort();
	assert.deepEqual(attributes, ['HttpOnly', 'Max-Age=604800', 'Path=/v4', 'SameSite=Strict']);
	assert.equal(headers.get('cache-control'), 'no-store');
	const byHttps = await signIn(address, apiKey, { ...fromPage, origin: 'https://humanloop.example.com' });
	assert.match(byHttps.setCookie, /; Secure(;|$)/);
});

test('what the page gets is not kept by the browser, and no other site can embed it', async (t) => {
	const { address } = await startListening(t);
	const { cookie } = await signIn(address, apiKey);
	const { headers } = await ask(address, cookie, '/projects');
	assert.equal(headers.get('cache-control'), 'no-store');
	assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
	assert.equal(headers.get('x-content-type-options'), 'nosniff');
	assert.equal((await send(address, apiKey, 'GET', '/projects')).headers.get('cache-control'), null);
});

test('a request that another page makes with the cookie is refused, whatever the browser says about it', async (t) => {
	const { address } = await startListening(t, { publicUrl: 'https://humanloop.example.com' });
	const { cookie } = await signIn(address, apiKey);
	const own = new URL(address).origin;
	const otherPort = own.replace(/:\d+$/, ':5678');
	const call = async (method: string, headers: Record<string, string>) => {
		const path = method === 'GET' ? '/projects' : '/model-configs';
		const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };
		const { headers: type, ...init } = method === 'GET' ? { headers: {} } : json(config);
		const response = await fetch(`${address}${path}`, { ...init, headers: { ...type, cookie, ...headers } });
		return { status: response.status, text: await response.text() };
	};
	for (const headers of [
		{ 'sec-fetch-site': 'same-site' },
		{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.com' },
		{ 'sec-fetch-site': 'same-site', origin: own },
		{ 'sec-fetch-site': 'none' },
		{ origin: otherPort },
		{ origin: 'null' },
		{ origin: 'https://evil.example.com' },
	] as Record<string, string>[]) {
		for (const method of ['GET', 'POST']) {
			const { status, text } = await call(method, headers);
			assert.equal(status, 403, `${method} ${JSON.stringify(headers)}`);
			assert.match(text, /not from the page of this server/);
		}
	}
	assert.equal((await call('POST', {})).status, 403, 'nothing says where it comes from');
	assert.equal((await call('GET', {})).status, 200, 'a browser says nothing about reads by plain http');
	for (const headers of [
		{ 'sec-fetch-site': 'same-origin' },
		{ origin: own },
		{ origin: 'https://humanloop.example.com' },
	] as Record<string, string>[]) {
		assert.equal((await call('GET', headers)).status, 200, JSON.stringify(headers));
		assert.equal((await call('POST', headers)).status, 200, JSON.stringify(headers));
	}
});

test('no other site can sign a person in or out', async (t) => {
	const { address } = await startListening(t);
	for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example.com' }] as Record<
		string,
		string
	>[]) {
		const { status, setCookie } = await signIn(address, apiKey, headers);
		assert.deepEqual([status, setCookie], [403, '']);
		const out = await fetch(`${address}/session`, { method: 'DELETE', headers });
		assert.deepEqual([out.status, out.headers.get('set-cookie')], [403, null]);
	}
	assert.equal((await signIn(address, apiKey, {})).status, 200, 'a program');
});

test('the key in the header counts more than the cookie, and needs no page', async (t) => {
	const { address } = await startListening(t);
	const { cookie } = await signIn(address, apiKey);
	const { key } = await makeKey(address, 'dashboard', 'read');
	const { body } = await send(address, key, 'GET', '/session', undefined, { cookie, 'sec-fetch-site': 'cross-site' });
	assert.equal(body.name, 'dashboard');
});

async function makeCode(address: string, key: string) {
	const { status, body } = await send(address, key, 'POST', '/session/codes');
	assert.equal(status, 201);
	return body as unknown as { code: string; path: string; expires_at: string };
}

async function useCode(address: string, code: string, headers: Record<string, string> = fromPage) {
	const response = await fetch(`${address}/session`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify({ code }),
	});
	return { status: response.status, text: await response.text(), cookie: response.headers.get('set-cookie') ?? '' };
}

test('a code signs a browser in once, as the key that it was made with', async (t) => {
	const { address } = await startListening(t);
	const { key } = await makeKey(address, 'Ada', 'read');
	const { code, path } = await makeCode(address, key);
	assert.equal(path, `/sign-in#code=${code}`);
	assert.ok(code.length >= 43, 'as long as 256 bits');
	const first = await useCode(address, code);
	assert.equal(first.status, 200);
	assert.equal((JSON.parse(first.text) as KeyBody).name, 'Ada');
	assert.match(first.cookie, /; HttpOnly; SameSite=Strict/);
	assert.equal((await ask(address, first.cookie.split(';')[0]!, '/session')).body.name, 'Ada');
	const again = await useCode(address, code);
	assert.deepEqual([again.status, again.cookie], [401, '']);
	assert.match(again.text, /used already, or has expired/);
});

test('a code ends after 15 minutes, with its key, and when many newer ones were made', async (t) => {
	let now = Date.now();
	const { address } = await startListening(t, { now: () => now });
	const late = await makeCode(address, apiKey);
	assert.equal(late.expires_at, new Date(now + 900_000).toISOString());
	const inTime = await makeCode(address, apiKey);
	now += 899_999;
	assert.equal((await useCode(address, inTime.code)).status, 200);
	now += 1;
	assert.equal((await useCode(address, late.code)).status, 401);

	const { id, key } = await makeKey(address, 'Bob', 'run');
	const revoked = await makeCode(address, key);
	assert.equal((await send(address, apiKey, 'DELETE', `/keys/${id}`)).status, 200);
	await untilStatus(401, () => send(address, key, 'GET', '/session'));
	const refused = await useCode(address, revoked.code);
	assert.equal(refused.status, 401);
	assert.match(refused.text, /was revoked/);

	const codes = new SignInCodes(() => now);
	const oldest = codes.make('a').code;
	for (let count = 0; count < 1_000; count += 1) codes.make('b');
	assert.equal(codes.take(oldest), undefined);
});

test('a code is not used up by a request that could not be checked', async (t) => {
	const { address } = await startListening(t, { maxWrongKeys: 1 });
	const { code } = await makeCode(address, apiKey);
	/** Signs in from another of this machine's addresses, from which the key has not been used yet. */
	const fromElsewhere = async (body: unknown) => {
		const { body: text, ...options } = json(body);
		const sent = request(`${address}/session`, { ...options, localAddress: '127.0.0.2' });
		sent.end(text);
		const [response] = (await once(sent, 'response')) as [IncomingMessage];
		response.resume();
		return response.statusCode;
	};
	assert.equal(await fromElsewhere({ api_key: 'guess' }), 401);
	assert.equal(await fromElsewhere({ code }), 429);
	assert.equal((await useCode(address, code)).status, 200);
	assert.equal((await useCode(address, code)).status, 401);
});

test('a code that was given back is used once, and ends at its time, whatever was made after it', () => {
	let now = Date.now();
	const codes = new SignInCodes(() => now);
	const [used, late] = [codes.make('a').code, codes.make('b').code];
	now += 600_000;
	codes.make('c');
	for (const code of [used, late]) codes.take(code)?.giveBack();
	assert.equal(codes.take(used)?.key, 'a');
	assert.equal(codes.take(used), undefined);
	now += 300_000;
	assert.equal(codes.take(late), undefined);
});

test('a code is made of the key in the header only, and used from the page only', async (t) => {
	const { address } = await startListening(t);
	const { cookie } = await signIn(address, apiKey);
	const byCookie = await ask(address, cookie, '/session/codes', { method: 'POST' });
	assert.equal(byCookie.status, 403);
	assert.match(byCookie.body.detail.message, /not of that in a cookie/);
	const { code } = await makeCode(address, apiKey);
	assert.equal((await useCode(address, code, { 'sec-fetch-site': 'cross-site' })).status, 403);
	assert.equal((await useCode(address, code)).status, 200, 'what another site has sent did not use it up');
	const both = await fetch(`${address}/session`, { ...json({ code, api_key: apiKey }) });
	assert.equal(both.status, 422);
});

test('a key that is revoked or has expired ends the session', async (t) => {
	let now = Date.parse('2026-11-30T08:00:00Z');
	const { address } = await startListening(t, { now: () => now });
	const revoked = await makeKey(address, 'Ada', 'run');
	const expiring = await makeKey(address, 'Grace', 'run', { expires_at: '2026-12-01' });
	const [ada, grace] = [await signIn(address, revoked.key), await signIn(address, expiring.key)];
	await send(address, apiKey, 'DELETE', `/keys/${revoked.id}`);
	await untilStatus(401, () => ask(address, ada.cookie, '/projects'));
	const { detail } = (await ask(address, ada.cookie, '/projects')).body;
	assert.equal(detail.message, 'The API key that you have signed in with was revoked. Sign in with another one.');
	assert.equal((await ask(address, grace.cookie, '/projects')).status, 200);
	now = Date.parse('2026-12-01T00:00:00Z');
	assert.equal((await ask(address, grace.cookie, '/projects')).status, 401);
	assert.equal((await ask(address, ada.cookie, '/session', { method: 'DELETE' })).status, 204, 'out, all the same');
});

test('signing in slows down guesses, together with those in the header', async (t) => {
	const { address } = await startListening(t, { maxWrongKeys: 3 });
	const wrong = await signIn(address, 'guess 1');
	assert.equal(wrong.status, 401);
	assert.equal(wrong.body.detail.message, 'The API key is not valid.');
	assert.equal((await signIn(address, 'guess 2')).status, 401);
	assert.equal((await send(address, 'guess-3', 'GET', '/projects')).status, 401);
	const { status, headers } = await signIn(address, 'guess 4');
	assert.equal(status, 429);
	assert.ok(Number(headers.get('retry-after')) >= 1);
	assert.equal((await ask(address, 'humanloop_api_key=guess-5', '/projects')).status, 429);
});

test('a body that is none names its fields', async (t) => {
	const { address } = await startListening(t);
	for (const [body, loc, msg] of [
		[{}, ['body', 'api_key'], 'specify one of api_key and code'],
		[{ api_key: '' }, ['body', 'api_key'], 'ensure this value has at least 1 characters'],
		[{ api_key: 5 }, ['body', 'api_key'], 'str type expected'],
		[{ api_key: 'x', user: 'y' }, ['body', 'user'], 'extra fields not permitted'],
	] as const) {
		const { status, body: answer } = await ask(address, '', '/session', json(body));
		assert.equal(status, 422);
		assert.deepEqual([answer.detail[0]?.loc, answer.detail[0]?.msg], [loc, msg]);
	}
	const blank = await ask(address, '', '/session', json({ api_key: ' \n' }));
	assert.equal(blank.status, 401);
	const huge = await ask(address, '', '/session', json({ api_key: 'x'.repeat(20_000) }));
	assert.equal(huge.status, 413);
});

test('no key of a person is in a log line, an error or another response', async (t) => {
	const { api, address } = await startListening(t, { logLevel: 'trace', maxWrongKeys: 2 });
	const { key } = await makeKey(address, 'Ada', 'run', { requests_per_minute: 6 });
	const seen: string[] = [];
	const note = ({ headers, body }: { headers: Headers; body: unknown }) =>
		seen.push(JSON.stringify(body), JSON.stringify([...headers].filter(([name]) => name !== 'set-cookie')));
	const { cookie, ...signedIn } = await signIn(address, key);
	assert.ok(cookie.includes(key), 'the cookie has it');
	note(signedIn);
	const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };
	note(await ask(address, cookie, '/model-configs', json(config)));
	note(await ask(address, cookie, '/logs', json({ project: 'p', output: 'x' })));
	note(await ask(address, cookie, '/logs', json({ output: 1 })));
	note(await ask(address, cookie, '/nowhere'));
	note(await ask(address, cookie, '/logs', { ...json({}), headers: { 'sec-fetch-site': 'cross-site' } }));
	note(await ask(address, cookie, '/completion', json({ project: 'p', model_config: config })));
	while ((await ask(address, cookie, '/projects')).status === 200);
	note(await ask(address, cookie, '/projects'));
	for (const guess of ['canary-guess-1', 'canary-guess-2', 'canary-guess-3']) note(await signIn(address, guess));
	await api.app.close();
	const told = [...seen, ...api.logged].join('\n');
	assert.match(told, /answered/);
	assert.match(told, /too many|Too many/);
	for (const secret of [key, key.replace('hl_sk_', ''), 'canary-guess', 'humanloop_api_key'])
		assert.ok(!told.includes(secret), `${secret} is told`);
});
