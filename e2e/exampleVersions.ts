import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { parse } from 'csv-parse/sync';
import type { IDataObject } from 'n8n-workflow';

import { check, patience } from './check.ts';
import type { Environment } from './environment.ts';

/* The examples that run what is deployed, classify into columns, compare versions and deploy them. */

const ticket = {
	customer: 'Zoé',
	language: 'French',
	product: 'Kettle',
	subject: 'It leaks',
	message: 'It drips at the handle.',
};

/** The columns that are looked at. */
type Row = Record<'ticket' | 'category' | 'urgency' | 'needs_answer' | 'log_id' | 'error' | 'answer', string>;

export async function checkExampleVersions(environment: Environment): Promise<void> {
	const { main, n8nApi, api } = environment;
	const { url } = main;
	const log = async (id: unknown) => (await api.get<IDataObject>(`/logs/${String(id)}`)).data;
	const read = async (id: string) => (await n8nApi.rest.get<{ data: IDataObject }>(`/workflows/${id}`)).data.data;
	/** Clicks on Execute workflow, and returns what a node of that execution has given out. */
	const execute = async (id: string, trigger: string) => {
		await n8nApi.rest.post(`/workflows/${id}/run`, { triggerToStartFrom: { name: trigger } });
		const { status, data } = await n8nApi.lastExecution(id);
		assert.equal(status, 'success', data.resultData.error?.message);
		return (node: string) => data.resultData.runData[node]?.[0]?.data?.main?.[0]?.map(({ json }) => json);
	};
	/** The project's model configs by name. */
	const configsOf = async (project: string) => {
		const projects = await api.get<{ records: { id: string; name: string }[] }>('/projects', { params: { size: 100 } });
		const { id } = projects.data.records.find(({ name }) => name === project)!;
		const { data } = await api.get<{ config: { id: string; name: string } }[]>(`/projects/${id}/configs`);
		return new Map(data.map(({ config }) => [config.name, config.id]));
	};

	await check('examples: a deployment changes what the webhook answers, and no workflow', async () => {
		const configs = await configsOf('support/reply');
		const before = await read('HumanloopWebhook');
		/** The version that answers, and its answer. */
		const answer = async () => {
			const { data } = await axios.post<{ reply: string; logId: string }>(`${url}/webhook/humanloop-reply`, ticket);
			return [(await log(data.logId)).config_id, data.reply] as const;
		};
		const [first, firstReply] = await answer();
		assert.equal(first, configs.get('Ticket reply'));

		const output = await execute('HumanloopDeploys', 'Start');
		const next = configs.get('Ticket reply, next version');
		const report = { deployed: next, name: 'Ticket reply, next version', environment: 'production', replaced: first };
		assert.deepEqual(output('Report'), [report]);
		const [second, secondReply] = await answer();
		assert.equal(second, next);
		assert.notEqual(secondReply, firstReply);
		assert.deepEqual(await read('HumanloopWebhook'), before);

		const again = await execute('HumanloopDeploys', 'Start');
		assert.match(String(again('Report')![0]!.replaced), /^Nothing/);
	});

	/** Sends the example's tickets as a spreadsheet, and returns the rows of the one that comes back. */
	const classify = async () => {
		const form = new FormData();
		form.append('data', new File([readFileSync('examples/tickets.csv')], 'tickets.csv', { type: 'text/csv' }));
		const { data } = await axios.post<string>(`${url}/webhook/humanloop-columns`, form, { responseType: 'text' });
		return parse<Row>(data, { columns: true, bom: true });
	};

	await check('examples: JSON becomes columns; what is no JSON is in columns of its own', async () => {
		await n8nApi.activate('HumanloopColumns', 'humanloop-columns');
		const rows = await classify();
		const tickets = parse<Record<string, string>>(readFileSync('examples/tickets.csv'), { columns: true });
		assert.equal(rows.length, tickets.length);
		const added = ['category', 'urgency', 'needs_answer', 'log_id', 'error', 'answer'];
		assert.deepEqual(Object.keys(rows[0]!), [...Object.keys(tickets[0]!), ...added]);
		const failed = rows.filter(({ error }) => error !== '');
		assert.deepEqual(
			failed.map((row) => [row.ticket, row.category, row.answer.slice(0, 13)]),
			[['4719', '', 'The customer ']],
		);
		for (const { category, urgency, needs_answer: needsAnswer, answer, log_id: id, error } of rows) {
			assert.ok(await log(id));
			if (error !== '') continue;
			assert.match(category, /^(shipping|refund|defect|question|praise)$/);
			assert.match(urgency, /^[1-5]$/);
			assert.match(needsAnswer, category === 'praise' ? /^false$/i : /^true$/i);
			assert.equal(answer, '');
		}
	});

	await check('examples: an evaluation compares two versions, and the better one is deployed', async () => {
		const id = 'HumanloopCompare';
		const trigger = 'Deploy the better one';
		const created = await execute(id, trigger);
		assert.equal(created('Add the tickets')!.length, 6);
		const table = created('Table')![0]!;

		// A person chooses the table in the editor.
		const workflow = await read(id);
		const nodes = (workflow.nodes as { name: string; parameters: IDataObject }[]).map((node) =>
			node.name === 'Test ticket'
				? { ...node, parameters: { ...node.parameters, dataTableId: { __rl: true, mode: 'list', value: table.id } } }
				: node,
		);
		await n8nApi.rest.patch(`/workflows/${id}`, { nodes, versionId: workflow.versionId });

		const runs = `/workflows/${id}/test-runs`;
		await n8nApi.rest.post(`${runs}/new`, {});
		const deadline = Date.now() + patience;
		for (;;) {
			const { data } = await n8nApi.rest.get<{ data: { status: string; metrics: IDataObject }[] }>(runs);
			const [run] = data.data;
			if (run && !['new', 'running'].includes(run.status)) {
				assert.equal(run.status, 'completed', JSON.stringify(run));
				assert.partialDeepStrictEqual(run.metrics, { deployed_right: 4 / 6, next_right: 1 });
				break;
			}
			assert.ok(Date.now() < deadline, 'the evaluation ends');
			await sleep(200);
		}

		// The last one of the evaluation.
		await n8nApi.lastExecution(id);

		const configs = await configsOf('support/classification');
		const counted = await execute(id, trigger);
		const next = configs.get('Ticket classification, next version');
		assert.deepEqual(counted('Right answers'), [{ tickets: 6, deployed_right: 4, next_right: 6, next_version: next }]);
		assert.partialDeepStrictEqual(counted('Deploy'), [{ modelConfigId: next, changed: true }]);
		assert.deepEqual(
			(await classify()).filter(({ error }) => error !== ''),
			[],
		);
	});
}
