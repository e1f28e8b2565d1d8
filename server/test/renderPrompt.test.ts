import assert from 'node:assert/strict';
import test from 'node:test';
import type { ModelParameters } from '../src/domain/entities.ts';
import { renderPrompt } from '../src/domain/prompts/renderPrompt.ts';

const defaults = {
	provider: 'mock',
	model: 'm',
	endpoint: 'chat',
	max_tokens: -1,
	temperature: 1,
	top_p: 1,
	presence_penalty: 0,
	frequency_penalty: 0,
	other: {},
} as const satisfies ModelParameters;

const anyLength = () => undefined;

test('a completion config becomes a text, a chat config messages', async () => {
	const inputs = { name: 'Ada', picture: 'a.png', n: 3 };
	const completion = { ...defaults, endpoint: 'complete', prompt_template: 'Hi {{name}} {{n}}' } as const;
	assert.equal(await renderPrompt(completion, inputs, anyLength), 'Hi Ada 3');
	const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"{{name}}"}' } } as const;
	const chat: ModelParameters = {
		...defaults,
		chat_template: [
			{ role: 'system', content: 'Greet {{name}}', name: '{{name}}' },
			{ role: 'assistant', content: null, tool_calls: [call] },
			{ role: 'assistant', tool_calls: [call] },
			{ role: 'tool', tool_call_id: 'call_1', content: '{{n}}' },
			{
				role: 'user',
				content: [
					{ type: 'text', text: '{{n}}{{n}}' },
					{ type: 'image_url', image_url: { url: 'https://example.com/{{picture}}', detail: 'low' } },
				],
			},
		],
	};
	const before = structuredClone(chat);
	assert.deepEqual(await renderPrompt(chat, inputs, anyLength), [
		{ role: 'system', content: 'Greet Ada', name: '{{name}}' },
		{ role: 'assistant', content: null, tool_calls: [call] },
		{ role: 'assistant', tool_calls: [call] },
		{ role: 'tool', tool_call_id: 'call_1', content: '3' },
		{
			role: 'user',
			content: [
				{ type: 'text', text: '33' },
				{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
			],
		},
	]);
	assert.deepEqual(chat, before, 'the config stays as it is');
	assert.deepEqual(await renderPrompt(defaults, {}, anyLength), []);
});

test('what is missing is one error over all messages; a completion config needs a template', async () => {
	const chat: ModelParameters = {
		...defaults,
		chat_template: [
			{ role: 'system', content: '{{z}} {{b}}' },
			{ role: 'user', content: [{ type: 'image_url', image_url: { url: '{{a}}' } }] },
			{ role: 'user', content: '{{b}}' },
		],
	};
	await assert.rejects(renderPrompt(chat, { b: null }, anyLength), {
		status: 422,
		message: /^Prompt requires inputs for the following variables: a, b, z\. Add/,
	});
	await assert.rejects(renderPrompt({ ...defaults, endpoint: 'complete' }, {}, anyLength), {
		status: 422,
		message: 'The model config has no prompt_template. Register a config that has one.',
	});
});

test('the length of all messages together is checked while it grows', async () => {
	const chat_template = Array.from({ length: 3 }, () => ({ role: 'user' as const, content: '{{x}}' }));
	const seen: number[] = [];
	await renderPrompt({ ...defaults, chat_template }, { x: '0123456789' }, (length) => seen.push(length));
	assert.deepEqual(seen, [25, 35, 45]);
	const tooLong = (length: number) => {
		if (length > 30) throw new Error('too long');
	};
	await assert.rejects(renderPrompt({ ...defaults, chat_template }, { x: '0123456789' }, tooLong), /too long/);
});
