import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { askEditor } from './harness/askEditor.ts';
import { locator, useLookup } from './harness/lookup.ts';

/** The lists that the editor draws. lookup.inputFields.test.ts has the fields. */
const { harness, createConfig, editor } = useLookup();
const projects = [
	'tests',
	...Array.from({ length: 104 }, (_, number) => `list/${String(number).padStart(3, '0')}`),
	'a&filter=b#c ü',
];
beforeAll(async () => {
	for (const project of projects.slice(1)) await createConfig(project, '{{name}}');
});

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
						`^v${2 - position}${position === 1 ? ' \\[production\\]' : ''} · Triage · mock mock-${2 - position} · \\d+ \\w{3} ${timeOf({ created_at })} · …${config.id.slice(-5)}$`,
					),
				) as string,
				value: config.id,
			}));
			expect(results).toEqual(shown);
			expect(paginationToken).toBeUndefined();
		},
	);

	/** The entries of a project that has these configs, in the order of their creation. */
	async function entriesOf(
		project: string,
		configs: IDataObject[],
		credentials: IDataObject = {},
		resource = 'completion',
	): Promise<string[]> {
		let project_id = '';
		for (const config of configs) ({ project_id } = await createConfig(project, '{{x}}', config));
		const all = { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, ...credentials };
		const parameters = { resource, project: locator('id', project_id) };
		const { results } = await askEditor(harness.loaded, { parameters, credentials: all }).search('searchModelConfigs');
		return results.map(({ name }) => name);
	}
	/** What an entry says before its time. The first version is deployed. */
	const beginning = (entry: string) => entry.replace(' [production]', '').split(' · ').slice(0, 3).join(' · ');

	/** What the server cannot run as a completion, and what it cannot run as a chat, by the name of the config. */
	const obstacles: Array<[config: IDataObject, asCompletion: string | null, asChat: string | null]> = [
		[{}, null, 'cannot run: completion config'],
		[{ prompt_template: null, endpoint: 'chat' }, 'cannot run: chat config', null],
		[{ prompt_template: null, endpoint: 'chat', tools: [{ name: 'a' }] }, 'cannot run: chat config', null],
		[{ endpoint: 'chat' }, 'cannot run: prompt template', 'cannot run: prompt template'],
		[{ endpoint: 'edit' }, 'cannot run: endpoint edit', 'cannot run: endpoint edit'],
		[{ chat_template: [{ role: 'user', content: '{{x}}' }] }, 'cannot run: chat template', 'cannot run: chat template'],
		[{ prompt_template: null }, 'cannot run: no prompt template', 'cannot run: no prompt template'],
		[{ tools: [{ name: 'a' }] }, 'cannot run: tools', 'cannot run: tools'],
		[{ template_language: 'jinja' }, null, 'cannot run: completion config'],
		[
			{ provider: 'replicate', prompt_template: null, endpoint: 'chat' },
			'cannot run: chat config',
			'This server cannot run replicate yet',
		],
		[
			{ provider: 'replicate', endpoint: 'complete', template_language: 'default' },
			'This server cannot run replicate yet',
			'cannot run: completion config',
		],
	];

	test.each(['completion', 'chat', 'modelConfig'])(
		'%s: what cannot run says why, and is not hidden',
		async (resource) => {
			const configs = obstacles.map(([config], number) => ({ name: `A${number}`, ...config }));
			const entries = await entriesOf('obstacles', configs, {}, resource);
			const expected = obstacles.map(([, asCompletion, asChat], number) => {
				// What gets a config does not run it, and says what no operation can run.
				const either = asCompletion && asChat && (asCompletion === 'cannot run: chat config' ? asChat : asCompletion);
				const obstacle = { completion: asCompletion, chat: asChat }[resource] ?? either;
				const isShown = resource !== 'modelConfig' || either;
				return `v${number + 1}${isShown && obstacle ? ` [${obstacle}]` : ''} · A${number}`;
			});
			expect(entries.map((entry) => beginning(entry).split(' · ').slice(0, 2).join(' · '))).toEqual(expected.reverse());
		},
	);

	test('a version says where it is deployed', async () => {
		const [first, second, third] = [
			await createConfig('places', '{{a}}'),
			await createConfig('places', '{{b}}'),
			await createConfig('places', '{{c}}', { tools: [{ name: 'a' }] }),
		];
		const ids: Record<string, string> = {};
		for (const name of ['staging', 'test', 'a name that is longer than the part that a list shows']) {
			const { data } = await harness.api.post<{ id: string }>('/environments', { name });
			ids[name] = data.id;
		}
		const deploy = async (config_id: string, ...environments: string[]) => {
			await harness.api.patch(`/projects/${first.project_id}/deploy-config`, {
				config_id,
				environments: environments.map((id) => ({ id })),
			});
		};
		await deploy(second.config.id, ids.staging!, ids.test!);
		await deploy(third.config.id, Object.values(ids)[2]!);
		const { results } = await editor({ project: locator('id', first.project_id) }).search('searchModelConfigs');
		expect(results.map(({ name }) => name.split(' · ')[0])).toEqual([
			'v3 [cannot run: tools] [a name that is longer than the part that…]',
			'v2 [staging, test]',
			'v1 [production]',
		]);
	});

	test.each([
		['has no such list', 404, '{"detail":"Not Found"}'],
		['fails at it', 503, '{"detail":"busy"}'],
		['lists something else', 200, '{"hello":1}'],
	])('a host that %s of what is deployed lists the versions', async (_name, status, body) => {
		const { project_id } = await createConfig('no places', '{{a}}');
		harness.proxy.readFault = ({ path }, response) => {
			if (!path.endsWith('/deployed-configs')) return false;
			response.writeHead(status, { 'content-type': 'application/json' }).end(body);
			return true;
		};
		const { results } = await editor({ project: locator('id', project_id) }).search('searchModelConfigs');
		expect(results.map(({ name }) => name.split(' · ')[0])).toEqual(['v1']);
	});

	test('what needs a key says so, until the credential has one', async () => {
		const configs = [{ name: 'A', provider: 'openai', model: 'gpt' }];
		for (const openaiApiKey of [undefined, '', ' '])
			expect((await entriesOf('keys', configs, { openaiApiKey })).map(beginning)).toEqual([
				'v1 [needs an OpenAI key] · A · openai gpt',
			]);
		expect((await entriesOf('keys', configs, { openaiApiKey: 'sk-1' })).map(beginning)).toEqual([
			'v1 · A · openai gpt',
		]);
	});

	test('the description says which version it is, or else the name; a long one is cut', async () => {
		const entries = await entriesOf('notes', [
			{ name: 'Triage' },
			{ name: 'Triage', description: 'Friendlier', temperature: 0.1 },
			{ description: 'Shorter answers,\nand no greeting at the beginning', temperature: 0.2 },
			{ name: 'Triage', description: ' ', temperature: 0.3 },
			{ temperature: 0.4 },
		]);
		expect(entries.map(beginning)).toEqual([
			expect.stringMatching(/^v5 · mock-1 \w{5} · mock mock-1$/),
			'v4 · Triage · mock mock-1',
			'v3 · Shorter answers, and no greeting at the… · mock mock-1',
			'v2 · Friendlier · mock mock-1',
			'v1 · Triage · mock mock-1',
		]);
	});

	/** Lets another host than ours list these records, and respond to `GET /models` with this. */
	function listOf(records: unknown[], models: { status: number; body: unknown }): Promise<string[]> {
		harness.proxy.readFault = ({ path }, response) => {
			const list = path.endsWith('/deployed-configs') ? [] : records;
			const { status, body } = path.endsWith('/models') ? models : { status: 200, body: list };
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
			return true;
		};
		const asked = editor({ project: locator('id', 'pr_1') }).search('searchModelConfigs');
		return asked.then(({ results }) => results.map(({ name }) => name));
	}
	const thisYear = new Intl.DateTimeFormat('en-US', { year: 'numeric', timeZone: zone }).format();
	const record = (config: IDataObject, created_at: unknown = `${thisYear}-11-24T23:05:00Z`) => ({
		config: { id: 'config_12345', name: 'A', provider: 'openai', model: 'm', prompt_template: '{{x}}', ...config },
		created_at,
	});
	const noModels = { status: 404, body: { detail: 'Not Found' } };
	const rest = (provider: string) => `A · ${provider} m · 24 Nov 18:05 · …12345`;

	test.each([
		['has no such endpoint', noModels],
		['fails at it', { status: 503, body: 'busy' }],
		['has another one there', { status: 200, body: { object: 'list', data: [] } }],
		['says nothing in it', { status: 200, body: { providers: [null, 1, {}, { name: null }] } }],
	])('a host that %s just lists', async (_name, response) => {
		expect(await listOf([record({ name: 'A' }), record({ provider: 'cohere' })], response)).toEqual([
			`v2 · ${rest('openai')}`,
			`v1 · ${rest('cohere')}`,
		]);
	});

	test('a host that does not answer what it can run just lists', async () => {
		// It answers neither that nor what is deployed.
		harness.proxy.readFault = ({ path }) => path.endsWith('/models') || path.endsWith('/deployed-configs');
		expect((await entriesOf('hangs', [{ name: 'A' }])).map(beginning)).toEqual(['v1 · A · mock mock-1']);
	}, 20_000);

	test('a provider that cannot run says why, in not too many words', async () => {
		const providers = [
			{ name: 'cohere', available: false },
			{ name: 'ai21', available: false, reason: `Not ${'now '.repeat(1000)}` },
			{ name: 'azure', available: false, reason: 7 },
		];
		const records = ['cohere', 'ai21', 'azure', 'unheard-of'].map((provider) => record({ provider }));
		expect(await listOf(records, { status: 200, body: { providers } })).toEqual([
			`v4 [cannot run: provider cohere] · ${rest('cohere')}`,
			`v3 [Not${' now'.repeat(9)}…] · ${rest('ai21')}`,
			`v2 [cannot run: provider azure] · ${rest('azure')}`,
			`v1 · ${rest('unheard-of')}`,
		]);
	});

	test('without name, description and provider, the rest says which one it is', async () => {
		expect(await listOf([record({ name: null, provider: null })], noModels)).toEqual([
			'v1 · m · 24 Nov 18:05 · …12345',
		]);
	});

	test('a time of another year has its year', async () => {
		expect(await listOf([record({}, '2024-02-29T23:05:00Z')], noModels)).toEqual([
			'v1 · A · openai m · 29 Feb 2024 18:05 · …12345',
		]);
	});

	test('a config without a time that can be read is listed without it; what is no config is left out', async () => {
		const records = [
			...[null, 'long ago', {}].map((created_at) => record({}, created_at)),
			{ config: { id: 'config_12345', name: 'A', provider: 'openai', model: 'm' } },
			record({}),
		];
		const broken = [null, 'x', {}, { config: null }, { config: { name: 'without an ID' } }];
		expect(await listOf([...broken, ...records], noModels)).toEqual([
			`v5 · ${rest('openai')}`,
			...[4, 3, 2, 1].map((number) => `v${number} · A · openai m · …12345`),
		]);
	});

	test('a filter looks at name, description, model, ID and prompt', async () => {
		const { project_id, config } = await createConfig('list/002', 'Schreibe an {{name}}', {
			name: 'Größe',
			description: `${'Long '.repeat(20)} but found`,
			model: 'mock-9',
		});
		for (const filter of ['GRÖ', 'BUT FOUND', 'MOCK-9', config.id.slice(-8), 'schreibe AN']) {
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
			expect(path).toMatch(/^\/v4\/(models$|projects\?|projects\/a%2F\.\.%2Fb%3Fc%3D1%23d\/(deployed-)?configs$)/);
	});
});

describe('environments', () => {
	const search = async (parameters: INodeParameters, filter?: string) =>
		(await editor(parameters).search('searchEnvironments', filter)).results;

	// The editor shows the entry that was chosen, also after the next deployment.
	test.each(['list', 'id', 'name'])('are listed by their names alone; project by %s', async (mode) => {
		const project = `environments/${mode}`;
		const first = await createConfig(project, '{{a}}');
		await harness.api.post('/environments', { name: 'Staging area' });
		// Those of other tests, if they ran before.
		const { data } = await harness.api.get<Array<{ name: string }>>('/environments');
		expect(data.length).toBeGreaterThan(1);
		const parameters = { project: locator(mode, mode === 'name' ? project : first.project_id) };
		const expected = data.map(({ name }) => ({ name, value: name }));
		expect(await search(parameters)).toEqual(expected);
		await createConfig(project, '{{b}}', { model: 'mock-2' });
		expect(await search(parameters)).toEqual(expected);
		expect(await search(parameters, 'staging A')).toEqual([{ name: 'Staging area', value: 'Staging area' }]);
		expect(await search(parameters, 'mock-1')).toEqual([]);
	});

	const expression = { project: locator('id', '={{ $json.project }}') };

	test('of a project that is an expression: the environments alone', async () => {
		const entries = await search(expression);
		expect(entries[0]).toEqual({ name: 'production', value: 'production' });
		expect(harness.proxy.requests.map(({ path }) => path)).toEqual(['/v4/environments']);
	});

	test.each([404, 405, 501])('a host that does not list them (%i) says what to do', async (status) => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
			return true;
		};
		await expect(search(expression)).rejects.toThrow("enter the environment's name");
	});

	test.each([
		['without a project', {}, "Choose a 'Project' first: the list shows its environments"],
		['of a name that no project has', { project: locator('name', 'list/0') }, 'yet, so it has nothing deployed'],
		['of an ID that no project has', { project: locator('id', 'pr_none') }, 'No such project: "pr_none"'],
	])('%s the list says why', async (_name, parameters, message) => {
		await expect(search(parameters)).rejects.toThrow(message);
	});
});

describe('a list that fails says why', () => {
	const asked: Array<[string, () => Promise<unknown>]> = [
		['projects', () => editor().search('searchProjects')],
		['model configs', () => editor({ project: locator('id', 'pr_1') }).search('searchModelConfigs')],
		['environments', () => editor({ project: locator('id', 'pr_1') }).search('searchEnvironments')],
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
	['environments', () => editor({ project: locator('id', '..') }).search('searchEnvironments')],
	['deployed input fields', () => editor({ run: 'deployed', project: locator('id', '..') }).inputFields()],
	['input fields', () => editor({ modelConfig: locator('id', '..') }).inputFields()],
])('%s: an ID that would lead to another endpoint is not sent', async (_name, ask) => {
	await expect(ask()).rejects.toMatchObject({ message: "'..' is not an ID. Enter an ID that the API returned." });
	expect(harness.proxy.requests.filter(({ path }) => !path.endsWith('/models'))).toEqual([]);
});
