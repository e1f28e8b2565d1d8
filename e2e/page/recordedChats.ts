import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { storeVersion } from './data.ts';
import { visit, type PageEnvironment } from './harness.ts';

const said = (role: string, content: string) => ({ role, content });

interface Recorded {
	project: string;
	config_id: string;
	inputs: Record<string, string>;
	messages: { role: string; content: string }[];
}

/** Checks which messages of a recorded chat are tried: all, or those after the template's. */
async function checkTried({ api, ...rest }: PageEnvironment, log: Recorded, count: number): Promise<void> {
	const { data } = await api.post<{ id: string; project_id: string }>('/logs', { ...log, output: 'x' });
	const path = `/projects/${data.project_id}/versions/${log.config_id}?log=${data.id}`;
	await visit({ api, ...rest }, { path }, async (page) => {
		await page.getByLabel('Text of sent message 1').waitFor();
		const fields = await page.getByLabel(/^Text of sent message/).all();
		const tried = await Promise.all(fields.map((field) => field.inputValue()));
		assert.deepEqual(
			tried,
			log.messages.slice(log.messages.length - count).map(({ content }) => content),
		);
	});
}

/** Calls that another program made, with the messages of the version's template or without them. */
export async function checkRecordedChats(environment: PageEnvironment): Promise<void> {
	const { answers } = environment.data;

	await check('page: of a chat that a program has recorded without its template, all messages are tried', async () => {
		const own = [said('user', 'Was I charged twice?'), said('assistant', 'Which order?'), said('user', 'Order 7.')];
		const name = said('user', 'My name is Ada.');
		const ofTemplate = [said('system', 'You answer customers of Acme. You are kind.'), name];
		// Begins as the template's message does, and is another one.
		const longer = [said('system', 'You answer customers of Acme. You are kind. Be short.'), name];
		const log = {
			...{ project: answers.name, config_id: answers.versions[0]!.id },
			inputs: { company: 'Acme', tone: 'kind', name: 'Ada' },
		};
		for (const [messages, count] of [
			[own, 3],
			[[...ofTemplate, ...own], 3],
			[[...longer, ...own], 5],
			[[said('system', 'Another one.'), said('user', 'Hello')], 2],
		] as const) {
			await checkTried(environment, { ...log, messages: [...messages] }, count);
		}
	});

	await check(
		'page: a template that is only a variable takes no message that another program has recorded',
		async () => {
			for (const language of ['default', 'jinja']) {
				const project = `page/only-a-variable-${language}`;
				const version = await storeVersion(environment.api, project, {
					...{ endpoint: 'chat', provider: 'mock', model: 'mock-1', template_language: language },
					chat_template: [said('user', '{{question}}')],
				});
				const log = { project, config_id: version.id };
				const chat = [said('user', 'Is it late?'), said('assistant', 'No.')];
				await checkTried(environment, { ...log, inputs: {}, messages: chat.slice(0, 1) }, 1);
				await checkTried(environment, { ...log, inputs: { question: 'Another one' }, messages: chat }, 2);
				await checkTried(environment, { ...log, inputs: { question: 'Is it late?' }, messages: chat }, 1);
			}
		},
	);

	await check('page: a message that Jinja can have made is not tried again; one around it is', async () => {
		const project = 'page/recorded-jinja';
		const version = await storeVersion(environment.api, project, {
			...{ endpoint: 'chat', provider: 'mock', model: 'mock-1', template_language: 'jinja' },
			chat_template: [said('system', 'You are {{tone}}.{% if name %} You help {{name}}.{% endif %} Be short.')],
		});
		const log = { project, config_id: version.id, inputs: { tone: 'kind' } };
		const question = said('user', 'Is it late?');
		await checkTried(environment, { ...log, messages: [said('system', 'You are kind. Be short.'), question] }, 1);
		const longer = said('system', 'You are kind. Be short. Answer in French.');
		await checkTried(environment, { ...log, messages: [longer, question] }, 2);
	});
}
