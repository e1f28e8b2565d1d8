import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fillTemplates, variablesOf } from '../src/domain/prompts/template.ts';

function fillTemplate(template: string, inputs: Record<string, unknown>): string | undefined {
	return fillTemplates([template], inputs)[0];
}

test("finds the official clients' two forms and nothing else", () => {
	assert.deepEqual(variablesOf('{{a}} {{ b }} {{\nc\t}} {{a.b[0]}} {{ t(x, "y") }} {{a}}'), [
		'a',
		'b',
		'c',
		'a.b[0]',
		't(x, "y")',
	]);
	const literal = '{{  x  }} {{my-var}} {{é}} {{}} {x} {{t("a.b")}} {{t()}} {{a b}}';
	assert.deepEqual(variablesOf(literal), []);
	assert.equal(fillTemplate(literal, { x: 'no' }), literal);
	assert.equal(fillTemplate('{{{x}}}', { x: 'V' }), '{V}');
});

test('writes values as the contract decisions say', () => {
	const inputs = {
		s: 'ä "q" 🎉',
		n: 1.5,
		t: true,
		o: { a: ['x', null] },
		e: '',
		z: 0,
		f: false,
		'a.b': 'dot',
		'k(v)': 'sig',
	};
	assert.equal(
		fillTemplate('{{s}}|{{n}}|{{t}}|{{o}}|{{e}}|{{z}}|{{f}}|{{a.b}}|{{k(v)}}', inputs),
		'ä "q" 🎉|1.5|true|{"a":["x",null]}||0|false|dot|sig',
	);
});

test('names that every object inherits are no inputs', () => {
	for (const name of ['constructor', '__proto__', 'toString']) {
		assert.throws(() => fillTemplate(`{{${name}}}`, {}), new RegExp(`: ${name}\\.`));
	}
	assert.equal(fillTemplate('{{__proto__}}', JSON.parse('{"__proto__":"own"}') as Record<string, unknown>), 'own');
});

test('one pass: whatever a value holds, it stands in the text as it is', () => {
	const pieces = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.constantFrom('{{b}}', '{{a}}', '$&', '$1', '$$', '$`', '{', '}}', '\\'),
	);
	const value = fc.array(pieces).map((parts) => parts.join(''));
	fc.assert(
		fc.property(value, value, (a, b) => {
			assert.equal(fillTemplate('<{{a}}|{{ b }}|{{a}}>', { a, b }), `<${a}|${b}|${a}>`);
		}),
		{ numRuns: 1000 },
	);
});

test('a template without variables, whatever it is, stays as it is', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (text) => {
			if (variablesOf(text).length === 0) assert.equal(fillTemplate(text, {}), text);
		}),
		{ numRuns: 1000 },
	);
});
