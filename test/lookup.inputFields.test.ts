import fc from 'fast-check';
import type { INodeParameters } from 'n8n-workflow';

import { variablesOf } from '../nodes/Humanloop/shared/template.ts';
import { locator, useLookup } from './harness/lookup.ts';

/** The fields of 'Inputs' that the editor draws. */
const { harness, createConfig, editor } = useLookup();

describe('input fields', () => {
	test('one per variable, in the order of the template, each required', async () => {
		const { config } = await createConfig('tests', '{{b}} {{ a }} {{b}} {{  no  }} {{c.d[0]}} {{é}}');
		const { fields, emptyFieldsNotice } = await editor({ modelConfig: locator('list', config.id) }).inputFields();
		expect(fields.map(({ id, displayName, required, display }) => [id, displayName, required, display])).toEqual(
			['b', 'a', 'c.d[0]'].map((name) => [name, name, true, true]),
		);
		expect(emptyFieldsNotice).toBeUndefined();
	});

	test('of a chat template: those of all its texts, in their order', async () => {
		const chat_template = [
			{ role: 'system', content: 'You are {{role}}.' },
			{
				role: 'user',
				content: [
					{ type: 'text', text: '{{ b }} {{role}}' },
					{ type: 'image_url', image_url: { url: 'https://example.com/{{image}}' } },
				],
			},
			{ role: 'assistant', content: null, tool_calls: [] },
			{ role: 'user', content: '{{a}}' },
		];
		const { config } = await createConfig('tests', '', { prompt_template: null, endpoint: 'chat', chat_template });
		const { fields } = await editor({ resource: 'chat', modelConfig: locator('list', config.id) }).inputFields();
		expect(fields.map(({ id }) => id)).toEqual(['role', 'b', 'image', 'a']);
	});

	describe('of what is deployed', () => {
		const namesOf = async (parameters: INodeParameters) => {
			const { fields, emptyFieldsNotice } = await editor({ run: 'deployed', ...parameters }).inputFields();
			return fields.length > 0 ? fields.map(({ id }) => id) : emptyFieldsNotice;
		};

		test.each(['list', 'id', 'name'])('those of the version in the environment; project by %s', async (mode) => {
			const project = `input fields/${mode}`;
			const { project_id } = await createConfig(project, '{{a}}');
			const { config } = await createConfig(project, '{{b}} {{c}}');
			const { data } = await harness.api.post<{ id: string }>('/environments', { name: `fields by ${mode}` });
			const environments = [{ id: data.id }];
			const chosen = { project: locator(mode, mode === 'name' ? project : project_id) };
			const there = { ...chosen, environment: locator('list', `fields by ${mode}`) };
			await expect(namesOf(there)).rejects.toThrow(`Nothing is deployed in the environment "fields by ${mode}"`);
			await harness.api.patch(`/projects/${project_id}/deploy-config`, { config_id: config.id, environments });
			// A model config that was chosen before does not count.
			const modelConfig = locator('id', harness.configId);
			expect(await namesOf({ ...chosen, modelConfig })).toEqual(['a']);
			expect(await namesOf({ ...there, modelConfig })).toEqual(['b', 'c']);
		});

		test.each<[string, INodeParameters, string]>([
			['no project', {}, 'Choose what to run'],
			['a project that is an expression', { project: locator('id', '={{ 1 }}') }, "'Project' is an expression"],
			[
				'an environment that is an expression',
				{ project: locator('id', 'pr_1'), environment: locator('name', '={{ 1 }}') },
				"'Environment' is an expression",
			],
		])('%s: a notice instead', async (_name, parameters, notice) => {
			expect(await namesOf(parameters)).toContain(notice);
			expect(harness.proxy.requests).toEqual([]);
		});

		test.each<[string, INodeParameters, string]>([
			['a name that no project has', { project: locator('name', 'list/0') }, "no project named 'list/0'"],
			['an ID that no project has', { project: locator('id', 'a/../b') }, 'No such project: "a/../b"'],
			[
				'an environment that there is not',
				{ project: locator('name', 'tests'), environment: locator('name', 'nowhere') },
				'No such environment: "nowhere"',
			],
		])('%s: an error, which changes nothing in the editor', async (_name, parameters, message) => {
			await expect(namesOf(parameters)).rejects.toThrow(message);
		});
	});

	test.each([
		['an expression', '={{ $json.config }}', "'Model Config' is an expression"],
		['no model config', undefined, 'Choose what to run'],
		['a template without variables', { prompt_template: 'Say something.' }, 'has no variables'],
		['a chat without a template', { prompt_template: null, endpoint: 'chat' }, 'has no variables'],
		['a Jinja template', { template_language: 'jinja', prompt_template: '{{ x }}' }, "Choose 'Using JSON'"],
	])('%s: a notice instead', async (_name, template, notice) => {
		const id = typeof template === 'object' ? (await createConfig('tests', '', template)).config.id : (template ?? '');
		const { fields, emptyFieldsNotice } = await editor({ modelConfig: locator('id', id) }).inputFields();
		expect(fields).toEqual([]);
		expect(emptyFieldsNotice).toContain(notice);
	});

	test.each([
		['an expression', () => '={{ $json.config }}'],
		[
			'a template whose variables are unknown',
			async () => (await createConfig('tests', '{{ a }}', { template_language: 'jinja' })).config.id,
		],
	])('%s: the fields that are shown stay, or the editor would drop what is mapped', async (_name, chosen) => {
		const modelConfig = locator('id', await chosen());
		const schema = ['b', 'a'].map((id) => ({ id, displayName: id, type: 'string', required: true, display: true }));
		const inputs = { mappingMode: 'defineBelow', value: { b: '1', a: '2' }, schema } as never;
		expect(await editor({ modelConfig, inputs }).inputFields()).toEqual({ fields: schema });
	});

	test('the template rule is the one of the server, which names what is missing', async () => {
		const part = fc.constantFrom(
			'{{',
			'}}',
			'{',
			' ',
			'\n',
			'name',
			'a.b',
			'[0]',
			'é',
			'-',
			'tool(',
			'x, "y"',
			')',
			'{{name}}',
			'{{ t(a, b) }}',
		);
		await fc.assert(
			fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 12 }), async (parts) => {
				const template = parts.join('');
				const { config } = await createConfig('tests', template);
				const { data } = await harness.api.post<{ detail?: { message: string } }>('/completion-model-config', {
					model_config_id: config.id,
				});
				const names = variablesOf({ prompt_template: template })!;
				if (names.length === 0) expect(data.detail).toBeUndefined();
				else expect(data.detail?.message).toContain(`the following variables: ${names.sort().join(', ')}. `);
			}),
			{ numRuns: 200 },
		);
	});
});
