import type { IDataObject, INodeParameters, INodeProperties } from 'n8n-workflow';

import { fieldsOf, fillings } from './harness/formWalk.ts';
import { startHarness, type Harness } from './harness/harness.ts';
import { readOpenApi } from './harness/openApi.ts';

/**
 * Walks the form of Completion → Create and the server's own schema of the request: every key of the
 * request is offered by the node, and whatever a field sends is a key of the request in its type.
 */
let harness: Harness;
let requestKeys: string[];
let providerKeys: string[];
beforeAll(async () => {
	harness = await startHarness();
	const operations = await readOpenApi(harness);
	const { schema } = operations['/completion-model-config']!.post.requestBody!.content['application/json'];
	requestKeys = Object.keys(schema.properties!).sort();
	// The other schema is null.
	providerKeys = Object.keys(schema.properties!.provider_api_keys!.anyOf![0]!.properties!).sort();
});
afterAll(() => harness.close());

const formFields = () => fieldsOf(harness.loaded.node.description.properties, 'completion', 'create');

test('the request has the keys that the v4 API has documented', () => {
	expect(requestKeys).toEqual([
		'inputs',
		'logprobs',
		'metadata',
		'model_config_id',
		'num_samples',
		'parent_id',
		'parent_reference_id',
		'project',
		'project_id',
		'provider_api_keys',
		'return_inputs',
		'save',
		'seed',
		'session_id',
		'session_reference_id',
		'source',
		'source_datapoint_id',
		'stream',
		'suffix',
		'user',
	]);
});

test('an error names the field as the form does', async () => {
	const noObject = '={{ ({ not: "a value" }) }}';
	const wired = (fields: INodeProperties[]) =>
		fields.filter(({ routing, type }) => routing && type !== 'resourceLocator');
	const options = formFields().find(({ name }) => name === 'options')!.options as INodeProperties[];
	const fields = [
		...wired(formFields()).map(({ displayName, name }) => [displayName, { [name]: noObject }] as const),
		...wired(options).map(({ displayName, name }) => [displayName, { options: { [name]: noObject } }] as const),
	];
	expect(fields.length).toBeGreaterThan(8);
	for (const [displayName, parameters] of fields) {
		const { failure } = await harness.run({ parameters: parameters });
		expect(failure?.message).toMatch(new RegExp(`^'${displayName.replace(/[()]/g, '\\$&')}' is `));
	}
});

test('every key of the request is offered, nothing else is sent, and the server takes each in its type', async () => {
	const sent = new Set<string>();
	const silent: string[] = [];
	const inputs = '{"name":"a","topic":"b"}';
	for (const [field, values] of fillings(formFields(), inputs)) {
		harness.calls();
		const parameters = { ...harness.minimal, inputsJson: inputs, ...values } as INodeParameters;
		await harness.run({ parameters: parameters, settings: { onError: 'continueRegularOutput' } });
		const bodies = harness.calls().map(({ body }) => body!);
		expect([field, bodies.length]).toEqual([field, 2]);
		for (const body of bodies) {
			const keys = Object.keys(body);
			expect([field, keys.filter((key) => !requestKeys.includes(key))]).toEqual([field, []]);
			keys.forEach((key) => sent.add(key));
			if (keys.length === 3) silent.push(field);
		}
		// Unknown IDs are refused by name; a list in `detail` would say that the body breaks the schema.
		const { data } = await harness.api.post<{ detail?: unknown }>('/completion-model-config', bodies[0]);
		expect([field, data.detail]).not.toEqual([field, expect.any(Array)]);
	}
	expect([...sent, 'provider_api_keys'].sort()).toEqual(requestKeys);
	// Model Config, Inputs and Number of Samples are sent in any case; the others decide how, not what.
	expect([...new Set(silent)]).toEqual([
		'Model Config: From List',
		'Model Config: By ID',
		'Specify Inputs: Using Fields Below',
		'Specify Inputs: Using JSON',
		'Inputs: defineBelow',
		'Inputs: autoMapInputData',
		'Inputs (JSON)',
		'Number of Samples',
		'Simplify: true',
		'Simplify: false',
		'Idempotency Key',
		'Include Input Fields: true',
		'Include Input Fields: false',
		'Input Fields Prefix',
		'Max Concurrency',
		'Max Retries',
	]);
});

test('the provider keys of the credentials are keys of the contract', async () => {
	const fields = harness.loaded.credential.properties.filter(
		({ name, type }) => type === 'string' && !['apiKey', 'baseUrl'].includes(name),
	);
	const sent: string[] = [];
	for (const { name } of fields) {
		harness.calls();
		const { success } = await harness.run({
			credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, [name]: `key-of-${name}` },
		});
		expect(success).toHaveLength(2);
		for (const { body } of harness.calls()) {
			const [[key, value], ...others] = Object.entries(body!.provider_api_keys as IDataObject) as [
				[string, unknown],
				...unknown[],
			];
			expect([value, others]).toEqual([`key-of-${name}`, []]);
			sent.push(key);
		}
	}
	// One field for each provider that the server can run. The mock needs no key.
	const { data } = await harness.api.get<{ providers: Array<{ name: string; available: boolean }> }>('/models');
	const usable = data.providers.filter(({ name, available }) => available && name !== 'mock');
	expect([...new Set(sent)].sort()).toEqual(usable.map(({ name }) => name).sort());
	expect(providerKeys).toEqual(expect.arrayContaining(sent));
});

test('form, codex and package agree', async () => {
	const { description } = harness.loaded.node;
	expect(description.codex).toMatchObject({
		categories: ['Development'],
		alias: expect.arrayContaining([
			'prompt',
			'LLM',
			'AI',
			'feedback',
			'rating',
			'stored prompt',
			'prompt template',
		]) as string[],
	});
	expect(description.credentials).toEqual([{ name: 'humanloopApi', required: true }]);
	expect(harness.loaded.credential.supportedNodes).toEqual(['humanloop']);
});
