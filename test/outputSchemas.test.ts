import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as n8nCore from 'n8n-core';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { propertiesOf } from '../nodes/Humanloop/call/json/schema.ts';
import { problemOf } from '../nodes/Humanloop/call/json/validate.ts';
import { operationsOf } from './harness/formWalk.ts';
import { useHarness } from './harness/useHarness.ts';

/** The files that tell n8n's editor what an operation's items have, before it runs. Each is held against real items. */
const harness = useHarness();

const locator = (mode: string, value: unknown) => ({ __rl: true, mode, value });

/** By operation: parameters with which its items have every field. */
async function parametersOf(): Promise<Record<string, INodeParameters>> {
	const project = locator('name', 'tests');
	const options = { session: locator('referenceId', 'schemas') };
	const made = await harness.run({ parameters: { project, options } as INodeParameters });
	const logId = made.success[0]!.json.id as string;
	const feedback = { logId, type: 'rating', value: 'good', additionalFields: { user: 'someone' } };
	return {
		'chat create': { ...(await harness.minimalFor('chat', 'version')) },
		'completion create': { project, options } as INodeParameters,
		'feedback create': feedback,
		'log get': { logId },
		'log getAll': { project },
		'modelConfig create': { project, provider: 'mock', model: 'mock-1', promptTemplate: '{{name}}, {{topic}}' },
		'modelConfig deploy': { project, modelConfig: locator('id', harness.configId) } as INodeParameters,
		'modelConfig getAll': { project },
		'modelConfig get': { modelConfig: locator('id', harness.configId) } as INodeParameters,
		'project getAll': {},
		'project getUsage': { project },
		'session getAll': { project },
	} as Record<string, INodeParameters>;
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
	const parameters = await parametersOf();
	const operations = operationsOf(harness.loaded.node.description.properties);
	for (const { resource, entry } of operations) {
		const operation = entry.value as string;
		const schema = JSON.parse(readFileSync(fileOf(resource, operation), 'utf8')) as IDataObject;
		const { success, failure } = await harness.run({
			parameters: { resource, operation, ...parameters[`${resource} ${operation}`] },
		});
		expect([resource, operation, failure?.message, success.length > 0]).toEqual([resource, operation, undefined, true]);
		const found = new Set<string>();
		for (const { json } of success) {
			const problem = problemOf(json, { ...schema, additionalProperties: false });
			expect([resource, operation, problem]).toEqual([resource, operation, null]);
			for (const name of Object.keys(json)) found.add(name);
		}
		// In the order of the columns, and without one that no item has.
		expect([resource, operation, [...propertiesOf(schema).keys()]]).toEqual([resource, operation, [...found]]);
	}
});
