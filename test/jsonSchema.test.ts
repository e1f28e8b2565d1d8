import { readJson } from '../nodes/Humanloop/call/json/parse.ts';
import { propertiesOf, schemaOf, type Schema } from '../nodes/Humanloop/call/json/schema.ts';
import { problemOf } from '../nodes/Humanloop/call/json/validate.ts';

/** The schema that a model's JSON is held against: the keywords of structured outputs. */

const tree: Schema = {
	$ref: '#/$defs/node',
	$defs: {
		node: {
			type: 'object',
			properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
			required: ['name'],
		},
	},
};

function nested(levels: number): unknown {
	let value: unknown = { name: 'x' };
	for (let level = 0; level < levels; level++) value = { name: 'x', children: [value] };
	return value;
}

test.each<[string, Schema, unknown, string | null]>([
	['a whole number', { type: 'integer' }, 1, null],
	['no whole number', { properties: { a: { type: 'integer' } } }, { a: 1.5 }, 'a is 1.5, not a whole number'],
	['one of two types', { properties: { a: { type: ['string', 'null'] } } }, { a: null }, null],
	['none of two types', { properties: { a: { type: ['string', 'null'] } } }, { a: 1 }, 'a is 1, not text or null'],
	['a nullable value', { properties: { a: { type: 'string', nullable: true } } }, { a: null }, null],
	[
		'a long text',
		{ properties: { a: { type: 'null' } } },
		{ a: 'x'.repeat(200) },
		`a is "${'x'.repeat(79)}…, not null`,
	],
	['a constant', { properties: { a: { const: 'b' } } }, { a: 'c' }, 'a is "c", not "b"'],
	['an enum of objects', { enum: [{ a: [1] }] }, { a: [1] }, null],
	['null or an object', { properties: { a: { anyOf: [tree.$defs, { type: 'null' }] } } }, { a: null }, null],
	[
		'the problem of the form that was meant',
		{ properties: { a: { anyOf: [{ type: 'null' }, { type: 'object', required: ['b'] }] } } },
		{ a: {} },
		'a.b is missing',
	],
	['all of two', { allOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1 }, 'b is missing'],
	['extra values of a type', { additionalProperties: { type: 'number' } }, { a: 'b' }, 'a is "b", not a number'],
	['a bound', { properties: { a: { minimum: 1 } } }, { a: 0 }, 'a is 0, less than 1'],
	['characters, not units', { properties: { a: { maxLength: 2 } } }, { a: '📦📦' }, null],
	['too many', { properties: { a: { maxItems: 1 } } }, { a: [1, 2] }, 'a is a list, longer than 1 entries'],
	['a tree', tree, nested(10), null],
	['an inner name', tree, { name: 'x', children: [{ children: [] }] }, 'children[0].name is missing'],
	['a reference to itself', { $ref: '#' }, { a: 1 }, null],
	['a reference to nothing', { properties: { a: { $ref: '#/$defs/b' } } }, { a: 1 }, null],
	['a name from Object.prototype', { required: ['toString'] }, {}, 'toString is missing'],
	['a keyword that is not checked', { properties: { a: { pattern: '^b' } } }, { a: 'c' }, null],
])('%s', (_what, schema, value, problem) => {
	expect(problemOf(value, schema)).toBe(problem);
});

test('a value that is nested very deeply ends with a problem, not with an overflow', () => {
	expect(problemOf(nested(100_000), tree)).toMatch(/ is nested too deeply$/);
});

test('the properties of a schema that begins with a reference', () => {
	expect([...propertiesOf(tree).keys()]).toEqual(['name', 'children']);
});

test.each([
	[{ type: 'json_schema', json_schema: { name: 'x', schema: tree } }, tree],
	[{ type: 'json_schema', json_schema: tree }, tree],
	[{ type: 'json_object' }, null],
	[{ type: 'json_schema' }, null],
	[null, null],
	['text', null],
])('the schema of the response format %j', (format, schema) => {
	expect(schemaOf(format)).toEqual(schema);
});

test.each([
	['```json\n{"a": 1}\n```', { a: 1 }],
	['```\n{"a": "```"}\n```', { a: '```' }],
	['\ufeff {"a": 1}\n', { a: 1 }],
	['{"__proto__": {"b": 1}}', JSON.parse('{"__proto__": {"b": 1}}')],
	['Here it is: {"a": 1}', null],
	['{"a": 1} {"a": 2}', null],
	['```json\n{"a": 1}\n```\nAnything else?', null],
	['', null],
])('the text %j', (text, fields) => {
	const read = readJson(text, 'stop', null);
	expect('fields' in read ? read.fields : null).toEqual(fields);
});
