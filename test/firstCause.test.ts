import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { SsrfProtectionConfig } from '@n8n/config';
import { Container } from '@n8n/di';
import type { ICredentialDataDecryptedObject, INodeParameters } from 'n8n-workflow';

import { askEditor } from './harness/askEditor.ts';
import { useHarness } from './harness/useHarness.ts';

/** The error that you read names the first cause, in the node's own words where the API uses its own. */
const harness = useHarness();

const onErrors = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
const automatic = {
	inputs: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
} as unknown as INodeParameters;

/** Runs two items in the three settings of On Error; all must report the same. */
async function errorsOf(parameters: INodeParameters, credentials: ICredentialDataDecryptedObject = {}) {
	const seen: { message: unknown; description: unknown }[] = [];
	for (const onError of onErrors) {
		const { success, error, failure } = await harness.run({
			parameters,
			credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, ...credentials },
			settings: { onError },
		});
		const items = [...success, ...error].map(({ json }) => json.error as never);
		expect(items).toHaveLength(onError === 'stopWorkflow' ? 0 : 2);
		const stopped = failure as unknown as { message: string; description: string };
		seen.push(...(onError === 'stopWorkflow' ? [stopped] : items));
	}
	const unique = new Set(
		seen.map(({ message, description }) =>
			JSON.stringify([String(message).replace(/ \[item \d\]$/, ''), description ?? null]),
		),
	);
	expect([...unique]).toHaveLength(1);
	const [message, description] = JSON.parse([...unique][0]!) as [string, string];
	return { message, description };
}

/** A web server that serves one page under every path, as n8n's own does. */
async function withWebServer<T>(status: number, work: (origin: string) => Promise<T>): Promise<T> {
	const server = http.createServer((_request, response) => {
		response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>n8n</title>');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	try {
		return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}

describe.each([
	['Map Automatically', automatic],
	['mapped manually', {}],
])('%s', (_name, parameters) => {
	test('a wrong key', async () => {
		const { message, description } = await errorsOf(parameters, { apiKey: 'hl_sk_wrong' });
		expect(message).toContain('API key');
		expect(description).toBe("Check the 'API Key' in the Humanloop API credentials.");
	});

	test('a base URL without /v4', async () => {
		const { message, description } = await errorsOf(parameters, {
			baseUrl: harness.proxy.baseUrl.replace('/v4', ''),
		});
		expect(message).toMatch(/^There is no (GET|POST) \//);
		expect(description).toContain('must end with /v4');
	});

	test('https, towards a server that speaks http', async () => {
		const { message, description } = await errorsOf(parameters, {
			baseUrl: harness.proxy.baseUrl.replace('http:', 'https:'),
		});
		expect(message).toBe("The host of the 'Base URL' does not speak https (EPROTO)");
		expect(description).toContain('with http://');
	});

	test.each([200, 404])('a web server that answers %i', async (status) => {
		const { message, description } = await withWebServer(status, (baseUrl) => errorsOf(parameters, { baseUrl }));
		if (status === 200) expect(message).toMatch(/^Expected (JSON|a model's answer) from the v4 API/);
		else expect(message).toBe('The response is a web page, not from the API');
		expect(description).toContain('must end with /v4');
	});

	test('a model config that does not exist', async () => {
		const modelConfig = { __rl: true, mode: 'id', value: 'config_nowhere' };
		const { message } = await errorsOf({ ...parameters, modelConfig });
		expect(message).toContain('config_nowhere');
	});
});

describe("the API's keys have the names of the node's fields", () => {
	test('num_samples, in a list of validation errors', async () => {
		const { message, description } = await errorsOf({ numSamples: 100_000 });
		expect(message).toMatch(/^'Number of Samples' \(num_samples\): /);
		expect(description).toBe('Change the field that the message names and run the node again.');
	});

	test('model_config_id, in a sentence', async () => {
		harness.proxy.fault = (_request, response) => {
			response
				.writeHead(404, { 'content-type': 'application/json' })
				.end('{"detail":{"message":"No such model_config_id: \\"x\\"."}}');
			return true;
		};
		const { message, description } = await errorsOf({});
		expect(message).toBe('No such model_config_id: "x".');
		expect(description).toMatch(/^Check 'Model Config' \(model_config_id\)\.$/);
	});

	test('session_id, which a locator fills', async () => {
		const options = { session: { __rl: true, mode: 'id', value: 'sesh_nowhere' } };
		const { description } = await errorsOf({ options });
		expect(description).toMatch(/^Check 'Session' \(session_id\)\.$/);
	});

	test('words that are keys only by chance stay as they are', async () => {
		harness.proxy.fault = (_request, response) => {
			response
				.writeHead(422, { 'content-type': 'application/json' })
				.end('{"detail":"The user cannot save to this source"}');
			return true;
		};
		const { message, description } = await errorsOf({});
		expect(message).toBe('The user cannot save to this source');
		expect(description).toBe('Change the field that the message names and run the node again.');
	});
});

async function openAiConfig() {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: 'Say something.',
	});
	return { modelConfig: { __rl: true, mode: 'id', value: data.config.id }, inputs: {}, options: { maxRetries: 0 } };
}

test("a provider's key that is missing: the field of the credentials is named", async () => {
	const { message, description } = await errorsOf(await openAiConfig());
	expect(message).toContain('no OpenAI key');
	expect(description).toContain("Enter it in 'OpenAI API Key' of the Humanloop API credentials");
});

test('a model host that is down is not called overloaded', async () => {
	harness.proxy.fault = (_request, response) => {
		const message = 'The host of OPENAI_BASE_URL (http://127.0.0.1:11434) could not be reached: ECONNREFUSED.';
		response
			.writeHead(503, { 'content-type': 'application/json' })
			.end(JSON.stringify({ detail: { message, code: 503, origin: 'OpenAI' } }));
		return true;
	};
	const { message, description } = await errorsOf({ options: { maxRetries: 0 } });
	expect(message).toContain('could not be reached');
	expect(description).not.toContain('overloaded');
	expect(description).toContain("Start the model's host");
});

describe('the host of the credentials', () => {
	const containers =
		'n8n in a container? Use http://host.docker.internal:9/v4 or http://humanloop:9/v4, because 127.0.0.1 is the container itself.';

	test.each(['http://127.0.0.1:9/v4', 'http://localhost:9/v4/', 'http://[::1]:9/v4'])(
		'a refused loopback address asks about containers: %s',
		async (baseUrl) => {
			const { message, description } = await errorsOf({ options: { maxRetries: 0 } }, { baseUrl });
			// Where a machine has no IPv6, its address cannot even be tried.
			if (!/EADDRNOTAVAIL/.test(message)) {
				expect(message).toMatch(/^Nothing listens at the 'Base URL' \(ECONNREFUSED\)$/);
				const host = new URL(baseUrl).hostname;
				expect(description).toContain(containers.replace('127.0.0.1', host));
			}
			const editor = askEditor(harness.loaded, { parameters: {}, credentials: { apiKey: 'x', baseUrl } });
			await expect(editor.search('searchProjects')).rejects.toMatchObject({ description });
		},
	);

	test.each([
		['127.0.0.1:8400/v4', 'http://127.0.0.1:8400/v4'],
		['not a url', 'http://127.0.0.1:8400/v4'],
		['ftp://127.0.0.1/v4', 'http://127.0.0.1:8400/v4'],
	])('an address that is none: %s', async (baseUrl, example) => {
		const { message } = await errorsOf({}, { baseUrl });
		expect(message).toBe(
			`The 'Base URL' of the Humanloop API credentials is not a web address: ${baseUrl}. Enter one that starts with http:// or https://, e.g. ${example}`,
		);
		expect(harness.proxy.requests).toEqual([]);
	});

	test("n8n's protection against requests to private addresses is named as such", async () => {
		const config = Container.get(SsrfProtectionConfig);
		config.enabled = true;
		try {
			const { message, description } = await errorsOf({});
			expect(message).toBe("n8n's SSRF protection blocks the host of the 'Base URL'");
			expect(description).toContain('N8N_SSRF_ALLOWED_HOSTNAMES');
		} finally {
			config.enabled = false;
		}
		expect(harness.proxy.requests).toEqual([]);
	});
});
