import { RoutingNode } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INodeType,
} from 'n8n-workflow';

import { providerKeys } from '../nodes/Humanloop/transport/providerKeys.ts';
import { runNode, type NodeRunResult } from './harness/runNode.ts';
import { useHarness } from './harness/useHarness.ts';
import { startRecordingProxy } from './hosts/recordingProxy.ts';

const harness = useHarness();

const credentials = {
	apiKey: ' hl_sk_1 ',
	baseUrl: 'http://127.0.0.1:8400/v4/',
	openaiApiKey: 'sk-1',
	cohereApiKey: '',
};

async function authenticate(
	request: IHttpRequestOptions,
	data: ICredentialDataDecryptedObject = credentials,
): Promise<IHttpRequestOptions> {
	const { authenticate: function_ } = harness.loaded.credential;
	if (typeof function_ !== 'function') throw new Error('authenticate is no function');
	return await function_(data, request);
}

test('a completion call gets host, header and provider keys in a copy; what came in stays as it was', async () => {
	const request: IHttpRequestOptions = {
		url: '/completion-model-config',
		method: 'POST',
		headers: { Accept: 'a' },
		body: { model_config_id: 'c' },
	};
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

test('each provider that the server can run has its field', async () => {
	const keys = { anthropicApiKey: 'sk-ant-1', bedrockApiKey: ' ABSK1 ', googleApiKey: 'AIza1' };
	const { body } = await authenticate({ url: '/chat-deployed', body: {} }, { ...credentials, ...keys });
	expect(body).toEqual({
		provider_api_keys: { openai: 'sk-1', anthropic: 'sk-ant-1', bedrock: 'ABSK1', google: 'AIza1' },
	});
	const names = harness.loaded.credential.properties.map(({ name }) => name);
	for (const { field } of providerKeys) expect(names).toContain(field);
});

test.each([
	'/projects',
	'/model-configs',
	'/logs/data_completion-model-config/x',
	'/logs/completion-model-config',
	'/model-configs/completion-model-config',
])('%s gets no provider keys', async (url) => {
	expect(await authenticate({ url, body: { a: 1 } })).toMatchObject({ body: { a: 1 } });
});

test('without provider keys the body is left alone', async () => {
	const body = { model_config_id: 'c' };
	expect(
		(await authenticate({ url: '/completion-model-config', body }, { apiKey: 'a', baseUrl: 'http://x' })).body,
	).toBe(body);
});

describe('the credential test asks for one project', () => {
	/** What n8n does with it: a node of one field that routes the test's request (n8n, credentials-tester.service). */
	async function test_(credentials_: ICredentialDataDecryptedObject): Promise<NodeRunResult> {
		const properties = [
			{
				displayName: 'Temp',
				name: 'temp',
				type: 'string' as const,
				default: '',
				routing: { request: harness.loaded.credential.test!.request },
			},
		];
		const node: INodeType = { description: { ...harness.loaded.node.description, properties } };
		node.execute = async function (this: IExecuteFunctions) {
			return (await new RoutingNode(this as never, node).runNode()) ?? null;
		};
		return await runNode({ ...harness.loaded, node }, { items: [{}, {}], parameters: {}, credentials: credentials_ });
	}

	test('with the right key', async () => {
		const { failure } = await test_({ apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl });
		expect(failure).toBeUndefined();
		expect(harness.proxy.requests.at(-1)!.path).toBe('/v4/projects?page=0&size=1');
	});

	test('with a wrong key', async () => {
		const { failure } = await test_({ apiKey: 'wrong', baseUrl: harness.proxy.baseUrl });
		expect(failure).toMatchObject({ httpCode: '401' });
	});

	test.each([
		['a web server, such as n8n itself', 'text/html', '<!doctype html><title>n8n</title>', true],
		['another API', 'application/json', '{"hello":1}', true],
		['a v4 API', 'application/json', '{"records":[],"total":0}', false],
	])('%s: whether n8n says that it is no v4 API', async (_name, type, body, isRefused) => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(200, { 'content-type': type }).end(body);
			return true;
		};
		const { success, failure } = await test_({ apiKey: 'x', baseUrl: harness.proxy.baseUrl });
		expect(failure).toBeUndefined();
		// What n8n does with these rules: lodash's get, and `===` (n8n 2.41.1, credentials-tester.service).
		const json = success[0]!.json as unknown as Record<string, unknown> | string;
		const refused = (harness.loaded.credential.test!.rules as Array<{ type: string; properties: IDataObject }>)
			.filter(({ type }) => type === 'responseSuccessBody')
			.filter(({ properties }) => {
				const value = typeof json === 'string' ? undefined : json[properties.key as string];
				return value === properties.value;
			})
			.map(({ properties }) => properties.message);
		const message = "The address in 'Base URL' is not a v4 API. It must end with /v4.";
		expect(refused).toEqual(isRefused ? [message] : []);
	});

	test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed: the key stays here', async (status) => {
		const elsewhere = await startRecordingProxy(harness.server.baseUrl);
		try {
			harness.proxy.readFault = (_request, response) => {
				response.writeHead(status, { location: `${elsewhere.baseUrl}/projects` }).end();
				return true;
			};
			const { failure } = await test_({ apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl });
			expect(elsewhere.requests).toEqual([]);
			expect(failure).toMatchObject({ httpCode: String(status) });
			expect(harness.loaded.credential.test!.rules).toContainEqual({
				type: 'responseCode',
				properties: { value: status, message: expect.stringContaining('redirects') as string },
			});
		} finally {
			await elsewhere.stop();
		}
	});
});

test('keys are password fields, addresses are not', () => {
	const strings = harness.loaded.credential.properties.filter(({ type }) => type === 'string');
	for (const { name, typeOptions } of strings) {
		expect([name, typeOptions?.password ?? false]).toEqual([name, /key$/i.test(name)]);
	}
});
