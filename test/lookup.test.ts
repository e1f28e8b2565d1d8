import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { variablesOf } from '../nodes/Humanloop/shared/template.ts';
import { askEditor } from './harness/askEditor.ts';
import { startHarness, type Harness } from './harness/harness.ts';

/** The lists and fields that the editor draws. */
let harness: Harness;
let projects: string[];
beforeAll(async () => {
	harness = await startHarness();
	projects = [
		'tests',
		...Array.from({ length: 104 }, (_, number) => `list/${String(number).padStart(3, '0')}`),
		'a&filter=b#c ü',
	];
	for (const project of projects.slice(1)) await createConfig(project, '{{name}}');
});
afterAll(() => harness.close());
beforeEach(() => {
	harness.proxy.readFault = undefined;
	harness.proxy.requests.splice(0);
});

async function createConfig(project: string, prompt_template: string, more: object = {}) {
	const { data } = await harness.api.post<{
		project_id: string;
		created_at: string;
		config: { id: string; name: string };
	}>('/model-configs', {
		project,
		provider: 'mock',
		model: 'mock-1',
		prompt_template,
		...more,
	});
	return data;
}

const editor = (parameters: INodeParameters = {}, apiKey = harness.server.apiKey) =>
	askEditor(harness.loaded, { parameters, credentials: { apiKey, baseUrl: harness.proxy.baseUrl } });
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });

describe('projects', () => {
	test('all of them, page after page, by name', async () => {
		const names: string[] = [];
		const values = new Set<unknown>();
		let token: string | undefined;
		do {
			const { results, paginationToken } = await editor().search('searchProjects', undefined, token);
			names.push(...results.map(({ name }) => name));
			for (const { value } of results) values.add(value);
			token = paginationToken;
		} while (token);
		expect(names).toEqual([...projects].sort());
		expect(values.size).toBe(projects.length);
		expect(harness.proxy.requests).toHaveLength(2);
	});

	test('a filter reaches the API as it was typed', async () => {
		const { results } = await editor().search('searchProjects', 'A&filter=b#c Ü');
		expect(results.map(({ name }) => name)).toEqual(['a&filter=b#c ü']);
		const { results: some, paginationToken } = await editor().search('searchProjects', 'LIST/00');
		expect([some.length, paginationToken]).toEqual([10, undefined]);
	});
});

describe('model configs', () => {
	const timeOf = ({ created_at }: { created_at: string }) =>
		new Intl.DateTimeFormat('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(
			new Date(created_at),
		);
	/** The time zone of the workflow, which has no setting of its own. */
	const zone = 'America/New_York';

	test.each(['list', 'id', 'name'])(
		'those of the chosen project, newest first, each told from the others; project by %s',
		async (mode) => {
			const name = `versions/${mode}`;
			const first = await createConfig(name, '{{name}}', { name: 'Triage' });
			const second = await createConfig(name, '{{name}} {{topic}}', { name: 'Triage', model: 'mock-2' });
			const project = locator(mode, mode === 'name' ? name : first.project_id);
			const { results, paginationToken } = await editor({ project }).search('searchModelConfigs');
			const shown = [second, first].map(({ config, created_at }, position) => ({
				name: expect.stringMatching(
					new RegExp(
						`^v${2 - position} · Triage · mock mock-${2 - position} · \\d+ \\w{3} ${timeOf({ created_at })} · …${config.id.slice(-5)}$`,
					),
				) as string,
				value: config.id,
			}));
			expect(results).toEqual(shown);
			expect(paginationToken).toBeUndefined();
		},
	);

	/** Lets the host list these configs, and respond to `GET /models` with this. */
	function listOf(configs: IDataObject[], models: { status: number; body: unknown }): Promise<string[]> {
		harness.proxy.readFault = ({ path }, response) => {
			const { status, body } = path.endsWith('/models')
				? models
				: { status: 200, body: configs.map((config) => ({ config, created_at: '2026-11-24T23:05:00Z' })) };
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
			return true;
		};
		const asked = editor({ project: locator('id', 'pr_1') }).search('searchModelConfigs');
		return asked.then(({ results }) => results.map(({ name }) => name));
	}
	const config = (more: IDataObject) => ({
		id: 'config_12345',
		name: 'A',
		provider: 'openai',
		model: 'm',
		prompt_template: '{{x}}',
		...more,
	});
	const models = {
		providers: [
			{ name: 'openai', available: true, needs_key: true },
			{ name: 'anthropic', available: false, reason: 'This server cannot run anthropic yet.' },
			{ name: 'cohere', available: false },
		],
	};
	const rest = (provider: string) => `A · ${provider} m · 24 Nov 18:05 · …12345`;

	test('what the server cannot run says why, and is not hidden', async () => {
		const configs = [
			config({}),
			config({ endpoint: 'chat' }),
			config({ chat_template: [{ role: 'user' }] }),
			config({ prompt_template: null }),
			config({ tools: [{}] }),
			config({ template_language: 'jinja' }),
			config({ provider: 'anthropic' }),
			config({ provider: 'cohere' }),
			config({ provider: 'unheard-of' }),
			config({ endpoint: 'complete', template_language: 'default', tools: [], chat_template: null }),
		];
		expect(await listOf(configs, { status: 200, body: models })).toEqual([
			`v10 · ${rest('openai')}`,
			`v9 [cannot run: endpoint chat] · ${rest('openai')}`,
			`v8 [cannot run: chat template] · ${rest('openai')}`,
			`v7 [cannot run: no prompt template] · ${rest('openai')}`,
			`v6 [cannot run: tools] · ${rest('openai')}`,
			`v5 [cannot run: template language jinja] · ${rest('openai')}`,
			`v4 [This server cannot run anthropic yet] · ${rest('anthropic')}`,
			`v3 [cannot run: provider cohere] · ${rest('cohere')}`,
			`v2 · ${rest('unheard-of')}`,
			`v1 · ${rest('openai')}`,
		]);
	});

	test.each([
		['has no such endpoint', { status: 404, body: { detail: 'Not Found' } }],
		['fails at it', { status: 503, body: 'busy' }],
		['has another one there', { status: 200, body: { object: 'list', data: [] } }],
	])('a host that %s just lists', async (_name, response) => {
		expect(await listOf([config({ endpoint: 'chat' }), config({ provider: 'cohere' })], response)).toEqual([
			`v2 · ${rest('openai')}`,
			`v1 · ${rest('cohere')}`,
		]);
	});

	test('without a name, the description says which one it is; without both, and without a provider, the rest does', async () => {
		const configs = [config({ name: null, description: 'Friendlier' }), config({ name: null, provider: null })];
		expect(await listOf(configs, { status: 404, body: {} })).toEqual([
			'v2 · Friendlier · openai m · 24 Nov 18:05 · …12345',
			'v1 · m · 24 Nov 18:05 · …12345',
		]);
	});

	test('a filter looks at name, model, ID and prompt', async () => {
		const { project_id, config } = await createConfig('list/002', 'Schreibe an {{name}}', {
			name: 'Größe',
			model: 'mock-9',
		});
		for (const filter of ['GRÖ', 'MOCK-9', config.id.slice(-8), 'schreibe AN']) {
			const { results } = await editor({ project: locator('id', project_id) }).search('searchModelConfigs', filter);
			expect(results.map(({ value }) => value)).toEqual([config.id]);
		}
	});

	test.each([
		['without a project', {}, "Choose a 'Project' first: the list shows its model configs"],
		[
			'of a project that is an expression',
			{ project: locator('id', '={{ $json.project }}') },
			"'Project' is an expression",
		],
		['of a name that no project has', { project: locator('name', 'list/0') }, "There is no project named 'list/0' yet"],
		['of an ID that no project has', { project: locator('id', 'a/../b?c=1#d') }, 'a/../b?c=1#d'],
	])('%s the list says why', async (_name, parameters, message) => {
		await expect(editor(parameters).search('searchModelConfigs')).rejects.toThrow(message);
		for (const { path } of harness.proxy.requests)
			expect(path).toMatch(/^\/v4\/(models$|projects\?|projects\/a%2F\.\.%2Fb%3Fc%3D1%23d\/configs$)/);
	});
});

describe('input fields', () => {
	test('one per variable, in the order of the template, each required', async () => {
		const { config } = await createConfig('tests', '{{b}} {{ a }} {{b}} {{  no  }} {{c.d[0]}} {{é}}');
		const { fields, emptyFieldsNotice } = await editor({ modelConfig: locator('list', config.id) }).inputFields();
		expect(fields.map(({ id, displayName, required, display }) => [id, displayName, required, display])).toEqual(
			['b', 'a', 'c.d[0]'].map((name) => [name, name, true, true]),
		);
		expect(emptyFieldsNotice).toBeUndefined();
	});

	test.each([
		['an expression', '={{ $json.config }}', "'Model Config' is an expression"],
		['no model config', undefined, "Choose a 'Model Config'"],
		['a template without variables', { prompt_template: 'Say something.' }, 'has no variables'],
		[
			'a chat template',
			{ prompt_template: null, chat_template: [{ role: 'user', content: '{{x}}' }], endpoint: 'chat' },
			"Choose 'Using JSON'",
		],
	])('%s: a notice instead', async (_name, template, notice) => {
		const id = typeof template === 'object' ? (await createConfig('tests', '', template)).config.id : (template ?? '');
		const { fields, emptyFieldsNotice } = await editor({ modelConfig: locator('id', id) }).inputFields();
		expect(fields).toEqual([]);
		expect(emptyFieldsNotice).toContain(notice);
	});

	test.each([
		['an expression', () => '={{ $json.config }}'],
		[
			'a template whose variables are unknown',
			async () => (await createConfig('tests', '{{ a }}', { template_language: 'jinja' })).config.id,
		],
	])('%s: the fields that are shown stay, or the editor would drop what is mapped', async (_name, chosen) => {
		const modelConfig = locator('id', await chosen());
		const schema = ['b', 'a'].map((id) => ({ id, displayName: id, type: 'string', required: true, display: true }));
		const inputs = { mappingMode: 'defineBelow', value: { b: '1', a: '2' }, schema } as never;
		expect(await editor({ modelConfig, inputs }).inputFields()).toEqual({ fields: schema });
	});

	test('the template rule is the one of the server, which names what is missing', async () => {
		const part = fc.constantFrom(
			'{{',
			'}}',
			'{',
			' ',
			'\n',
			'name',
			'a.b',
			'[0]',
			'é',
			'-',
			'tool(',
			'x, "y"',
			')',
			'{{name}}',
			'{{ t(a, b) }}',
		);
		await fc.assert(
			fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 12 }), async (parts) => {
				const template = parts.join('');
				const { config } = await createConfig('tests', template);
				const { data } = await harness.api.post<{ detail?: { message: string } }>('/completion-model-config', {
					model_config_id: config.id,
				});
				const names = variablesOf({ prompt_template: template })!;
				if (names.length === 0) expect(data.detail).toBeUndefined();
				else expect(data.detail?.message).toContain(`the following variables: ${names.sort().join(', ')}. `);
			}),
			{ numRuns: 200 },
		);
	});
});

describe('a list that fails says why', () => {
	const asked: Array<[string, () => Promise<unknown>]> = [
		['projects', () => editor().search('searchProjects')],
		['model configs', () => editor({ project: locator('id', 'pr_1') }).search('searchModelConfigs')],
		['input fields', () => editor({ modelConfig: locator('id', 'config_1') }).inputFields()],
	];

	test.each(asked)('%s: in the words of the API', async (_name, ask) => {
		harness.proxy.readFault = (_request, response) => {
			response
				.writeHead(503, { 'content-type': 'application/json' })
				.end('{"detail":{"message":"Closed for a moment"}}');
			return true;
		};
		await expect(ask()).rejects.toMatchObject({
			message:
				'Closed for a moment. The API is overloaded or cannot be reached. Wait, then run the failed items again.',
			httpCode: '503',
		});
	});

	test.each(
		asked
			.concat([
				[
					'configs of a project by name',
					() => editor({ project: locator('name', 'tests') }).search('searchModelConfigs'),
				],
			])
			.filter(([name]) => name !== 'input fields'),
	)('%s: a host that is not one of the API', async (_name, ask) => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":1}');
			return true;
		};
		await expect(ask()).rejects.toMatchObject({
			message:
				"Expected a list from the v4 API, but the response is something else. Check the 'Base URL' in the Humanloop API credentials. It must end with /v4.",
			description: expect.stringContaining('Base URL') as string,
		});
	});

	test('a wrong key', async () => {
		const failure = await editor({}, 'hl_sk_wrong')
			.search('searchProjects')
			.catch((error: IDataObject) => error);
		expect(failure).toMatchObject({
			httpCode: '401',
			description: "Check the 'API Key' in the Humanloop API credentials.",
		});
		expect(JSON.stringify(failure)).not.toContain('hl_sk_wrong');
	});

	test('a host that is not there', async () => {
		const nowhere = askEditor(harness.loaded, {
			parameters: {},
			credentials: { apiKey: 'x', baseUrl: 'http://127.0.0.1:9/v4' },
		});
		await expect(nowhere.search('searchProjects')).rejects.toThrow("Nothing listens at the 'Base URL' (ECONNREFUSED)");
	});
});

test.each([
	['configs of a project', () => editor({ project: locator('id', '..') }).search('searchModelConfigs')],
	['input fields', () => editor({ modelConfig: locator('id', '..') }).inputFields()],
])('%s: an ID that would lead to another endpoint is not sent', async (_name, ask) => {
	await expect(ask()).rejects.toMatchObject({ message: "'..' is not an ID. Enter an ID that the API returned." });
	expect(harness.proxy.requests.filter(({ path }) => !path.endsWith('/models'))).toEqual([]);
});
