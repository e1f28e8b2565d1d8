import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as n8nCore from 'n8n-core';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { propertiesOf } from '../nodes/Humanloop/call/json/schema.ts';
import { problemOf } from '../nodes/Humanloop/call/json/validate.ts';
import { chatWith, fields, storeChatConfig } from './harness/chat.ts';
import { operationsOf } from './harness/formWalk.ts';
import { useHarness } from './harness/useHarness.ts';

/** The files that tell n8n's editor what an operation's items have, before it runs. Each is held against real items. */
const harness = useHarness();

const locator = (mode: string, value: string) => ({ __rl: true as const, mode, value });

/** By operation: the parameters of runs whose items have, between them, every field. */
async function runsOf(): Promise<Record<string, INodeParameters[]>> {
	const project = locator('name', 'tests');
	const chats = locator('name', 'chats');
	const options = { session: locator('referenceId', 'schemas') };
	const made = await harness.run({ parameters: { project, options } });
	const logId = made.success[0]!.json.id as string;
	const reuseAnswers = 'always';
	const chat = await storeChatConfig(harness, {
		project: 'chats',
		tools: [{ name: 'get_order', parameters: { type: 'object', properties: {} } }],
		other: { humanloop_server: { mock: { otherwise: { tool_calls: [{ name: 'get_order', arguments: { id: 1 } }] } } } },
	});
	const calling = chatWith(chat, {
		...{ project: chats, options: { ...options, reuseAnswers } },
		...fields({ content: 'Where?' }),
	});
	const called = await harness.run({ parameters: calling });
	const feedback = { logId, type: 'rating', value: 'good', additionalFields: { user: 'someone' } };
	return {
		'chat create': [await harness.minimalFor('chat', 'version'), calling],
		'completion create': [{ project, options }, { options: { ...options, reuseAnswers } }] as INodeParameters[],
		'feedback create': [feedback],
		'log get': [{ logId }, { logId: called.success[0]!.json.id as string }],
		'log getAll': [{ project }, { project: chats }],
		'modelConfig create': [{ project, provider: 'mock', model: 'mock-1', promptTemplate: '{{name}}, {{topic}}' }],
		'modelConfig deploy': [{ project, modelConfig: locator('id', harness.configId) }] as INodeParameters[],
		'modelConfig getAll': [{ project }, { project: chats }],
		'modelConfig get': [harness.configId, chat].map((id) => ({ modelConfig: locator('id', id) })),
		'project getAll': [{}],
		'project getUsage': [{ project }],
		'session getAll': [{ project }],
	};
}

const nodeDir = path.resolve('dist/nodes/Humanloop');
const fileOf = (resource: string, operation: string) =>
	path.join(nodeDir, '__schema__', 'v1.0.0', resource, `${operation}.json`);

test('the files are where n8n looks for them', () => {
	// n8n 2.8 has this in its server.
	if (!('resolveOutputSchemaPath' in n8nCore)) return;
	const file = n8nCore.resolveOutputSchemaPath({ nodeDir, version: '1', resource: 'log', operation: 'get' });
	expect(file).toBe(fileOf('log', 'get'));
});

test('every operation has a file, and its items are what the file says', async () => {
	const runs = await runsOf();
	const operations = operationsOf(harness.loaded.node.description.properties);
	for (const { resource, entry } of operations) {
		const operation = entry.value as string;
		const name = `${resource} ${operation}`;
		const schema = JSON.parse(readFileSync(fileOf(resource, operation), 'utf8')) as IDataObject;
		const columns = [...propertiesOf(schema).keys()];
		const found = new Set<string>();
		for (const parameters of runs[name] ?? []) {
			const { success, failure } = await harness.run({ parameters: { resource, operation, ...parameters } });
			expect([name, failure?.message, success.length > 0]).toEqual([name, undefined, true]);
			for (const { json } of success) {
				expect([name, problemOf(json, { ...schema, additionalProperties: false })]).toEqual([name, null]);
				expect([name, Object.keys(json)]).toEqual([name, columns.filter((column) => column in json)]);
				for (const column of Object.keys(json)) found.add(column);
			}
		}
		// None that no item has.
		expect([name, columns.filter((column) => !found.has(column))]).toEqual([name, []]);
	}
});
