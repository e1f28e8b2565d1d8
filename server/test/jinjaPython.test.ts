import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { renderPrompt } from '../src/domain/prompts/renderPrompt.ts';

/** A template, and what Jinja2 3.1 for Python printed with its default settings. null: it raised an error. */
type Case = { name: string; template: string; inputs: Record<string, unknown>; python: string | null };

const cases = JSON.parse(readFileSync(new URL('jinja/cases.json', import.meta.url), 'utf8')) as Case[];

/** What is known to differ: what this server prints, or the error that it answers with. docs/jinja.md lists the names. */
const differences: Record<string, string | RegExp> = {
	'a large decimal number': '1000000000000000000000.0',
	'a boolean': 'false true true',
	null: 'none none',
	'a list': '["a", 1, true, none]',
	'an object': '{"city": "Rome"}',
	'a text with quotes': '["it\'s", "say \\"hi\\"", "a\\nb"]',
	'the filter escape': '&lt;b&gt;&amp;&quot;&#x27;&lt;&#x2f;b&gt;',
	'the order of keys': 'a b ',
	'get() with a default': /unknown method/,
	'join texts': 'a1truenone',
	'sum of an attribute': /too many arguments/,
	tojson: '{"b":true,"n":1,"name":"Ada","s":"é\\"\\n","x":null}',
	'rounding a half': '3.0',
	truncate: /too many arguments/,
	wordcount: /filter wordcount is unknown/,
	wordwrap: /filter wordwrap is unknown/,
	center: /filter center is unknown/,
	format: /filter format is unknown/,
	urlencode: /filter urlencode is unknown/,
	pprint: '{\n    "a": 1,\n}',
	random: /filter random is unknown/,
	attr: /is not defined/,
	'formatting with %': /tried to use % operator/,
	'formatting with .format()': /no method named format/,
	cycler: /not iterable/,
	'an attribute that is missing': /"user\.nickname" is not defined/,
	'an input that is missing': /variables: name\./,
	'an input that is missing, filtered': /variables: name\./,
	'an input that is missing, in a loop': /variables: xs\./,
	append: /no method named append/,
	xmlattr: /filter xmlattr is unknown/,
};

for (const { name, template, inputs, python } of cases) {
	test(`as in Python, or a known difference: ${name}`, async () => {
		const config = { endpoint: 'complete', template_language: 'jinja', prompt_template: template } as const;
		const rendering = renderPrompt(config, inputs, () => undefined);
		const expected = Object.hasOwn(differences, name) ? differences[name] : python;
		if (typeof expected === 'string') assert.equal(await rendering, expected);
		else await assert.rejects(rendering, { status: 422, ...(expected instanceof RegExp ? { message: expected } : {}) });
		if (Object.hasOwn(differences, name)) assert.notEqual(expected, python, 'this is no difference any more');
	});
}

test('docs/jinja.md lists each difference', () => {
	const page = readFileSync(new URL('../../docs/jinja.md', import.meta.url), 'utf8');
	const listed = [...page.matchAll(/^\| ([^|]+) \| .* \| .* \|$/gm)].map((row) => row[1]);
	const headings = new Set(['Template', '---', 'Limit']);
	assert.deepEqual(listed.filter((name) => !headings.has(name!)).sort(), Object.keys(differences).sort());
	const names = new Set(cases.map(({ name }) => name));
	assert.deepEqual(
		Object.keys(differences).filter((name) => !names.has(name)),
		[],
	);
});
