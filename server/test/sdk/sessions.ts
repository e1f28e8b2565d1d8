import assert from 'node:assert/strict';
import type { Cases } from './client.ts';
import { entry, store } from './logs.ts';

export const feedback: Cases = {
	feedback: async ({ sdk, send }) => {
		const [{ id } = { id: '' }] = await store(sdk, [entry('rated', {})]);
		const { status, data } = await sdk.feedback({ data_id: id, type: 'rating', value: 'bad', user: 'ada' });
		assert.equal(status, 200);
		const given = data as { id: string; type: string; value: string };
		assert.match(given.id, /^ann_/);
		assert.deepEqual([given.type, given.value], ['rating', 'bad']);
		const { body } = await send('GET', `/logs/${id}`);
		assert.deepEqual(body.feedback, [data]);
	},

	'feedbackApi.feedback': async ({ sdk, send }) => {
		const [{ id } = { id: '' }] = await store(sdk, [entry('rated twice', {})]);
		const { data } = await sdk.feedbackApi.feedback([
			{ data_id: id, type: 'correction', value: 'It arrives on Tuesday.' },
			{ data_id: id, type: 'issue', value: 'inaccurate' },
		]);
		const given = data as { id: string; value: string }[];
		assert.deepEqual(
			given.map(({ value }) => value),
			['It arrives on Tuesday.', 'inaccurate'],
		);
		const { body } = await send('GET', `/logs/${id}`);
		const ids = (entries: { id: string }[]) => entries.map((entry) => entry.id).toSorted();
		assert.deepEqual(ids(body.feedback), ids(given));
	},
};

export const sessions: Cases = {
	'sessions.create': async ({ sdk }) => {
		const { status, data } = await sdk.sessions.create();
		assert.equal(status, 201);
		assert.match(data.id, /^sesh_[A-Za-z0-9]{21}$/);
		const other = await sdk.sessions.create();
		assert.notEqual(other.data.id, data.id);
	},

	'sessions.get': async ({ sdk }) => {
		const { data: session } = await sdk.sessions.create();
		await store(sdk, [
			entry('a session', { session_id: session.id, created_at: '2024-05-01T00:00:00Z' }),
			entry('a session', { session_id: session.id, created_at: '2024-05-02T00:00:00Z', output: 'Here.' }),
		]);
		const { data } = await sdk.sessions.get({ id: session.id });
		assert.equal(data.id, session.id);
		assert.equal(data.datapoints_count, 2);
		assert.deepEqual(data.first_inputs, { ticket: 'Where is my parcel?' });
		assert.equal(data.last_output, 'Here.');
		assert.deepEqual(
			data.projects.map(({ name }) => name),
			['a session'],
		);
	},

	'sessions.list': async ({ sdk }) => {
		const created = await store(sdk, [
			entry('sessions', { session_reference_id: 'list 1' }),
			entry('sessions', { session_reference_id: 'list 2' }),
			entry('sessions', { session_reference_id: 'list 2' }),
		]);
		const projectId = created[0]!.project_id;
		const { data } = await sdk.sessions.list({ projectId });
		assert.deepEqual(data.records.map((session) => session.reference_id).sort(), ['list 1', 'list 2']);
		assert.equal(data.page, 1);
		const single = await sdk.sessions.list({ projectId, page: 2, size: 1 });
		assert.equal(single.data.records.length, 1);
		assert.equal(single.data.total, 2);
	},
};
