import { globSync } from 'node:fs';
import type { INodeProperties, IVersionedNodeType } from 'n8n-workflow';

import { loadPackage, type LoadedPackage } from './harness/loadPackage.ts';
import { advice, compare } from './parameterSnapshot/compare.ts';
import { currentSnapshots, fileOf, readSnapshot } from './parameterSnapshot/files.ts';
import { snapshotOf, versionsOf, type Field, type Snapshot } from './parameterSnapshot/snapshot.ts';

/** Saved workflows hold the names and values of parameters, so the ones that were released are kept in files. */
let loaded: LoadedPackage;
let current: Map<number, Snapshot>;
beforeAll(async () => {
	loaded = await loadPackage();
	current = await currentSnapshots();
});

test('the node has every name and value that saved workflows and credentials hold', () => {
	for (const [version, now] of current) {
		const kept = readSnapshot(version);
		if (!kept) throw new Error(`Version ${version} of the node is new. Run "npm run snapshot:parameters".`);
		const problem = advice(compare(kept, now), fileOf(version));
		if (problem) throw new Error(problem);
	}
});

test('a version that was released stays', () => {
	const kept = globSync('test/parameterSnapshot/parameters.v*.json').map((file) => /v(\d+)\.json$/.exec(file)![1]);
	expect(kept.map(Number)).toEqual([...current.keys()]);
});

test('the snapshot has every operation, every field and the keys of every item', () => {
	const { fields, items, credential } = current.get(1)!;
	const operations = Object.keys(fields).filter((name) => name.includes(' '));
	expect(operations.length).toBeGreaterThan(11);
	expect(Object.keys(items)).toEqual(operations);
	expect(Object.values(fields).flatMap(Object.keys).length).toBeGreaterThan(150);
	expect(fields['chat create']).toHaveProperty(['messages.values.role']);
	expect(fields['chat create']).not.toHaveProperty(['options.logprobs']);
	expect(fields['completion create']).toHaveProperty(['options.logprobs']);
	expect(fields.node!.resource!.values).toContain('modelConfig');
	expect(items['completion create']).toMatchObject({ output: 'string' });
	expect(credential.fields.baseUrl!.default).toBe('http://127.0.0.1:8400/v4');
});

const field: Field = {
	type: 'options',
	default: 'a',
	values: ['a', 'b'],
	modes: ['id'],
	min: 0,
	shownIf: { run: ['x'] },
};
const one = (changed: Partial<Field>, more: Record<string, Field> = {}): Snapshot => ({
	...current.get(1)!,
	fields: { 'log get': { format: { ...field, ...changed }, ...more } },
});

describe('without breaking what is saved, you may', () => {
	test.each<[string, () => Snapshot, string]>([
		['add an optional field', () => one({}, { limit: { type: 'number', default: 1 } }), 'log get: limit is new'],
		['add a value', () => one({ values: ['a', 'b', 'c'] }), 'log get: format: the value "c" is new'],
		['add a mode', () => one({ modes: ['id', 'name'] }), 'log get: format: the mode "name" is new'],
		['lower a minimum', () => one({ min: -1 }), 'log get: format: min is wider'],
		['take a limit away', () => one({ min: undefined }), 'log get: format: min is wider'],
		['show a field more often', () => one({ shownIf: { run: ['x', 'y'] } }), 'log get: format: shownIf is wider'],
		['show a field always', () => one({ shownIf: undefined }), 'log get: format: shownIf is wider'],
		[
			'add an operation that has a required field',
			() => ({ ...one({}), fields: { ...one({}).fields, 'log delete': { logId: { ...field, isRequired: true } } } }),
			'log delete: logId is new',
		],
		[
			'add a key to items',
			() => ({ ...one({}), items: { ...one({}).items, 'log get': { ...one({}).items['log get'], more: 'string' } } }),
			'log get: its items have more, which is new',
		],
	])('%s', (_name, change, addition) => {
		const differences = compare(one({}), change());
		expect(differences).toEqual({ additions: [addition], breaks: [] });
		expect(advice(differences, 'the file')).toContain('npm run snapshot:parameters');
	});
});

describe('a new version of the node is needed to', () => {
	const without = (key: 'items' | 'fields') => ({ ...one({}), [key]: { ...one({})[key], 'log get': {} } });
	test.each<[string, () => Snapshot, string]>([
		['remove a field', () => without('fields'), 'log get: format is gone'],
		['change a type', () => one({ type: 'string' }), 'log get: format: type was "options" and is "string"'],
		['change a default', () => one({ default: 'b' }), 'log get: format: default was "a" and is "b"'],
		['remove a value', () => one({ values: ['a'] }), 'log get: format: the value "b" is gone'],
		['remove a mode', () => one({ modes: [] }), 'log get: format: the mode "id" is gone'],
		['raise a minimum', () => one({ min: 1 }), 'log get: format: min was 0 and is 1'],
		['set a maximum', () => one({ max: 9 }), 'log get: format: max was unset and is 9'],
		['make a field a list', () => one({ isList: true }), 'log get: format: isList was unset and is true'],
		['make a field required', () => one({ isRequired: true }), 'log get: format: isRequired was unset and is true'],
		['forbid expressions', () => one({ isFixed: true }), 'log get: format: isFixed was unset and is true'],
		[
			'show a field less often',
			() => one({ shownIf: { run: ['y'] } }),
			'log get: format: shownIf was {"run":["x"]} and is {"run":["y"]}',
		],
		['hide a field', () => one({ hiddenIf: { a: [1] } }), 'log get: format: hiddenIf was unset and is {"a":[1]}'],
		[
			'add a required field',
			() => one({}, { limit: { type: 'number', default: 1, isRequired: true } }),
			'log get: limit is new and required, which no saved workflow has',
		],
		[
			'rename the node',
			() => ({ ...one({}), node: { ...one({}).node, name: 'x' } }),
			'node: name was "humanloop" and is "x"',
		],
		[
			'rename the credentials',
			() => ({ ...one({}), credential: { ...one({}).credential, name: 'x' } }),
			'credential: its name was humanloopApi and is x',
		],
	])('%s', (_name, change, reason) => {
		const differences = compare(one({}), change());
		expect(differences.breaks).toEqual([reason]);
		expect(advice(differences, 'the file')).toContain('add version 2 of the node');
	});

	test('remove a key of items, or change its type', () => {
		const { breaks } = compare(one({}), without('items'));
		expect(breaks).toContain('log get: its items have no output any more');
		const changed = {
			...one({}),
			items: { ...one({}).items, 'log get': { ...one({}).items['log get'], output: 'number' } },
		};
		expect(compare(one({}), changed).breaks).toEqual([
			expect.stringMatching(/^log get: output of its items was .* and is number$/),
		]);
	});
});

test('a second version has a snapshot of its own, and the first one keeps its fields', () => {
	const { node, credential } = loaded;
	const added = (name: string, version: number): INodeProperties => ({
		displayName: 'Field',
		name,
		type: 'string',
		default: '',
		displayOptions: { show: { '@version': [version], resource: ['log'], operation: ['get'] } },
	});
	const description = {
		...node.description,
		version: [1, 2],
		properties: [...node.description.properties, added('before', 1), added('after', 2)],
	};
	const of = (version: number) => snapshotOf({ ...node, description }, version, credential, () => undefined);
	const names = (version: number) => Object.keys(of(version).fields['log get']!);
	expect([names(1).includes('before'), names(1).includes('after')]).toEqual([true, false]);
	expect([names(2).includes('before'), names(2).includes('after')]).toEqual([false, true]);
});

test('so has one that is a node of its own', () => {
	const { node, credential } = loaded;
	const [properties] = [node.description.properties.filter(({ name }) => name !== 'numSamples')];
	const second = { ...node, description: { ...node.description, version: 2, properties } };
	const nodeVersions = { 1: node, 2: second };
	const both: IVersionedNodeType = {
		...{ nodeVersions, currentVersion: 2, description: second.description },
		getNodeType: (version) => nodeVersions[(version ?? 2) as 1 | 2],
	};
	expect(versionsOf(both)).toEqual([1, 2]);
	const names = (version: number) =>
		Object.keys(snapshotOf(both, version, credential, () => undefined).fields['completion create']!);
	expect([names(1).includes('numSamples'), names(2).includes('numSamples')]).toEqual([true, false]);
});
