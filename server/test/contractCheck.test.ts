import assert from 'node:assert/strict';
import test from 'node:test';
import { type Exchange, problemsOf } from './contract/check.ts';

const session = { method: 'POST', path: '/sessions', status: 201, type: 'application/json', body: '{"id":"sesh_1"}' };
const sample = { id: 'data_1', index: 0, output: 'a', raw_output: 'a', inputs: {}, finish_reason: null };
const event = { data: [{ ...sample, model_config_id: 'config_1', tool_results: [] }], provider_responses: [] };

function stream(...events: object[]): Exchange {
	const body = events.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('');
	return { method: 'POST', path: '/completion', status: 200, type: 'text/event-stream', body };
}

test('the check of responses accepts what fits', () => {
	assert.deepEqual(problemsOf(session), []);
	assert.deepEqual(problemsOf(stream(event, event)), []);
	assert.deepEqual(problemsOf({ ...session, status: 422, body: '{"detail":[]}' }), []);
	assert.deepEqual(problemsOf({ ...session, method: 'DELETE', path: '/logs', status: 204, body: '' }), []);
	assert.deepEqual(problemsOf({ ...session, path: '/keys', body: '{"ours":1}' }), []);
});

for (const [what, exchange, words] of [
	['a key that is not documented', { ...session, body: '{"id":"sesh_1","more":1}' }, /"more"/],
	['a documented key that is not there', { ...session, body: '{}' }, /required property 'id'/],
	['an ID of another kind', { ...session, body: '{"id":"data_1"}' }, /\/id must match pattern/],
	['another status', { ...session, status: 200 }, /200: is not 201/],
	['an error in another form', { ...session, status: 422, body: '{"error":"no"}' }, /'detail'/],
	['a body where there must be none', { ...session, method: 'DELETE', path: '/logs', status: 204 }, /has a body/],
	['an event with two samples', stream({ ...event, data: [...event.data, ...event.data] }), /more than 1 items/],
	['an event with an unknown key', stream(event, { ...event, done: true }), /"done"/],
	['a stream without events', stream(), /without events/],
	['a stream where none must be', { ...stream(event), path: '/sessions', status: 201 }, /must not be one/],
] as const) {
	test(`the check of responses notices ${what}`, () => {
		assert.match(problemsOf(exchange).join('\n'), words);
	});
}
