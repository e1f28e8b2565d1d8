import { readJson } from '../nodes/Humanloop/call/json/parse.ts';
import { propertiesOf, schemaOf, typeOf, type Schema } from '../nodes/Humanloop/call/json/schema.ts';
import { problemOf, tooComplex } from '../nodes/Humanloop/call/json/validate.ts';

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
	['two references to itself', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, { a: 1 }, null],
	[
		'a reference into a list',
		{ properties: { a: { $ref: '#/anyOf/0' } }, anyOf: [{ type: 'string' }, {}] },
		{ a: 1 },
		'a is 1, not text',
	],
	[
		'a reference with an encoded name',
		{ properties: { a: { $ref: '#/$defs/my%20text' } }, $defs: { 'my text': { type: 'string' } } },
		{ a: 1 },
		'a is 1, not text',
	],
	[
		'a reference with half an escape',
		{ properties: { a: { $ref: '#/$defs/%zz' } }, $defs: { '%zz': { type: 'string' } } },
		{ a: 1 },
		'a is 1, not text',
	],
	[
		'the form that a constant tells from others',
		{
			anyOf: ['a', 'b'].map((kind) => ({
				type: 'object',
				properties: { kind: { const: kind }, [kind]: { type: 'string' } },
			})),
		},
		{ kind: 'b', b: 1 },
		'b is 1, not text',
	],
	['a constant beside an enum', { properties: { a: { enum: [1, 2], const: 2 } } }, { a: 1 }, 'a is 1, not 2'],
	['a reference to nothing', { properties: { a: { $ref: '#/$defs/b' } } }, { a: 1 }, null],
	['a name from Object.prototype', { required: ['toString'] }, {}, 'toString is missing'],
	['a keyword that is not checked', { properties: { a: { pattern: '^b' } } }, { a: 'c' }, null],
])('%s', (_what, schema, value, problem) => {
	expect(problemOf(value, schema)).toBe(problem);
});

test('a value that is nested very deeply ends with a problem, not with an overflow', () => {
	expect(problemOf(nested(100_000), tree)).toMatch(/ is nested too deeply$/);
});

/** Each level of an expression fits only the last of four forms, and each form refers to all of them. */
function expressions(depth: number): [unknown, Schema] {
	const form = (op: string) => ({
		type: 'object',
		properties: {
			left: { $ref: '#/$defs/e' },
			right: { $ref: '#/$defs/e' },
			op: { type: 'string', minLength: op.length },
		},
		required: ['left', 'right', 'op'],
	});
	const leaf = { type: 'object', properties: { leaf: { type: 'string' } }, required: ['leaf'] };
	const forms = ['longest', 'longer', 'long', 'op'].map(form);
	let value: unknown = { leaf: 'x' };
	for (let level = 0; level < depth; level++) value = { left: value, right: { leaf: 'y' }, op: 'op' };
	return [value, { $ref: '#/$defs/e', $defs: { e: { anyOf: [...forms, leaf] } } }];
}

test('an expression of 25 levels is checked without trying each form for each level again', () => {
	// Trying them all would take 4 to the power of 25 steps.
	expect(problemOf(...expressions(25))).toBeNull();
});

test('forms that are nested without end in the schema alone', () => {
	const $defs: Schema = { d200: { type: 'number' } };
	for (let level = 0; level < 200; level++) {
		const next = { $ref: `#/$defs/d${level + 1}` };
		$defs[`d${level}`] = { anyOf: [next, { allOf: [next] }] };
	}
	expect(problemOf('x', { $ref: '#/$defs/d0', $defs })).toMatch(/fits none|nested too deeply/);
});

test('a check that takes too long ends, and asks for no repair', () => {
	const entry = { anyOf: Array.from({ length: 1_000 }, (_, index) => ({ type: 'integer', maximum: -index })) };
	const schema = { properties: { a: { items: entry } } };
	const value = { a: Array(1_000).fill(1) };
	expect(problemOf({ a: [1, 0] }, schema)).toMatch(/^a\[0\] is 1, more than/);
	expect(problemOf({ a: Array(50).fill(0) }, schema)).toBeNull();
	const hard = { properties: { a: { items: { anyOf: [...entry.anyOf, { type: 'integer' }] } } } };
	expect(problemOf(value, hard)).toBe(tooComplex);
	expect(readJson(JSON.stringify(value), 'stop', hard)).toMatchObject({
		problem: { message: `The output cannot be checked: ${tooComplex}`, isRepairable: false },
	});
});

test('a list of 10,000 rows fits its schema', () => {
	const row = {
		type: 'object',
		properties: { id: { type: 'integer' }, name: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
	};
	const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, name: id % 2 ? null : 'x' }));
	expect(problemOf({ rows }, { properties: { rows: { type: 'array', items: row } } })).toBeNull();
});

test('a type that contains itself, in words', () => {
	const root = { $defs: { list: { type: 'array', items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/list' }] } } } };
	expect(typeOf({ $ref: '#/$defs/list' }, root)).toBe('a list of text or a list');
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
	['```json\n{"a": 1}```', { a: 1 }],
	['```', null],
	['```json```', null],
	['Here it is: {"a": 1}', null],
	['{"a": 1} {"a": 2}', null],
	['```json\n{"a": 1}\n```\nAnything else?', null],
	['', null],
])('the text %j', (text, fields) => {
	const read = readJson(text, 'stop', null);
	expect('fields' in read ? read.fields : null).toEqual(fields);
});

test('a code block that was cut off is read in linear time', () => {
	// With a regular expression that goes back at each space, this took minutes.
	expect(readJson(`\`\`\`json\n{"a":${' '.repeat(2_000_000)}"b`, 'length', null)).toHaveProperty('problem');
});

test('integers that JavaScript would round become text with all of their digits', () => {
	const json =
		'{"a": 9007199254740991, "b": [-9007199254740993], "c": "12345678901234567890", "\\"1": 12345678901234567890, "d": 1.5e300}';
	expect(readJson(json, 'stop', { properties: { b: { items: { type: 'integer' } } } })).toEqual({
		fields: {
			a: 9007199254740991,
			b: ['-9007199254740993'],
			c: '12345678901234567890',
			'"1': '12345678901234567890',
			d: 1.5e300,
		},
	});
});
