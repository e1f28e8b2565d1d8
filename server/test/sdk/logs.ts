import assert from 'node:assert/strict';
import type { CreateLogResponse, LogRequest } from 'humanloop';
import type { Cases, Server } from './client.ts';
import { failureOf } from './data.ts';

const config = { type: 'model' as const, model: 'gpt-4', prompt_template: 'Answer: {{ticket}}' };

/** A log of an order, with what only this log has. */
export function entry(project: string, more: LogRequest): LogRequest {
	return { project, config, inputs: { ticket: 'Where is my parcel?' }, output: 'On its way.', ...more };
}

/** Stores logs, in the order of `entries`. */
export async function store(sdk: Server['sdk'], entries: LogRequest[]): Promise<CreateLogResponse[]> {
	return (await sdk.logs.log(entries)).data as CreateLogResponse[];
}

export const logs: Cases = {
	log: async ({ sdk, send }) => {
		const { status, data } = await sdk.log(
			entry('one log', {
				session_reference_id: 'conversation 1',
				reference_id: 'order 1',
				source: 'shop',
				metadata: { order: 1 },
				created_at: '2024-05-24T09:30:00.123456',
				duration: 1.5,
				messages: [{ role: 'user', content: 'Where is my parcel?' }],
				output_message: { role: 'assistant', content: 'On its way.' },
				feedback: { type: 'rating', value: 'good', user: 'ada@example.com' },
			}),
		);
		assert.equal(status, 200);
		const created = data as CreateLogResponse;
		assert.match(created.session_id!, /^sesh_/);
		const { body } = await send('GET', `/logs/${created.id}`);
		assert.equal(body.project, 'one log');
		assert.equal(body.session_id, created.session_id);
		assert.equal(body.session_reference_id, 'conversation 1');
		assert.equal(body.reference_id, 'order 1');
		assert.equal(body.created_at, '2024-05-24T09:30:00.123Z');
		assert.equal(body.duration, 1.5);
		assert.deepEqual(body.messages, [{ role: 'user', content: 'Where is my parcel?' }]);
		assert.deepEqual(
			body.feedback.map(({ type, value, user }) => ({ type, value, user })),
			[{ type: 'rating', value: 'good', user: 'ada@example.com' }],
		);
	},

	'logs.log': async ({ sdk, send }) => {
		const tool = { type: 'tool' as const, name: 'search', description: 'Searches the shop.', parameters: {} };
		const created = await store(sdk, [
			entry('two logs', { metadata: { order: 1 } }),
			entry('two logs', { config: tool, output: 'two results' }),
			entry('two logs', { output: undefined as never, error: 'The model was busy.' }),
		]);
		assert.equal(created.length, 3);
		const read = await Promise.all(created.map(async ({ id }) => (await send('GET', `/logs/${id}`)).body));
		assert.deepEqual(
			read.map(({ output, error }) => ({ output, error })),
			[
				{ output: 'On its way.', error: null },
				{ output: 'two results', error: null },
				{ output: null, error: 'The model was busy.' },
			],
		);
		const configs = read.map((log) => log.config as { type: string; name: string });
		assert.deepEqual(
			configs.map(({ type }) => type),
			['model', 'tool', 'model'],
		);
		assert.equal(configs[1]!.name, 'search');
	},

	'logs.list': async ({ sdk }) => {
		const created = await store(sdk, [
			entry('many logs', { created_at: '2024-05-01T00:00:00Z', metadata: { city: 'Graz' } }),
			entry('many logs', { created_at: '2024-05-02T00:00:00Z', metadata: { city: 'Wien' } }),
			entry('many logs', { created_at: '2024-05-03T00:00:00Z', output: 'It was lost.' }),
		]);
		const projectId = created[0]!.project_id;
		const ids = created.map(({ id }) => id).reverse();
		const first = await sdk.logs.list({ projectId, page: 0, size: 2 });
		assert.deepEqual(
			first.data.records.map(({ id }) => id),
			ids.slice(0, 2),
		);
		assert.equal(first.data.total, 3);
		assert.ok(first.hasNext());
		const second = await first.next();
		assert.deepEqual(
			second.data.records.map(({ id }) => id),
			ids.slice(2),
		);
		const found = async (more: object) => {
			const { data } = await sdk.logs.list({ projectId, ...more });
			return data.records.map(({ id }) => id);
		};
		assert.deepEqual(await found({ search: 'LOST' }), [ids[0]]);
		assert.deepEqual(await found({ metadataSearch: 'wien' }), [ids[1]]);
		assert.deepEqual(await found({ startDate: new Date('2024-05-02'), endDate: '2024-05-02' }), [ids[1]]);
	},

	'logs.update': async ({ sdk, send }) => {
		const [one, other] = await store(sdk, [entry('later', { output: undefined as never }), entry('later', {})]);
		const { status, data } = await sdk.logs.update({ id: one!.id, output: 'It has arrived.', duration: 2.5 });
		assert.equal(status, 200);
		assert.equal(data.id, one!.id);
		assert.equal(data.output, 'It has arrived.');
		assert.equal(data.duration, 2.5);
		assert.equal((await send('GET', `/logs/${one!.id}`)).body.output, 'It has arrived.');
		assert.equal((await send('GET', `/logs/${other!.id}`)).body.output, 'On its way.');
		const failure = await failureOf(sdk.logs.update({ id: 'data_000000000000000000000', output: 'x' }));
		assert.equal(failure.status, 404);
	},

	'logs.updateByRef': async ({ sdk, send }) => {
		const [one] = await store(sdk, [
			entry('by reference', { reference_id: 'order 8', output: undefined as never }),
			entry('by reference', { reference_id: 'order 9' }),
		]);
		const { data } = await sdk.logs.updateByRef({ referenceId: 'order 8', error: 'The line was busy.' });
		assert.equal(data.id, one!.id);
		assert.equal(data.error, 'The line was busy.');
		assert.equal((await send('GET', `/logs/${one!.id}`)).body.error, 'The line was busy.');
		const failure = await failureOf(sdk.logs.updateByRef({ referenceId: 'order 10', output: 'x' }));
		assert.equal(failure.status, 404);
	},

	'logs.delete': async ({ sdk, send }) => {
		const created = await store(sdk, [entry('gone', {}), entry('gone', {}), entry('gone', {})]);
		const { status } = await sdk.logs.delete({ id: created.slice(0, 2).map(({ id }) => id) });
		assert.equal(status, 204);
		const left = await Promise.all(created.map(({ id }) => send('GET', `/logs/${id}`)));
		assert.deepEqual(
			left.map((sent) => sent.status),
			[404, 404, 200],
		);
	},
};
