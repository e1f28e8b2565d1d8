import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { openScene, type Scene } from './engine/scene.ts';

let scene: Scene;
beforeAll(async () => {
	scene = await openScene();
});
afterAll(() => scene.close());

const credentials = { apiKey: ' hl_sk_1 ', baseUrl: 'http://127.0.0.1:8400/v4/', openaiApiKey: 'sk-1', cohereApiKey: '' };

async function authenticate(request: IHttpRequestOptions, data: ICredentialDataDecryptedObject = credentials): Promise<IHttpRequestOptions> {
	const { authenticate: function_ } = scene.loaded.credential;
	if (typeof function_ !== 'function') throw new Error('authenticate is no function');
	return await function_(data, request);
}

test('a completion call gets host, header and provider keys in a copy; what came in stays as it was', async () => {
	const request: IHttpRequestOptions = { url: '/completion-model-config', method: 'POST', headers: { Accept: 'a' }, body: { model_config_id: 'c' } };
	Object.freeze(request);
	Object.freeze(request.headers);
	Object.freeze(request.body);
	expect(await authenticate(request)).toEqual({
		url: '/completion-model-config',
		method: 'POST',
		baseURL: 'http://127.0.0.1:8400/v4',
		headers: { Accept: 'a', 'X-API-KEY': 'hl_sk_1' },
		body: { model_config_id: 'c', provider_api_keys: { openai: 'sk-1' } },
	});
});

test.each(['/projects', '/model-configs', '/logs/data_completion-model-config/x'])('%s gets no provider keys', async (url) => {
	expect(await authenticate({ url, body: { a: 1 } })).toMatchObject({ body: { a: 1 } });
});

test('without provider keys the body is left alone', async () => {
	const body = { model_config_id: 'c' };
	expect((await authenticate({ url: '/completion-model-config', body }, { apiKey: 'a', baseUrl: 'http://x' })).body).toBe(body);
});

describe('the credential test asks for one project', () => {
	/** What n8n does with a credential's `test`: the request, authenticated, must succeed. */
	async function status(data: ICredentialDataDecryptedObject): Promise<number> {
		const { request } = scene.loaded.credential.test!;
		const { baseURL, url, headers, qs } = await authenticate(request as IHttpRequestOptions, data);
		return (await scene.api.get(url, { baseURL, headers: headers as never, params: qs })).status;
	}

	test('with the right key', async () => {
		expect(await status({ apiKey: scene.server.apiKey, baseUrl: scene.proxy.baseUrl })).toBe(200);
		expect(scene.proxy.requests.at(-1)!.path).toBe('/v4/projects?page=0&size=1');
	});

	test('with a wrong key', async () => {
		expect(await status({ apiKey: 'wrong', baseUrl: scene.proxy.baseUrl })).toBe(401);
	});
});

test('keys are password fields, addresses are not', () => {
	const strings = scene.loaded.credential.properties.filter(({ type }) => type === 'string');
	for (const { name, typeOptions } of strings) {
		expect([name, typeOptions?.password ?? false]).toEqual([name, /key$/i.test(name)]);
	}
});
