import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { fieldsOf, fillings } from './harness/formWalk.ts';
import { callPaths, startHarness, type Harness } from './harness/harness.ts';
import { readOpenApi, type Schema } from './harness/openApi.ts';

/**
 * Walks the forms of Completion → Create and Chat → Create, and the server's own schemas of the four requests that they
 * send: the node offers every key of a request, and what a field sends is a key of the request in its type.
 */
let harness: Harness;
let operations: Awaited<ReturnType<typeof readOpenApi>>;
beforeAll(async () => {
	harness = await startHarness();
	operations = await readOpenApi(harness);
});
afterAll(() => harness.close());

const schemaOf = (path: string) =>
	operations[path]!.post.requestBody!.content['application/json'].schema.properties as Record<string, Schema>;

/** The keys of all four requests. */
const sharedKeys = [
	'inputs',
	'metadata',
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
	'user',
];
const keysOf = {
	chat: ['messages', 'response_format', 'tool_call', 'tool_choice'],
	completion: ['logprobs', 'suffix'],
	deployed: ['environment'],
	version: ['model_config_id'],
};
/** What Humanloop has replaced. */
const notOffered = { chat: ['tool_call'], completion: [] as string[] };

const image = { data: Buffer.from('an image').toString('base64'), mimeType: 'image/png' };

/** The fields that decide how a call is sent, and not what. Those that every call sends are among them. */
const silentFields = [
	'Specify Inputs: Using Fields Below',
	'Specify Inputs: Using JSON',
	'Inputs: defineBelow',
	'Inputs: autoMapInputData',
	'Inputs (JSON)',
	'Number of Samples',
	'Output Format: JSON',
	'Output Format: Text',
	'Output Field Names or IDs',
	'Simplify: true',
	'Simplify: false',
	'Idempotency Key',
	'Include Input Fields: true',
	'Include Input Fields: false',
	'Input Fields Prefix',
	'Max Concurrency',
	'Max Retries',
	'Repair Invalid JSON: true',
	'Repair Invalid JSON: false',
	'Reuse Answers: Always',
	'Reuse Answers: In Manual Runs',
	'Reuse Answers: Never',
	'Reuse Answers For (Hours)',
];
const silentIn = {
	// A chat always has messages.
	chat: [
		'Specify Messages: Using Fields Below',
		'Specify Messages: Using JSON',
		'Messages: Role: Assistant',
		'Messages: Role: System',
		'Messages: Role: User',
		'Messages: Content',
		'Messages: Images: Source: Binary Field',
		'Messages: Images: Input Binary Field',
		'Messages: Images: URL',
		'Messages: Images: Detail: Auto',
		'Messages: Images: Detail: High',
		'Messages: Images: Detail: Low',
		'Messages (JSON)',
	],
	completion: [] as string[],
	deployed: ['Run: Deployed Version', 'Project: Name'],
	version: ['Run: Version', 'Model Config: From List', 'Model Config: By ID'],
};

describe.each(callPaths)('$path', ({ resource, run, path }) => {
	const formFields = () => fieldsOf(harness.loaded.node.description.properties, resource, 'create');
	/** Whether a field of a collection is shown for the resource. */
	const isShown = ({ displayOptions }: INodeProperties) =>
		displayOptions?.show?.['/resource']?.includes(resource) ?? true;
	const shownFields = () =>
		formFields().map((field) =>
			field.type === 'collection' ? { ...field, options: (field.options as INodeProperties[]).filter(isShown) } : field,
		);
	const json = (field: string) => {
		if (field.startsWith('Messages')) return '[{"role":"user","content":"a"}]';
		return field.startsWith('Response Format') ? '{"type":"json_object"}' : inputs;
	};
	const inputs = '{"name":"a","topic":"b"}';

	test('the request has the keys that the v4 API has documented', () => {
		expect(Object.keys(schemaOf(path)).sort()).toEqual([...sharedKeys, ...keysOf[resource], ...keysOf[run]].sort());
	});

	test('an error names the field as the form does', async () => {
		const noValue = '={{ [{ not: "a value" }] }}';
		const wired = (fields: INodeProperties[]) =>
			fields.filter(({ routing, type }) => routing && type !== 'resourceLocator');
		const options = formFields().find(({ name }) => name === 'options')!.options as INodeProperties[];
		const fields = [
			...wired(formFields()).map(({ displayName, name }) => [displayName, { [name]: noValue }] as const),
			...wired(options.filter(isShown)).map(
				({ displayName, name }) => [displayName, { options: { [name]: noValue } }] as const,
			),
		];
		expect(fields.length).toBeGreaterThan(6);
		const minimal = await harness.minimalFor(resource, run);
		for (const [displayName, parameters] of fields) {
			const { failure } = await harness.run({ parameters: { ...minimal, ...parameters } });
			expect(failure?.message).toMatch(new RegExp(`^'${displayName.replace(/[()]/g, '\\$&')}' is `));
		}
	});

	test('every key is offered, nothing else is sent, and the server takes each in its type', async () => {
		const requestKeys = Object.keys(schemaOf(path)).sort();
		const sent = new Set<string>();
		const silent: string[] = [];
		const minimal = { ...(await harness.minimalFor(resource, run)), inputsJson: inputs };
		const bodiesOf = async (parameters: IDataObject) => {
			harness.calls();
			await harness.run({
				parameters: { ...minimal, ...parameters },
				settings: { onError: 'continueRegularOutput' },
				binary: { x: image, data: image },
			});
			const calls = harness.calls();
			expect([parameters, calls.map((call) => call.path)]).toEqual([parameters, [`/v4${path}`, `/v4${path}`]]);
			return calls.map(({ body }) => body!);
		};
		const usual = Object.keys((await bodiesOf({}))[0]!).sort();
		// What the other kind of run shows is not shown here.
		const fields = fillings(shownFields(), json)
			.filter(([, values]) => (values.run ?? run) === run)
			// 'Tool Name' and 'URL' are filled together with these.
			.filter(([field]) => !['Tool Choice: Specific Tool', 'Messages: Images: Source: URL'].includes(field));
		for (const [field, values] of fields) {
			const bodies = await bodiesOf(values);
			for (const body of bodies) {
				const keys = Object.keys(body).sort();
				expect([field, keys.filter((key) => !requestKeys.includes(key))]).toEqual([field, []]);
				keys.forEach((key) => sent.add(key));
				if (keys.join() === usual.join()) silent.push(field);
			}
			// Unknown IDs are refused by name; a list in `detail` would say that the body breaks the schema.
			const { data } = await harness.api.post<{ detail?: unknown }>(path, bodies[0]);
			expect([field, data.detail]).not.toEqual([field, expect.any(Array)]);
		}
		expect([...sent, 'provider_api_keys', ...notOffered[resource]].sort()).toEqual(requestKeys);
		expect([...new Set(silent)].sort()).toEqual([...silentFields, ...silentIn[resource], ...silentIn[run]].sort());
	});

	test("the credentials' provider keys are sent, and are nowhere in the output", async () => {
		const { success, run: execution } = await harness.run({
			parameters: await harness.minimalFor(resource, run),
			credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, openaiApiKey: 'sk-canary' },
		});
		expect(success).toHaveLength(2);
		expect(harness.calls().map(({ body }) => body!.provider_api_keys)).toEqual(Array(2).fill({ openai: 'sk-canary' }));
		expect(JSON.stringify(execution)).not.toContain('sk-canary');
	});

	test('what the other kind of run needs is not sent, if the node still has it', async () => {
		const minimal = {
			...(await harness.minimalFor(resource, 'version')),
			...(await harness.minimalFor(resource, run)),
		};
		const environment = { __rl: true, mode: 'name', value: 'production' };
		const { failure } = await harness.run({ parameters: { ...minimal, environment } });
		expect(failure).toBeUndefined();
		for (const { path: called, body } of harness.calls())
			expect([called, 'model_config_id' in body!, 'environment' in body!]).toEqual([
				`/v4${path}`,
				run === 'version',
				run === 'deployed',
			]);
	});
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
	expect([...new Set(sent)].sort()).toEqual([...usable.map(({ name }) => name), 'openai_azure_endpoint'].sort());
	// The other schema is null.
	const [keys] = schemaOf('/completion-model-config').provider_api_keys!.anyOf!;
	expect(Object.keys(keys!.properties!)).toEqual(expect.arrayContaining(sent));
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
