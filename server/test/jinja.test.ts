import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ChatMessage } from '../src/contract/messages.ts';
import type { ApiError } from '../src/domain/apiError.ts';
import { guardMissing } from '../src/jinja/guard.ts';
import { checkTemplates, renderPrompt } from '../src/domain/prompts/renderPrompt.ts';

const anyLength = () => undefined;

function config(prompt_template: string) {
	return { endpoint: 'complete', template_language: 'jinja', prompt_template } as const;
}

function render(template: string, inputs: Record<string, unknown> = {}) {
	return renderPrompt(config(template), inputs, anyLength);
}

async function rejects(template: string, inputs: Record<string, unknown>, message: string | RegExp): Promise<void> {
	await assert.rejects(render(template, inputs), { status: 422, message }, template);
}

test('fills the messages of a chat, each with variables of its own', async () => {
	const chat_template: ChatMessage[] = [
		{ role: 'system', content: '{% set tone = "kind" %}Be {{ tone }} to {{ name }}.' },
		{ role: 'user', content: [{ type: 'text', text: '{% for t in tickets %}- {{ t.title }}\n{% endfor %}' }] },
		{ role: 'assistant', content: '{{ tone | default("no tone") }}' },
	];
	const parameters = { endpoint: 'chat', template_language: 'jinja', chat_template } as const;
	assert.deepEqual(
		await renderPrompt(parameters, { name: 'Ada', tickets: [{ title: 'A' }, { title: 'B' }] }, anyLength),
		[
			{ role: 'system', content: 'Be kind to Ada.' },
			{ role: 'user', content: [{ type: 'text', text: '- A\n- B\n' }] },
			{ role: 'assistant', content: 'no tone' },
		],
	);
});

test('missing inputs are one error that names them, over all messages, wherever their value is used', async () => {
	const chat_template: ChatMessage[] = [
		{ role: 'system', content: '{{ z }} {{ name }} {% for x in items %}{{ x }}{% endfor %}' },
		{ role: 'user', content: '{{ b | trim }} {{ "a" ~ c }} {{ user.name }} {{ z | length }}' },
	];
	const parameters = { endpoint: 'chat', template_language: 'jinja', chat_template } as const;
	await assert.rejects(renderPrompt(parameters, { name: 'Ada' }, anyLength), {
		status: 422,
		message:
			'Prompt requires inputs for the following variables: b, c, items, user, z. ' +
			'Add each of them to "inputs", or test it in the template with "is defined" or "default".',
	});
	for (const name of ['__proto__', 'constructor', 'toString']) {
		await rejects(`{{ ${name} }}`, {}, new RegExp(`variables: ${name}\\.`));
	}
});

test('what a template tests may be missing', async () => {
	for (const [template, text] of [
		['{% if x is defined %}a{% else %}b{% endif %}', 'b'],
		['{% if x %}{{ x }}{% else %}b{% endif %}', 'b'],
		['{% if not x and y %}a{% elif z %}c{% else %}b{% endif %}', 'b'],
		['{{ x | default("b") }}', 'b'],
		['{{ x | default("b") | upper }}', 'B'],
		['{{ "a" if x else "b" }}', 'b'],
		['{{ x or "b" }}', 'b'],
		['{{ user.x | default("b") }}', 'b'],
		['{% if false %}{{ x | upper }}{% endif %}b', 'b'],
		['{% set x = "b" %}{{ x | lower }}{% raw %}{{ y | upper }}{% endraw %}{# {{ y | upper }} #}', 'b{{ y | upper }}'],
		['{% for x in [1] %}{{ x | string }}{{ loop.index ~ "" }}{% endfor %}', '11'],
		['{% macro m(x, y=1) %}{{ x | upper }}{{ y ~ "" }}{% endmacro %}{{ m("b") }}', 'B1'],
		[
			'{% with x = "b" %}{{ x | upper }}{% endwith %}{{ "{{ y | upper }}" }}{{ {"y": {"y": 1}} | length }}',
			'B{{ y | upper }}1',
		],
	] as const) {
		assert.equal(await render(template, { user: {} }), text, template);
	}
});

test('text is never changed to find what is missing', () => {
	// Parts that touch make names of their own, such as "isb".
	const everyInput = new Proxy({}, { getOwnPropertyDescriptor: () => ({ configurable: true, value: 1 }) });
	const part = fc.constantFrom(
		...['{{', '}}', '{%', '%}', '{#', '#}', '{', '}', '"', "'", '\\', ' ', '\n', '|', '~', 'a', 'b | upper', 'is', '.'],
		...['{% raw %}', '{% endraw %}', '{% set a = 1 %}', '{{ a | upper }}', '{{ "}}" ~ a }}', "{{ {'a': {'b': 1}}}}"],
	);
	fc.assert(
		fc.property(
			fc.array(part).map((parts) => parts.join('')),
			(template) => {
				assert.equal(guardMissing(template, everyInput).guarded, template);
				const outside = template.split(/\{\{|\{%/)[0] as string;
				assert.ok(guardMissing(template, {}).guarded.startsWith(outside));
			},
		),
		{ numRuns: 2000 },
	);
	for (const [template, guarded] of [
		["{{ {'a': 1}}} x | upper", "{{ {'a': 1}}} x | upper"],
		["{{ {'a': x | upper}}} x | upper", "{{ {'a': (x if x is defined else x.missing) | upper}}} x | upper"],
		['{{ x x | upper', '{{ x x | upper'],
		['{% if x | length -%} x | upper', '{% if (x if x is defined else x.missing) | length -%} x | upper'],
		[`{{${' '.repeat(5000)}x | upper }}`, `{{${' '.repeat(5000)}(x if x is defined else x.missing) | upper }}`],
	] as const) {
		assert.equal(guardMissing(template, {}).guarded, guarded);
	}
});

test('an error names the template and the line', async () => {
	await rejects('\n{{ user.nme }}', { user: {} }, /^prompt_template, line 2: "user\.nme" is not defined\. Send it/);
	await rejects(
		'é🎉\n\n漢 {{ a["b"].c.d }}',
		{ a: { b: {} } },
		/^prompt_template, line 3: "a\["b"\]\.c\.d" is not defined/,
	);
	await rejects('{% set a = {} %}{{ a.b }}', {}, /^prompt_template, line 1: "a\.b" is not defined/);
	await rejects(
		'a\n{% if %}',
		{},
		/^prompt_template, line 2: the template has a syntax error: unexpected end of block\./,
	);
	await rejects('{{ x | nothing }}', { x: 1 }, /^prompt_template, line 1: unknown filter: filter nothing is unknown\./);
	const chat_template: ChatMessage[] = [
		{ role: 'user', content: 'fine' },
		{ role: 'user', content: [{ type: 'text', text: '\n{% for %}' }] },
	];
	const chat = { endpoint: 'chat', template_language: 'jinja', chat_template } as const;
	const message = /^chat_template\[1\]\.content\[0\]\.text, line 2: the template has a syntax error/;
	await assert.rejects(renderPrompt(chat, {}, anyLength), { status: 422, message });
	await assert.rejects(checkTemplates(chat), { status: 422, message });
	await checkTemplates({ ...chat, template_language: 'default' });
	await checkTemplates(config('{{ missing.input | upper }}'));
	await assert.rejects(
		render('{{ user }}', { user: { password: 'canary' } }).then(() =>
			render('{{ user.x }}', { user: { password: 'canary' } }),
		),
		(error: Error) => !error.message.includes('canary'),
	);
});

test('what a template may not do ends with a 422, and the next template runs', { timeout: 600_000 }, async () => {
	const doubled = '{% set ns = namespace(x=["x"]) %}{% for i in range(40) %}{% set ns.x = DO %}{% endfor %}';
	for (const [template, message] of [
		// Loops, counted by the engine.
		[
			'{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}',
			/line 1: the template does too much/,
		],
		['{% for i in range(1000000000) %}x{% endfor %}', /range has too many elements/],
		// Loops inside of one instruction.
		[
			'{% set s = "x" * 1000000 %}{{ ([s ~ "a", s ~ "b"] * 50000) | sort | length }}',
			/template: the template does too much/,
		],
		// Memory.
		['{{ "x" * 10 ** 9 }}', /needs too much memory/],
		['{% for i in range(1000) %}{{ "x" * 1000000 }}{% endfor %}', /needs too much memory/],
		[`${doubled.replace('DO', 'ns.x + ns.x')}{{ ns.x }}`, /needs too much memory/],
		[`${doubled.replace('DO', '[ns.x, ns.x]')}{{ ns.x }}`, /too much/],
		['{{ "a\n" | indent(1000000000) }}', /needs too much memory/],
		['{{ range(1000) | batch(100000000, "x") | list | length }}', /needs too much memory/],
		['{{ "x" * 11000000 }}', /more than 10 MiB of text/],
		// Recursion.
		['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /calls itself/],
		['{% block a %}{{ self.a() }}{% endblock %}', /calls itself/],
		['{% for i in range(3) recursive %}{{ loop([1, 2]) }}{% endfor %}', /calls itself/],
		['{% set ns = namespace(x=1) %}{% set ns.x = ns %}{{ ns }}', /needs too much memory/],
		[`{{ ${'['.repeat(50_000)} }}`, /exceeds maximum recursion limits/],
		['{% if x %}'.repeat(50_000), /exceeds maximum recursion limits/],
		// Other templates, files, and the inside of the process.
		['{% include "/etc/passwd" %}', /template not found/],
		['{% extends "<string>" %}', /template not found/],
		['{% import "<string>" as x %}', /template not found/],
		['{{ debug() }}', /debug is unknown/],
		['{{ "".__class__.__mro__ }}', /is not defined/],
		['{{ x.constructor }}', /"x\.constructor" is not defined/],
		['{{ x.constructor.constructor("return process")() }}', /no method named constructor/],
		['{{ cycler.__init__.__globals__ }}', /is not defined/],
	] as const) {
		await rejects(template, { x: [] }, message);
		assert.equal(await render('{{ x }}', { x: 'next' }), 'next', template);
	}
});

test('missing inputs of an expensive template are named', { timeout: 600_000 }, async () => {
	const names = Array.from({ length: 30 }, (_, n) => `input${n}`);
	// Each look at the template takes some 80 ms twice: too long to find all 30 names in time.
	const work = '{% set s = "x" * 50000 %}{% set n = ([s ~ "a", s ~ "b"] * 50) | sort | length %}';
	await rejects(
		`${work}${names.map((name) => `{{ ${name} }}`).join('')}`,
		{},
		/^Prompt requires inputs for the following variables: input0, /,
	);
	// What fails after them does not hide them.
	await rejects(
		'{{ first }}{% set n = 9 %}{{ "x" * 10 ** n }}',
		{},
		/^Prompt requires inputs for the following variables: first\./,
	);
	assert.equal(await render('{{ 1 }}'), '1');
});

test('large inputs are named as a cause of too little memory', async () => {
	await rejects(
		'{% for x in xs %}{{ x }}{% endfor %}',
		{ xs: Array.from({ length: 400_000 }, (_, n) => ({ n })) },
		/^prompt_template: the template needs too much memory, .* inputs/,
	);
});

test('many calls at once, good and bad ones, each get their own answer', async () => {
	const answers = await Promise.allSettled(
		Array.from({ length: 60 }, (_, n) => render(n % 20 === 5 ? '{{ "x" * 10 ** 9 }}' : '{{ n }}', { n })),
	);
	for (const [n, answer] of answers.entries()) {
		if (n % 20 === 5) assert.equal(answer.status, 'rejected');
		else assert.deepEqual(answer, { status: 'fulfilled', value: String(n) });
	}
});

test('the length of all texts together is checked', async () => {
	const seen: number[] = [];
	await renderPrompt(config('{{ x }}{{ x }}'), { x: '0123456789' }, (length) => seen.push(length));
	assert.deepEqual(seen, [20]);
	const tooLong = () => assert.fail('too long');
	await assert.rejects(renderPrompt(config('{{ x }}'), { x: 'x' }, tooLong), /too long/);
});

test('slow templates hold up others for some seconds at most', async () => {
	const slow = '{% set s = "x" * 1000000 %}{{ ([s ~ "a", s ~ "b"] * 50000) | sort | length }}';
	const ends = Array.from({ length: 12 }, () => render(slow).catch((error: ApiError) => error.status));
	const startedAt = performance.now();
	await assert.rejects(render('{{ 1 }}'), { status: 503, message: /^Too many Jinja templates wait/ });
	assert.ok(performance.now() - startedAt < 20_000);
	const statuses = await Promise.all(ends);
	assert.deepEqual([statuses[0], statuses.at(-1)], [422, 503]);
	assert.equal(await render('{{ 1 }}'), '1');
});
