import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { mockText } from '../src/providers/mock/text.ts';
import { cpuTimeOf } from './cpuTime.ts';
import { runCall } from './sampling.ts';
import { startApi } from './setup.ts';

test('the mock quotes the end of the prompt: short values, any language, no half characters', () => {
	const quoteIn = (prompt: string) => /“(.*?)”/su.exec(mockText(prompt, 0, undefined))?.[1];
	assert.equal(quoteIn('Greet Zoë.'), 'Greet Zoë.');
	assert.equal(quoteIn('Greet\n\n  Al.\n'), 'Greet Al.');
	assert.equal(
		quoteIn(`${'A long introduction. '.repeat(50)}The ticket: it is late`),
		'… introduction. A long introduction. A long introduction. The ticket: it is late',
	);
	assert.equal(quoteIn('日本語の文'.repeat(40)), `…${'日本語の文'.repeat(16)}`);
	assert.equal(quoteIn('👩‍👩‍👧‍👦'.repeat(100)), `…${'👩‍👩‍👧‍👦'.repeat(80)}`);
	assert.equal(quoteIn(`${'नमस्ते '.repeat(60)}मित्र`)?.startsWith('… नमस्ते '), true);
	assert.equal(mockText('', 0, undefined).includes('“”'), false);
	assert.equal(mockText(' \n', 0, undefined).includes('“ '), false);
});

test('the mock says something of every prompt, the same each time, and takes no time for long ones', async () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(3), (prompt, index) => {
			const text = mockText(prompt, index, 1);
			assert.ok(text.length > 20);
			assert.equal(text, mockText(prompt, index, 1));
			if (prompt.isWellFormed()) assert.ok(text.isWellFormed());
		}),
	);
	const took = await cpuTimeOf(() => {
		for (const part of ['e\u0301', '\u0301', '👩‍👩‍', ' '])
			assert.ok(mockText(part.repeat(300_000), 0, 1).length < 5_000);
	});
	assert.ok(took < 2_000, `${took} ms`);
});

test('many samples of a long prompt take little more time than one', async () => {
	const prompt = Array.from({ length: 200_000 }, (_, index) => `word${index.toString(36)}`).join(' ');
	const timeOf = (numSamples: number) =>
		cpuTimeOf(async () => {
			const { outcome } = await runCall({ prompt, numSamples, config: { provider: 'mock', model: 'mock-1' } });
			assert.equal(new Set(outcome.samples.map(({ text }) => text)).size, numSamples);
		});
	await timeOf(1);
	const one = await timeOf(1);
	const many = await timeOf(16);
	assert.ok(many < 5 * one, `${one} ms for one sample, ${many} ms for 16`);
});

test('whoever reads an answer of the mock sees that the inputs have arrived', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ prompt_template: 'Greet {{name}}.' });
	const { body } = await api.post('/completion-model-config', {
		model_config_id: id,
		inputs: { name: 'Zoë' },
		num_samples: 3,
	});
	for (const { output } of body.data) assert.match(output, /“Greet Zoë\.”/);
	assert.equal(new Set(body.data.map(({ output }) => output)).size, 3);
});
