import type {
	IDataObject,
	IExecuteSingleFunctions,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
	NodePropertyTypes,
} from 'n8n-workflow';

import { defineOperation } from '../nodes/Humanloop/execution/defineOperation.ts';
import type { Reader } from '../nodes/Humanloop/values/readers.ts';
import { readWireFields, wireFieldsOf } from '../nodes/Humanloop/values/wireFields.ts';
import { fieldsOf, operationsOf } from './harness/formWalk.ts';
import { loadPackage } from './harness/loadPackage.ts';

/**
 * The built description: what the lint rules do not see, because the menus and the display rules are made by functions.
 */
let properties: INodeProperties[];
beforeAll(async () => {
	properties = (await loadPackage()).node.description.properties;
});

/** A broken rule per line, e.g. "log: Get Many has no action". */
function problemsOf(label: string, { noDataExpression, default: value, options }: INodeProperties): string[] {
	const entries = options as INodePropertyOptions[];
	const names = entries.map(({ name }) => name);
	const isSorted = names.join() === [...names].sort((a, b) => a.localeCompare(b)).join();
	return [
		...(noDataExpression === true ? [] : [`${label}: takes expressions`]),
		...(entries.some((entry) => entry.value === value) ? [] : [`${label}: ${String(value)} is no option`]),
		...(new Set(entries.map((entry) => entry.value)).size === entries.length ? [] : [`${label}: a value twice`]),
		...(isSorted ? [] : [`${label}: not sorted`]),
	];
}

function entryProblemsOf(label: string, { options }: INodeProperties): string[] {
	return (options as INodePropertyOptions[]).flatMap(({ name, action, description }) => [
		...(/^[A-Z][a-z]*( [a-z]+)+$/.test(action ?? '') ? [] : [`${label}: ${name} has no action in sentence case`]),
		...(/^[A-Z].{15,}/.test(description ?? '') ? [] : [`${label}: ${name} has no description`]),
	]);
}

/** Finds fields with routing by their keys alone, wherever they are. */
function routedIn(value: unknown): INodeProperties[] {
	if (typeof value !== 'object' || value === null) return [];
	const isRouted = 'routing' in value && 'displayName' in value;
	return [...(isRouted ? [value as INodeProperties] : []), ...Object.values(value).flatMap(routedIn)];
}

const operationMenus = () => properties.filter(({ name }) => name === 'operation');

describe('the menus', () => {
	test('the resource menu takes no expression, is sorted and has a valid default', () => {
		const menu = properties.find(({ name }) => name === 'resource')!;
		expect(problemsOf('resource', menu)).toEqual([]);
		// One operation menu per resource.
		const resources = (menu.options as INodePropertyOptions[]).map(({ value }) => value);
		expect(operationMenus().map(({ displayOptions }) => displayOptions!.show!.resource)).toEqual(
			resources.map((value) => [value]),
		);
	});

	test('so does each operation menu, and each operation has an action in sentence case and a description', () => {
		for (const menu of operationMenus()) {
			const label = String(menu.displayOptions!.show!.resource![0]);
			expect([...problemsOf(label, menu), ...entryProblemsOf(label, menu)]).toEqual([]);
		}
	});

	test('a field of one operation that runs a model is not shown for the other one', () => {
		const namesOf = (resource: string) => fieldsOf(properties, resource, 'create').map(({ name }) => name);
		const [ofChat, ofCompletion] = [namesOf('chat'), namesOf('completion')];
		expect(ofChat.filter((name) => !ofCompletion.includes(name)).length).toBeGreaterThan(0);
		expect(ofCompletion.filter((name) => !ofChat.includes(name))).toEqual([]);
	});

	test('a menu that breaks the rules is noticed', () => {
		const menu: INodeProperties = {
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			options: [
				{ name: 'Get Many', value: 'get', action: 'Get Many Logs', description: 'Retrieve a list of logs' },
				{ name: 'Get', value: 'get', action: 'Get log', description: 'short' },
			],
			default: 'create',
		};
		expect([...problemsOf('log', menu), ...entryProblemsOf('log', menu)]).toEqual([
			'log: takes expressions',
			'log: create is no option',
			'log: a value twice',
			'log: not sorted',
			'log: Get Many has no action in sentence case',
			'log: Get has no description',
		]);
	});

	test('every field is shown for one operation alone, but for those that run a model', () => {
		const shown = operationsOf(properties).flatMap(({ resource, entry }) =>
			fieldsOf(properties, resource, entry.value as string),
		);
		const twice = shown.filter((property, position) => shown.indexOf(property) !== position);
		for (const { displayOptions } of twice)
			expect(displayOptions!.show).toMatchObject({ resource: ['chat', 'completion'], operation: ['create'] });
		const others = properties.filter((property) => !shown.includes(property)).map(({ name }) => name);
		expect(new Set(others)).toEqual(new Set(['resource', 'operation', 'requestOptions']));
	});
});

describe('the readers of the fields', () => {
	/** What a field of each type makes of a value that an expression may give. */
	const samples: Partial<Record<NodePropertyTypes, [value: unknown, read: unknown]>> = {
		boolean: ['true', true],
		dateTime: ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
		json: ['{ "a": 1 }', { a: 1 }],
		number: ['2', 2],
		options: [' x ', 'x'],
		resourceLocator: [' x ', 'x'],
		string: [' x ', 'x'],
	};

	function sampleFor({ type, typeOptions }: INodeProperties): [value: unknown, read: unknown] | undefined {
		if (typeOptions?.numberPrecision) return ['0.5', 0.5];
		if (typeOptions?.rows) return [' x ', ' x '];
		return samples[type];
	}

	test('every field with routing has one that fits its type', () => {
		const context = { getTimezone: () => 'UTC' } as IExecuteSingleFunctions;
		const withoutReader: string[] = [];
		let count = 0;
		for (const { resource, entry } of operationsOf(properties)) {
			for (const field of routedIn(fieldsOf(properties, resource, entry.value as string))) {
				const { property: key, type } = field.routing!.send!;
				count++;
				try {
					const [value, read] = sampleFor(field)!;
					expect([
						field.displayName,
						readWireFields(context, { [key!]: value } as IDataObject, wireFieldsOf([field], type as 'body')),
					]).toEqual([field.displayName, { [key!]: read }]);
				} catch (error) {
					if (!String(error).includes('no reader knows')) throw error;
					withoutReader.push(key!);
				}
			}
		}
		expect(count).toBeGreaterThan(35);
		// The operation itself has a reader for this one: a list of texts.
		expect(withoutReader).toEqual(['stop']);
	});

	test('none is lost in a collection', () => {
		for (const { resource, entry } of operationsOf(properties)) {
			const fields = fieldsOf(properties, resource, entry.value as string);
			const keys = routedIn(fields).map(({ routing }) => routing!.send!.property!);
			const readers: Record<string, Reader> = keys.includes('stop') ? { stop: String } : {};
			expect(
				[...wireFieldsOf(fields, entry.routing!.request!.method === 'GET' ? 'query' : 'body', readers).keys()].sort(),
			).toEqual(keys.sort());
		}
	});

	const routed = (field: Partial<INodeProperties> = {}): INodeProperties => ({
		displayName: 'Field',
		name: 'field',
		type: 'string',
		default: '',
		routing: { send: { type: 'body', property: 'key' } },
		...field,
	});
	const inside = (type: 'collection' | 'fixedCollection', field: INodeProperties): INodeProperties => ({
		displayName: 'Collection',
		name: 'collection',
		type,
		default: {},
		options:
			type === 'collection'
				? [field]
				: [{ displayName: 'Group', name: 'group', values: [field] } satisfies INodePropertyCollection],
	});

	test.each<[string, INodeProperties[], RegExp]>([
		['a type without a reader', [routed({ type: 'color' })], /'Field' .* color/],
		['a list', [routed({ typeOptions: { multipleValues: true } })], /'Field' .* string/],
		['one in a collection', [inside('collection', routed({ type: 'color' }))], /color/],
		['one in a fixed collection', [inside('fixedCollection', routed({ type: 'color' }))], /color/],
		['routing without a key', [routed({ routing: { send: { type: 'body' } } })], /no plain key/],
		[
			'a key that n8n makes an object of',
			[routed({ routing: { send: { type: 'body', property: 'a.b' } } })],
			/no plain key/,
		],
		['two fields with one key', [routed(), routed({ displayName: 'Other' })], /'Other' fills key/],
		['a field of a body that goes to the query', [routed({ routing: { send: { property: 'key' } } })], /type: 'body'/],
	])('%s is refused when the node is loaded', (_name, fields, message) => {
		const operation = {
			name: 'Get',
			value: 'get',
			action: 'Get',
			description: '',
			request: { method: 'POST' as const, url: '/' },
			fields,
			execute: async () => [],
		};
		expect(() => defineOperation(operation)).toThrow(message);
	});

	test('so is a reader for a key that no field fills', () => {
		expect(() => wireFieldsOf([routed()], 'body', { other: String })).toThrow('No field fills other');
	});
});
