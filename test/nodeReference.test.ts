import { readFileSync } from 'node:fs';
import type { INodeProperties, INodePropertyCollection } from 'n8n-workflow';

import { Humanloop } from '../nodes/Humanloop/Humanloop.node.ts';
import { fieldsFor } from '../nodes/Humanloop/call/resource.ts';
import { fieldsOf, operationsOf } from './harness/formWalk.ts';

/** docs/node.md has each field of each operation, and each item's fields, under the names that the node has. */
const page = readFileSync('docs/node.md', 'utf8');
const { properties } = new Humanloop().description;
const menuOfResources = properties.find(({ name }) => name === 'resource')!.options as {
	name: string;
	value: string;
}[];

/** A section of the page with its subsections. */
function section(heading: string): string {
	const start = page.indexOf(`\n## ${heading}\n`);
	if (start < 0) throw new Error(`docs/node.md has no section "${heading}"`);
	const end = page.indexOf('\n## ', start + 1);
	return page.slice(start, end < 0 ? undefined : end);
}

/** The names of fields, without those of collections, which only group others. */
function namesOf(fields: INodeProperties[]): string[] {
	return fields.flatMap(({ displayName, type, options }) => {
		if (type === 'collection') return namesOf(options as INodeProperties[]);
		if (type !== 'fixedCollection') return [displayName];
		return [displayName, ...(options as INodePropertyCollection[]).flatMap(({ values }) => namesOf(values))];
	});
}

const cases = operationsOf(properties).map(({ resource, entry }) => {
	const { name } = menuOfResources.find(({ value }) => value === resource)!;
	return { heading: `${name} → ${entry.name}`, resource, operation: entry.value as string };
});

test.each(cases)('$heading: each field is on the page', ({ heading, resource, operation }) => {
	// A chat has what a completion has, and the page says so.
	const text = section(heading) + (resource === 'chat' ? section('Completion → Create') : '');
	const form = fieldsOf(properties, resource, operation);
	const names = namesOf(resource === 'completion' ? fieldsFor(resource, form) : form);
	expect(names.length).toBeGreaterThan(0);
	expect(names.filter((name) => !new RegExp(`(?<!\\w)${name.replace(/[()]/g, '\\$&')}(?!\\w)`).test(text))).toEqual([]);
});

const schemaOf = (resource: string, operation: string) =>
	JSON.parse(readFileSync(`nodes/Humanloop/__schema__/v1.0.0/${resource}/${operation}.json`, 'utf8')) as {
		properties: Record<string, unknown>;
	};

test.each(cases)('$heading: each field of its items is on the page', ({ heading, resource, operation }) => {
	const similar = { chat: 'Completion → Create', log: 'Log → Get', modelConfig: 'Model Config → Create' }[resource];
	const text = section(heading) + (similar ? section(similar) : '');
	const names = Object.keys(schemaOf(resource, operation).properties);
	expect(names.length).toBeGreaterThan(0);
	expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
