import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ChatMessage } from '../src/contract/messages.ts';
import { type ConfigDescription, newConfig } from '../src/domain/prompts/configs.ts';
import { parsePrompt } from '../src/domain/promptFiles/parsePrompt.ts';
import { serializePrompt } from '../src/domain/promptFiles/serializePrompt.ts';

function chatOf(body: string): unknown {
	return parsePrompt(`---\nmodel: m\nendpoint: chat\n---\n${body}`).chat_template;
}

function bodyOf(chat_template: ChatMessage[]): string {
	const [, , ...body] = serializePrompt({ model: 'm', endpoint: 'chat', chat_template }).split('---\n');
	return body.join('---\n');
}

test("Humanloop's own example: a picture, a tool call and its result", () => {
	const file = `---
model: gpt-4
endpoint: chat
tools: [
  {
    "name": "weather",
    "parameters": {"type": "object"}
  }
]
---
<system>
  You are a friendly assistant.
</system>

<user>
  <text>
    What is in this image?
  </text>
  <image url="https://example.com/a.jpg?b=1&c=2" detail="low" />
</user>

<assistant>
  I look it up.
  <tool name="weather" id="call_1">
    {
      "location": "Rome"
    }
  </tool>
  <tool name="weather" id="call_2" />
</assistant>

<tool name="weather" id="call_1">
  Cloudy.
</tool>
`;
	const call = (id: string, more: { arguments?: string }) => ({
		id,
		type: 'function',
		function: { name: 'weather', ...more },
	});
	assert.deepEqual(parsePrompt(file), {
		model: 'gpt-4',
		endpoint: 'chat',
		tools: [{ name: 'weather', parameters: { type: 'object' } }],
		chat_template: [
			{ role: 'system', content: 'You are a friendly assistant.' },
			{
				role: 'user',
				content: [
					{ type: 'text', text: 'What is in this image?' },
					{ type: 'image_url', image_url: { url: 'https://example.com/a.jpg?b=1&c=2', detail: 'low' } },
				],
			},
			{
				role: 'assistant',
				content: 'I look it up.',
				tool_calls: [call('call_1', { arguments: '{\n  "location": "Rome"\n}' }), call('call_2', {})],
			},
			{ role: 'tool', name: 'weather', tool_call_id: 'call_1', content: 'Cloudy.' },
		],
	});
});

test('a file is written as people write it', () => {
	const config: ConfigDescription = {
		provider: 'openai',
		model: 'gpt-4o',
		endpoint: 'chat',
		temperature: 0.7,
		max_tokens: -1,
		other: {},
		stop: ['END', '---'],
		tools: [{ name: 'weather' }],
		chat_template: [
			{ role: 'system', content: 'Be kind.\n\n  - {{tone}}' },
			{ role: 'user', name: 'ada', content: [{ type: 'image_url', image_url: { url: 'a"b&c' } }] },
			{
				role: 'assistant',
				content: null,
				tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
			},
			{ role: 'user', content: '  A <b> & <user>?\n' },
			{
				role: 'user',
				content: [
					{ type: 'text', text: 'a\n  b' },
					{ type: 'text', text: '\nc\n' },
				],
			},
		],
	};
	const file = serializePrompt(config);
	assert.equal(
		file,
		`---
model: gpt-4o
temperature: 0.7
max_tokens: -1
stop: [
  "END",
  "---"
]
provider: openai
endpoint: chat
tools: [
  {
    "name": "weather"
  }
]
---
<system>
  Be kind.

    - {{tone}}
</system>

<user name="ada">
  <image url="a&quot;b&amp;c" />
</user>

<assistant>
  <tool name="f" id="c">
    {}
  </tool>
</assistant>

<user xml:space="preserve">  A <b> & &lt;user>?
</user>

<user>
  <text>
    a
      b
  </text>
  <text xml:space="preserve">
c
</text>
</user>
`,
	);
	const { other: _other, ...withoutOther } = config;
	assert.deepEqual(parsePrompt(file), withoutOther);
});

test('texts that look like elements stay texts', () => {
	for (const content of [
		'</user>',
		'<user>',
		'Use <text>, <image url="x"/> and <tool name="f">.',
		'<text>a</text>',
		'&lt;user> &amp;lt; &',
		'a\r\nb\r',
		' ',
		'',
		'\n\na',
		'---\n---',
	]) {
		for (const role of ['user', 'assistant', 'system', 'developer'] as const) {
			const chat: ChatMessage[] = [
				{ role, content },
				{ role, content: [{ type: 'text', text: content }] },
				{ role: 'tool', tool_call_id: content, content },
				{
					role: 'assistant',
					content: null,
					tool_calls: [{ id: content, type: 'function', function: { name: 'f', arguments: content } }],
				},
				{
					role: 'assistant',
					content: `a${content}`,
					tool_calls: [{ id: 'c', type: 'function', function: { name: 'f' } }],
				},
			];
			assert.deepEqual(chatOf(bodyOf(chat)), chat, JSON.stringify(content));
		}
	}
});

test('files without such elements are read as before', () => {
	// As earlier versions read them: their configs keep their IDs.
	assert.deepEqual(chatOf('<user>&lt;b&gt; &amp; <b>x</b> <texts></user>'), [
		{ role: 'user', content: '&lt;b&gt; &amp; <b>x</b> <texts>' },
	]);
	assert.deepEqual(chatOf('<user>\n    a\n  b\n\n    c  \n</user>'), [{ role: 'user', content: 'a\nb\n\n  c' }]);
	assert.deepEqual(chatOf(''), []);
	assert.equal(
		newConfig('p', parsePrompt('---\nmodel: m\n---\n<system>\n  Be kind.\n</system>\n<user>{{x}}</user>\n')).proposedId,
		'config_aouFui3QuW8ebGsjJk2J0',
	);
	assert.equal(
		newConfig('p', parsePrompt('---\nmodel: m\ntemperature: 0.5\n---\n\nHi {{x}}\n')).proposedId,
		'config_HyZEzdAag6dHwWvMVHwy0',
	);
});

test('what is wrong in a chat is told with its line', () => {
	for (const [body, message] of [
		['<user>\n<image />\n</user>', /^line 6: <image> needs the attribute url="…"$/],
		['<user>\n<image url="a" detail="big" />\n</user>', /^line 6: the detail of an image is one of high, low, auto$/],
		['<user>\n<text>a</text>\nstray\n</user>', /^line 7: expected one of the elements <text>, <image>$/],
		['<user>\n<text>a\n</user>', /^line 6: <text> is not closed$/],
		['<assistant>\n<tool name="f">{}</tool>\n</assistant>', /^line 6: <tool> needs the attribute id="…"$/],
		[
			'<assistant>\na\n<tool name="f" id="c">{}</tool>\nb\n</assistant>',
			/^line 8: expected one of the elements <tool>$/,
		],
		['<tool name="f">a</tool>', /^line 5: <tool> needs the attribute id="…"$/],
		['<tool id="c">a', /^line 5: <tool> is not closed$/],
		['<model>a</model>', /^line 5: expected one of the elements <system>, <user>, <assistant>, <developer>, <tool>$/],
	] as const) {
		assert.throws(() => chatOf(body), { message }, body);
	}
	assert.throws(() => parsePrompt('---\nmodel: m\nprompt_template: a\n---\n\nb'), {
		message: 'line 5: the settings have a prompt_template, so nothing can follow them',
	});
});

const text = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc
		.array(
			fc.constantFrom(
				'a',
				' ',
				'\n',
				'\r',
				'\t',
				'<',
				'>',
				'</',
				'user',
				'text',
				'tool name="x"',
				'/>',
				'&',
				'lt;',
				'"',
				'{{x}}',
				'---',
				'\n  ',
			),
		)
		.map((parts) => parts.join('')),
);
const json = fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 });
const toolCall = fc.record(
	{
		id: text,
		type: fc.constant('function' as const),
		function: fc.record({ name: text, arguments: text }, { requiredKeys: ['name'] }),
	},
	{ noNullPrototype: true },
);
const part = fc.oneof(
	fc.record({ type: fc.constant('text' as const), text }),
	fc.record({
		type: fc.constant('image_url' as const),
		image_url: fc.record(
			{ url: text, detail: fc.constantFrom('high' as const, 'low' as const, 'auto' as const) },
			{ requiredKeys: ['url'] },
		),
	}),
);
const message = fc.record(
	{
		role: fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer'),
		content: fc.oneof(text, fc.array(part, { maxLength: 3 }), fc.constant(null)),
		name: fc.oneof(text, fc.constant(null)),
		tool_call_id: text,
		tool_calls: fc.array(toolCall, { maxLength: 2 }),
		further: fc.integer(),
	},
	{ requiredKeys: ['role'] },
);
const config = fc.record(
	{
		model: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
		endpoint: fc.constantFrom('complete', 'chat', 'edit'),
		name: text.filter((value) => value.length <= 500),
		description: text,
		provider: fc.constantFrom('openai', 'mock', 'anthropic'),
		max_tokens: fc.integer({ min: -1 }),
		temperature: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
		stop: fc.oneof(text, fc.array(text, { maxLength: 3 })),
		seed: fc.integer(),
		response_format: fc.record(
			{ type: fc.constantFrom('json_object', 'json_schema'), json_schema: json },
			{ requiredKeys: ['type'] },
		),
		reasoning_effort: fc.oneof(fc.constantFrom('high', 'low'), fc.integer()),
		other: json.filter((value) => Object.keys(value).length > 0 && !Object.hasOwn(value, 'humanloop_server')),
		template_language: fc.constantFrom('default', 'jinja'),
		tools: fc.array(json, { maxLength: 2 }),
		prompt_template: text,
		chat_template: fc.array(message, { maxLength: 4 }),
	},
	{ requiredKeys: ['model', 'endpoint'] },
);

test('every config is read from its file as it was written', { timeout: 120_000 }, () => {
	fc.assert(
		fc.property(config, (generated) => {
			// As it came from JSON: well formed, and without prototypes of its own.
			const wanted = JSON.parse(JSON.stringify(generated)) as ConfigDescription;
			fc.pre(JSON.stringify(wanted).isWellFormed());
			const file = serializePrompt(wanted);
			assert.deepEqual(parsePrompt(file), wanted, file);
			assert.equal(newConfig('p', parsePrompt(file)).hash, newConfig('p', wanted).hash);
		}),
		{ numRuns: 300 },
	);
});
