import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import axios, { type AxiosInstance } from 'axios';
import { parse } from 'csv-parse/sync';
import type { IDataObject, IPinData } from 'n8n-workflow';

import { exampleWorkflows, storeModelConfigs } from '../n8n/examples.ts';
import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import { listenTo } from './listen.ts';
import { credentialId, openAiCredentialId, type Environment } from './environment.ts';

/*
 * The workflows of examples/, as people import them. Slack and a customer are not there: Slack's own nodes stand on pinned
 * data, and the agent's chat model is the stand-in.
 */
const ticket = {
	customer: 'Zoé',
	language: 'French',
	product: 'Kettle',
	subject: 'It leaks',
	message: 'It drips at the handle.',
};

type Example = Omit<ExportedWorkflow, 'nodes'> & {
	nodes: { name: string; credentials?: object; disabled?: boolean }[];
	pinData?: IPinData;
};

/** @returns the examples, with what only their users can fill in */
export async function examples(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	await storeModelConfigs(api);
	const workflows = exampleWorkflows({ id: credentialId, name: 'Humanloop' }) as Example[];
	const find = (id: string) => workflows.find((workflow) => workflow.id === id)!;

	find('HumanloopAIAgent').nodes.find(({ name }) => name === 'OpenAI Chat Model')!.credentials = {
		openAiApi: { id: openAiCredentialId, name: 'OpenAI' },
	};
	for (const id of ['HumanloopCsvRows', 'HumanloopColumns'])
		delete find(id).nodes.find(({ name }) => name === 'Spreadsheet upload')!.disabled;
	find('HumanloopToSlack').pinData = { 'Post the draft': [{ json: { ok: true, channel: 'C1' } }] };
	find('HumanloopRatings').pinData = {
		Reaction: [
			{
				json: {
					type: 'reaction_added',
					user: 'U024BE7LH',
					reaction: '+1',
					item: { type: 'message', channel: 'C1', ts: '1.2' },
				},
			},
		],
		'Get the message': [
			{ json: { type: 'message', message: { text: `*Draft*\nBonjour Zoé\n\nLog \`${await someLog(api)}\`` } } },
		],
	};
	return workflows;
}

/** A log to give feedback on. */
async function someLog(api: AxiosInstance): Promise<string> {
	const { data: config } = await api.post<{ config: { id: string } }>('/model-configs', {
		project: 'e2e/examples',
		provider: 'mock',
		model: 'mock-1',
		prompt_template: 'Hello',
	});
	const { data } = await api.post<{ data: { id: string }[] }>('/completion-model-config', {
		project: 'e2e/examples',
		model_config_id: config.config.id,
	});
	return data.data[0]!.id;
}

export async function checkExamples(environment: Environment): Promise<void> {
	const {
		main: { url },
		n8nApi,
		api,
		proxy,
	} = environment;
	const log = async (id: unknown) => (await api.get<IDataObject>(`/logs/${String(id)}`)).data;
	/** What a node has given out, in a workflow's execution that has succeeded and ended with the node `last`. */
	const written = async (workflow: string, node: string, output: 'main' | 'ai_tool' = 'main', last?: string) => {
		const { status, data } = await n8nApi.lastExecution(workflow);
		assert.equal(status, 'success', data.resultData.error?.message);
		if (last) assert.equal(data.resultData.lastNodeExecuted, last);
		const [item] = data.resultData.runData[node]![0]!.data![output]![0]!;
		return item!.json as { output: string; id: string; logId: string };
	};

	await check('examples: a ticket by webhook is answered, with the ID of its log; or with the reason', async () => {
		await n8nApi.activate('HumanloopWebhook', 'humanloop-reply');
		const { data } = await axios.post<{ reply: string; logId: string }>(`${url}/webhook/humanloop-reply`, ticket);
		assert.match(data.reply, /^Bonjour Zoé, nous sommes désolés que votre bouilloire goutte/);
		const { output, inputs } = await log(data.logId);
		assert.equal(output, data.reply);
		assert.deepEqual(inputs, ticket);

		proxy.fault = (_request, response) => {
			response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"The prompt is too long"}');
			return true;
		};
		const failed = await axios.post<unknown>(`${url}/webhook/humanloop-reply`, ticket, { validateStatus: () => true });
		proxy.fault = undefined;
		assert.equal(failed.status, 502);
		assert.partialDeepStrictEqual(failed.data, { error: 'The prompt is too long' });
	});

	/** Sends a file, the example's tickets if there is no other, and returns the rows of the file that comes back. */
	const triage = async (csv: string | Buffer<ArrayBuffer> = readFileSync('examples/tickets.csv')) => {
		const form = new FormData();
		form.append('data', new File([csv], 'tickets.csv', { type: 'text/csv' }));
		const { data } = await axios.post<string>(`${url}/webhook/humanloop-triage`, form, { responseType: 'text' });
		return parse<Record<string, string>>(data, { columns: true, bom: true });
	};
	const tickets = parse<Record<string, string>>(readFileSync('examples/tickets.csv'), { columns: true });

	await check('examples: a spreadsheet goes in, and comes out with the answers beside its rows', async () => {
		await n8nApi.activate('HumanloopCsvRows', 'humanloop-triage');
		const rows = await triage();
		assert.equal(rows.length, tickets.length);
		for (const [index, { triage, log_id: id, error, ...row }] of rows.entries()) {
			assert.deepEqual(row, tickets[index]);
			assert.match(triage!, /^(shipping|refund|defect|question|praise) [1-5]$/);
			assert.equal(error, '');
			const { output, inputs } = await log(id);
			assert.equal(String(output), triage);
			assert.deepEqual(inputs, { subject: row.subject, message: row.message });
		}
	});

	await check('examples: a row that fails is in the spreadsheet, with the reason', async () => {
		proxy.fault = (request, response) => {
			if ((request.body?.inputs as IDataObject | undefined)?.subject !== 'broken') return false;
			response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"The prompt is too long"}');
			return true;
		};
		const rows = await triage();
		proxy.fault = undefined;
		assert.equal(rows.length, tickets.length);
		const { triage: category, log_id: id, error, ...row } = rows.at(-1)!;
		assert.deepEqual([category, id, error], ['', '', 'The prompt is too long']);
		assert.deepEqual(
			row,
			tickets.find(({ subject }) => subject === 'broken'),
		);
	});

	await check('examples: a spreadsheet may have columns of the names that an answer has', async () => {
		proxy.fault = (request, response) => {
			if ((request.body?.inputs as IDataObject | undefined)?.subject !== 'broken') return false;
			response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"The prompt is too long"}');
			return true;
		};
		const rows = await triage(
			'id,output,index,projectId,subject,message\nA-1,mine,7,P-1,refund,I want a refund\nA-2,own,8,P-2,broken,x\n',
		);
		proxy.fault = undefined;
		const own = (subject: string, [id, output, index, projectId, message]: string[]) => ({
			...{ id, output, index, projectId, subject, message },
		});
		assert.deepEqual(
			rows.map(({ triage, log_id: _, ...row }) => ({ ...row, isDone: triage !== '' })),
			[
				{ ...own('refund', ['A-1', 'mine', '7', 'P-1', 'I want a refund']), error: '', isDone: true },
				{ ...own('broken', ['A-2', 'own', '8', 'P-2', 'x']), error: 'The prompt is too long', isDone: false },
			],
		);
	});

	await check("examples: n8n's CLI runs the spreadsheet's own example rows", async () => {
		const run = await environment.instance.execute('HumanloopCsvRows');
		assert.equal(run.status, 'success', run.data.resultData.error?.message);
		const rows = run.data.resultData.runData['Add columns']![0]!.data!.main![0]!;
		assert.deepEqual(
			rows.map(({ json: { ticket: number, triage } }) => [String(number), triage]),
			[
				['4711', 'shipping 5'],
				['4712', 'defect 3'],
				['4715', 'praise 1'],
				['4719', 'question 1'],
				['4720', 'refund 2'],
				['4736', 'refund 3'],
			],
		);
		for (const { json } of rows) {
			assert.deepEqual(Object.keys(json), ['ticket', 'subject', 'message', 'triage', 'log_id', 'error']);
			assert.equal((await log(json.log_id)).output, json.triage);
		}
	});

	await check('examples: a chat gets the answer in pieces', async () => {
		await n8nApi.activate('HumanloopChatbot', 'humanloop-chat/chat');
		const message = { action: 'sendMessage', sessionId: 'chat-1', chatInput: 'Can I return a jacket?' };
		const pieces = await listenTo(`${url}/webhook/humanloop-chat/chat`, message, 'Answer');
		const { output, id } = await written('HumanloopChatbot', 'Answer');
		assert.ok(pieces.length > 5);
		assert.match(output, /^Yes, you can return it within 30 days/);
		assert.equal(pieces.map(({ content }) => content ?? '').join(''), output);
		assert.partialDeepStrictEqual(await log(id), {
			inputs: { message: message.chatInput },
			session_reference_id: 'chat-1',
		});
	});

	await check(
		'examples: a chat is a conversation: each answer comes in pieces, and knows what was said before',
		async () => {
			await n8nApi.activate('HumanloopConversation', 'humanloop-conversation/chat');
			const said: { role: string; content: string }[] = [];
			for (const chatInput of ['Can I return a jacket?', 'And how long does delivery take?', 'Thanks']) {
				const message = { action: 'sendMessage', sessionId: 'conversation-1', chatInput };
				const pieces = await listenTo(`${url}/webhook/humanloop-conversation/chat`, message, 'Answer');
				assert.ok(pieces.length > 5);
				const { output, id } = await written('HumanloopConversation', 'Answer', 'main', 'Remember');
				assert.equal(pieces.map(({ content }) => content ?? '').join(''), output);
				const { messages, session_reference_id: session } = await log(id);
				assert.equal(session, 'conversation-1');
				said.push({ role: 'user', content: chatInput });
				// The first one is the template's.
				const sent = (messages as { role: string; content: string }[]).slice(1);
				assert.deepEqual(
					sent.map(({ role, content }) => ({ role, content })),
					said,
				);
				said.push({ role: 'assistant', content: output });
			}
			assert.match(said[1]!.content, /^Yes, you can return it within 30 days/);
			assert.match(said[3]!.content, /^Delivery takes 2 to 4 working days/);
		},
	);

	await check('examples: an agent calls the prompt as its tool, and answers with what that has written', async () => {
		const done = 'Here is the draft.';
		environment.model
			.on(
				{ userMessage: /drips/, hasToolResult: false },
				{ toolCalls: [{ name: 'Draft_a_reply', arguments: JSON.stringify(ticket) }] },
			)
			.on({ userMessage: /drips/, hasToolResult: true }, { content: done });
		await n8nApi.activate('HumanloopAIAgent', 'humanloop-agent/chat');
		const message = {
			action: 'sendMessage',
			sessionId: 'agent-1',
			chatInput: 'The handle of her kettle drips. Please draft a reply.',
		};
		const pieces = await listenTo(`${url}/webhook/humanloop-agent/chat`, message, 'Support agent');
		assert.equal(pieces.map(({ content }) => content ?? '').join(''), done);

		const { output, id } = await written('HumanloopAIAgent', 'Draft a reply', 'ai_tool');
		assert.partialDeepStrictEqual(await log(id), { output, inputs: ticket });
		assert.ok(environment.modelHost.requests.at(-1)!.text.includes(id), 'the model reads the ID of the log');
	});

	await check('examples: a form becomes a draft, up to the node that would post it to Slack', async () => {
		const { data } = await n8nApi.rest.post<{ data: { waitingForWebhook?: boolean } }>(
			'/workflows/HumanloopToSlack/run',
			{ triggerToStartFrom: { name: 'New ticket' } },
		);
		assert.equal(data.data.waitingForWebhook, true);
		const form = new FormData();
		for (const [index, value] of Object.values(ticket).entries()) form.append(`field-${index}`, value);
		await axios.post(`${url}/form-test/humanloop-ticket`, form);
		const { output, id } = await written('HumanloopToSlack', 'Draft the reply', 'main', 'Post the draft');
		assert.partialDeepStrictEqual(await log(id), { output, inputs: ticket });
	});

	await check("examples: a thumb up in Slack becomes the log's feedback", async () => {
		await n8nApi.rest.post('/workflows/HumanloopRatings/run', { triggerToStartFrom: { name: 'Reaction' } });
		const { logId, id } = await written('HumanloopRatings', 'Rate the draft');
		assert.partialDeepStrictEqual(await log(logId), {
			feedback: [{ id, type: 'rating', value: 'good', user: 'U024BE7LH' }],
		});
	});
}
