import { execFileSync } from 'node:child_process';
import type { IDataObject, INodeParameters, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { fieldsOf, fillings, operationsOf } from './harness/formWalk.ts';
import { startHarness, type Harness } from './harness/harness.ts';
import { readOpenApi, type Operation } from './harness/openApi.ts';

/**
 * Walks the forms of all operations but Completion → Create (contract.test.ts) and the server's own
 * schemas of their requests: what a field sends is a key of the request in its type, and every key is
 * offered but for those that are named here.
 */
interface Contract {
	method: 'get' | 'patch' | 'post';
	path: string;
	/** Keys of the request that the node does not offer. */
	notOffered?: string[];
	/** Fillings that leave the request as it is: they decide about the items, or are the default. */
	silent: string[];
	/** Fillings with what the operation looks up first: of an unknown one, nothing but the look-up is sent. */
	lookedUp?: string[];
	/** Parameters that the operation needs at least. */
	needs: IDataObject;
}

const limited = 'Return All: false';
const simplify = ['Simplify: true', 'Simplify: false'];

let harness: Harness;
let operations: Record<string, Record<'get' | 'patch' | 'post', Operation>>;
let contracts: Record<string, Contract>;
beforeAll(async () => {
	harness = await startHarness();
	operations = await readOpenApi(harness);
	const { success } = await harness.run({ parameters: { project: locator('name', 'tests'), simplify: false } });
	const { id, project_id } = success[0]!.json as { id: string; project_id: string };
	const project = locator('id', project_id);
	contracts = {
		'feedback create': {
			method: 'post',
			path: '/feedback',
			silent: ['Type: Rating'],
			needs: { logId: id, value: 'good' },
		},
		'log get': { method: 'get', path: '/logs/{id}', silent: simplify, needs: { logId: id } },
		'log getAll': {
			method: 'get',
			path: '/logs',
			notOffered: [
				...['config_filter', 'environment_filter', 'exclude_source', 'failed', 'metadata_search', 'model_filter'],
				...['sort', 'version_status'],
			],
			lookedUp: ['Project: Name'],
			silent: [limited, ...simplify],
			needs: { project },
		},
		'modelConfig create': {
			method: 'post',
			path: '/model-configs',
			notOffered: ['chat_template', 'endpoint', 'reasoning_effort', 'template_language', 'tools'],
			silent: ['Provider: Mock', ...simplify],
			needs: { project, provider: 'mock', model: 'mock-1', promptTemplate: '{{name}}' },
		},
		'modelConfig deploy': {
			method: 'patch',
			path: '/projects/{project_id}/deploy-config',
			lookedUp: [
				...['Project: From List', 'Project: Name', 'Project: By ID'],
				...['Environment: From List', 'Environment: Name'],
			],
			silent: simplify,
			needs: { project, modelConfig: locator('id', harness.configId) },
		},
		'modelConfig getAll': {
			method: 'get',
			path: '/projects/{id}/configs',
			notOffered: ['evaluation_aggregates'],
			lookedUp: ['Project: Name'],
			silent: [
				...['Return All: true', limited, 'Limit', ...simplify],
				...['Deployed Only: true', 'Deployed Only: false'],
			],
			needs: { project },
		},
		'modelConfig get': {
			method: 'get',
			path: '/model-configs/{id}',
			silent: ['Project: From List', 'Project: Name', 'Project: By ID', ...simplify],
			needs: { modelConfig: locator('id', harness.configId) },
		},
		'project getAll': {
			method: 'get',
			path: '/projects',
			notOffered: ['user_filter'],
			silent: [limited, ...simplify],
			needs: {},
		},
		'project getUsage': {
			method: 'get',
			path: '/usage',
			lookedUp: ['Project: Name'],
			silent: ['Group By: Day', limited, ...simplify],
			needs: {},
		},
		'session getAll': {
			method: 'get',
			path: '/sessions',
			lookedUp: ['Project: Name'],
			silent: [limited],
			needs: { project },
		},
	};
});
afterAll(() => harness.close());
beforeEach(() => {
	harness.proxy.requests.splice(0);
});

const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const form = () => harness.loaded.node.description.properties;
const others = () => operationsOf(form()).filter(({ resource }) => !['chat', 'completion'].includes(resource));

/** The keys of the request, or of the query of a list. */
function keysOf({ method, path }: Contract): string[] {
	const { parameters = [], requestBody } = operations[path]![method];
	const schema = requestBody?.content['application/json'].schema;
	// One or an array: the schema of one comes first.
	const { properties = {} } = schema?.anyOf?.[0] ?? schema ?? {};
	return [
		...Object.keys(properties),
		...parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
	].sort();
}

test('the menus: all operations, described, with their resource in the action, in the order of their names', () => {
	const resources = form().find(({ name }) => name === 'resource')!.options as INodePropertyOptions[];
	expect(resources.map(({ value }) => value)).toEqual([
		'chat',
		'completion',
		'feedback',
		'log',
		'modelConfig',
		'project',
		'session',
	]);
	expect(
		others()
			.map(({ resource, entry }) => `${resource} ${entry.value as string}`)
			.sort(),
	).toEqual(Object.keys(contracts).sort());
	for (const { resource, entry } of operationsOf(form())) {
		expect(entry.action).toMatch(/^[A-Z]/);
		expect(entry.action!.replace(/ /g, '').toLowerCase()).toContain(resource.toLowerCase());
		expect(entry.description).toMatch(/^[A-Z].{15,}/);
	}
	for (const { name, options } of form()) {
		if (!['options', 'additionalFields', 'listOptions', 'filters', 'operation'].includes(name)) continue;
		const names = (options as INodeProperties[]).map((option) => option.displayName ?? option.name);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
	}
});

test('providers are those of the contract', () => {
	const provider = form().find(({ name }) => name === 'provider')!.options as INodePropertyOptions[];
	// The server's files are ES modules, which jest cannot load, and TypeScript, which an older Node.js cannot read.
	const script = "JSON.stringify(require('./server/src/contract/providers.ts').providerNames)";
	const names = JSON.parse(execFileSync('node_modules/.bin/node', ['-p', script], { encoding: 'utf8' })) as string[];
	expect(provider.map(({ value }) => value).sort()).toEqual(names.sort());
});

test('every key of a request is offered, nothing else is sent, and the server takes each in its type', async () => {
	for (const { resource, entry } of others()) {
		const operation = entry.value as string;
		const contract = contracts[`${resource} ${operation}`]!;
		const keys = keysOf(contract);
		const sent = new Set<string>();
		const silent: string[] = [];
		let usual: string | undefined;
		for (const [field, values] of [
			['nothing', {}] as const,
			...fillings(fieldsOf(form(), resource, operation), '{ "type": "json_object" }'),
		]) {
			harness.proxy.requests.splice(0);
			const parameters = { ...contract.needs, ...values, resource, operation } as INodeParameters;
			await harness.run({ parameters, settings: { onError: 'continueRegularOutput' } });
			const where = [resource, operation, field];
			const pattern = new RegExp(`^/v4${contract.path.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
			const requests = harness.proxy.requests.filter(
				({ method, path }) => method === contract.method.toUpperCase() && pattern.test(path),
			);
			if (contract.lookedUp?.includes(field) && requests.length === 0) continue;
			expect([where, requests.length]).toEqual([where, 2]);
			for (const { method, path, text, body } of requests) {
				expect(method).toBe(contract.method.toUpperCase());
				const given = [...Object.keys(body ?? {}), ...new URL(path, 'http://host').searchParams.keys()];
				expect([where, given.filter((key) => !keys.includes(key))]).toEqual([where, []]);
				given.forEach((key) => sent.add(key));
				usual ??= path + text;
				if (path + text === usual) silent.push(field);
			}
			// Unknown IDs are refused by name; a list in `detail` would say that the request breaks the schema.
			const [{ method, path, body }] = requests as [(typeof requests)[0]];
			const { data } = await harness.api.request<{ detail?: unknown }>({
				method,
				url: path.replace('/v4', ''),
				data: body,
			});
			expect([where, data.detail]).not.toEqual([where, expect.any(Array)]);
		}
		const { notOffered = [] } = contract;
		expect([resource, operation, [...sent, ...notOffered].sort()]).toEqual([resource, operation, keys]);
		expect([resource, operation, [...new Set(silent)]]).toEqual([resource, operation, ['nothing', ...contract.silent]]);
	}
});

test('an error names the field as the form does', async () => {
	const noValue = '={{ [{ not: "a value" }] }}';
	let count = 0;
	for (const { resource, entry } of others()) {
		const operation = entry.value as string;
		const { needs } = contracts[`${resource} ${operation}`]!;
		for (const [displayName, parameters] of wired(fieldsOf(form(), resource, operation), noValue)) {
			harness.proxy.requests.splice(0);
			const { failure } = await harness.run({ parameters: { ...needs, resource, operation, ...parameters } });
			expect(failure?.message).toMatch(new RegExp(`^'${displayName.replace(/[()]/g, '\\$&')}' is `));
			expect(harness.proxy.requests).toHaveLength(0);
			count++;
		}
	}
	expect(count).toBeGreaterThan(25);
});

/** Each field with a wire key of its own, filled with a value that it cannot have. */
function wired(properties: INodeProperties[], noValue: string): Array<[string, IDataObject]> {
	return properties.flatMap(({ displayName, name, type, routing, options }): Array<[string, IDataObject]> => {
		if (routing) return [[displayName, { [name]: noValue }]];
		return type === 'collection'
			? wired(options as INodeProperties[], noValue).map(([field, values]) => [field, { [name]: values }])
			: [];
	});
}
