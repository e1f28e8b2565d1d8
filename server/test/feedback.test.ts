import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { FeedbackResponse } from '../src/contract/feedback.ts';
import { type Api, apiKey, startApi } from './setup.ts';
import { refuseRows } from './storage/disturb.ts';

/** The server with one log, or with `count` of them. */
async function startWithLogs(t: TestContext, count = 1, more: object = {}) {
	const api = await startApi(t);
	const call = {
		model_config_id: await api.config({ prompt_template: 'Hi' }),
		project: 'tickets',
		num_samples: count,
		...more,
	};
	const { body } = await api.post('/completion-model-config', call);
	return { api, ids: body.data.map(({ id }) => id), projectId: body.project_id, call };
}

async function feedbackOn(api: Api, id: string | undefined): Promise<FeedbackResponse[]> {
	return (await api.get(`/logs/${id}`)).body.feedback;
}

/** Type, value and user of each, in the order of their text: what was given in one millisecond has none. */
const told = (all: FeedbackResponse[]) =>
	all.map(({ type, value, user }) => JSON.stringify([type, value, user])).sort();

async function send(api: Api, body: unknown, key: string, own = apiKey) {
	const response = await api.app.inject({
		method: 'POST',
		url: '/v4/feedback',
		payload: body as object,
		headers: { 'x-api-key': own, 'idempotency-key': key },
	});
	return {
		status: response.statusCode,
		text: response.payload,
		replayed: response.headers['idempotent-replayed'] === 'true',
	};
}

test('an empty list is no value, and a time beyond the year 9999 is the last one that sorts', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t, 1);
	assert.equal((await api.post('/feedback', { type: 'issue', value: [], data_id: id })).status, 422);
	const late = await api.post('/feedback', {
		type: 'issue',
		value: 'late',
		data_id: id,
		created_at: '9999-12-31T23:59:59-10:00',
	});
	assert.equal(late.body.created_at, '9999-12-31T23:59:59.999Z');
});

test('feedback stands on its log, in GET /logs and in GET /logs/{id}, with every kind of value', async (t) => {
	const {
		api,
		ids: [id, other],
		projectId,
	} = await startWithLogs(t, 2);
	const created = '2024-02-29T10:00:00+02:00';
	const { status, body } = await api.post('/feedback', {
		type: 'rating',
		value: 'good',
		data_id: id,
		user: 'u',
		created_at: created,
	});
	assert.equal(status, 200);
	assert.deepEqual(Object.keys(body), ['type', 'value', 'data_id', 'user', 'created_at', 'id']);
	assert.match(String(body['id']), /^ann_[A-Za-z0-9]{21}$/);
	assert.deepEqual(
		{ ...body, id: '' },
		{ type: 'rating', value: 'good', data_id: id, user: 'u', created_at: '2024-02-29T08:00:00.000Z', id: '' },
	);
	const values = [false, 0, -1.5, '  \n "ü" 🎉', ['a', 'b']];
	for (const [index, value] of values.entries()) {
		const given = await api.post('/feedback', {
			type: `type ${index}`,
			value,
			data_id: id,
			user: null,
			created_at: null,
			unset: null,
		});
		assert.equal(given.status, 200, given.text);
		assert.ok(Math.abs(Date.parse(String(given.body.created_at)) - Date.now()) < 60_000);
	}
	const expected = [['rating', 'good', 'u'], ...values.map((value, index) => [`type ${index}`, value, null])]
		.map((one) => JSON.stringify(one))
		.sort();
	assert.deepEqual(told(await feedbackOn(api, id)), expected);
	assert.equal((await feedbackOn(api, id))[0]?.type, 'rating', 'the oldest comes first');
	const { records } = (await api.get(`/logs?project_id=${projectId}`)).body;
	assert.deepEqual(told(records.find((log) => log.id === id)?.feedback ?? []), expected);
	assert.deepEqual(await feedbackOn(api, other), []);
});

test('an array is answered with an array, in its order, and is stored whole or not at all', async (t) => {
	const {
		api,
		ids: [id, other],
	} = await startWithLogs(t, 2);
	const entries = [
		{ type: 'comment', value: 'b', data_id: other },
		{ type: 'rating', value: 'bad', data_id: id },
		{ type: 'comment', value: 'a', data_id: id },
	];
	const { body } = await api.post('/feedback', entries);
	assert.deepEqual(
		(body as unknown as FeedbackResponse[]).map(({ type, value, data_id: on }) => ({ type, value, data_id: on })),
		entries,
	);
	assert.deepEqual((await api.post('/feedback', [])).body, []);
	for (const [wrong, status, message] of [
		[{ type: 'rating', value: 'good', data_id: 'data_"x' }, 404, 'No such data_id: "data_\\"x".'],
		[{ type: 'rating', data_id: id }, 422, 'Feedback of the type "rating" needs a value.'],
		[{ type: 'action', unset: true, data_id: id }, 422, 'Feedback of the type "action" needs a value to unset.'],
		[
			{ type: 'rating', value: 'good', unset: true, data_id: id },
			404,
			`There is no feedback like this on ${id} to unset: {"type":"rating","value":"good"}.`,
		],
		[{ type: 'rating', value: 'good', data_id: id, created_at: '2024-01-01T00:00:00+99' }, 422, undefined],
	] as const) {
		for (const bodies of [wrong, [{ type: 'rating', value: 'never', data_id: id }, wrong]]) {
			const refused = await api.post('/feedback', bodies);
			assert.equal(refused.status, status, refused.text);
			if (message !== undefined) assert.equal(refused.body.detail.message, message);
		}
	}
	assert.deepEqual(told(await feedbackOn(api, id)), ['["comment","a",null]', '["rating","bad",null]']);
});

test('what is wrong with a body is named', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t);
	for (const [wrong, ...locs] of [
		[{}, 'type', 'data_id'],
		[
			{ type: '', value: '', data_id: 7, user: '', created_at: 'soon', unset: 'no', rating: 5 },
			'rating',
			'type',
			'value',
			'data_id',
			'user',
			'created_at',
			'unset',
		],
		[{ type: 'rating', value: { good: true }, data_id: id }, 'value'],
		[{ type: 'rating', value: [1], data_id: id }, 'value.0'],
	] as const) {
		const { status, body } = await api.post('/feedback', wrong);
		assert.equal(status, 422);
		assert.deepEqual(
			body.detail.map(({ loc }) => loc.slice(1).join('.')).sort(),
			[...locs].sort(),
			JSON.stringify(body),
		);
	}
	assert.deepEqual((await api.post('/feedback', [{ type: 'a', value: 1, data_id: id }, {}])).body.detail[0]?.loc, [
		'body',
		1,
		'type',
	]);
	const many = await api.post(
		'/feedback',
		Array.from({ length: 1001 }, () => ({ type: 'rating', value: 'good', data_id: id })),
	);
	assert.deepEqual(many.body.detail, [
		{ loc: ['body'], msg: 'ensure this value has at most 1000 items', type: 'value_error.list.max_items' },
	]);
	assert.equal((await api.post('/feedback', '{"type":"x","value":1e999,"data_id":"y"}')).status, 422);
});

test('a person has one rating on a log, which the next one replaces, and any number of actions and issues', async (t) => {
	const {
		api,
		ids: [id, other],
	} = await startWithLogs(t, 2);
	const give = async (type: string, value: unknown, user?: string, on = id) =>
		(await api.post('/feedback', { type, value, user, data_id: on })).body;
	const first = await give('rating', 'good', 'ann');
	const next = await give('rating', 'bad', 'ann');
	assert.equal(next['id'], first['id']);
	for (const [type, value, user, on] of [
		['rating', 'good'],
		['rating', 'great'],
		['rating', 'good', 'bob'],
		['rating', 'good', 'ann', other],
		['comment', 'long', 'ann'],
		['comment', 'longer', 'ann'],
		['mood', 3, 'ann'],
		['mood', 4, 'ann'],
		['action', 'copied', 'ann'],
		['action', 'saved', 'ann'],
		['action', 'copied', 'ann'],
		['action', 'copied'],
		['issue', 'a', 'ann'],
		['issue', 'b', 'ann'],
	] as const)
		await give(type, value, user, on);
	assert.deepEqual(
		told(await feedbackOn(api, id)),
		[
			['action', 'copied', 'ann'],
			['action', 'copied', null],
			['action', 'saved', 'ann'],
			['comment', 'longer', 'ann'],
			['issue', 'a', 'ann'],
			['issue', 'b', 'ann'],
			['mood', 4, 'ann'],
			['rating', 'bad', 'ann'],
			['rating', 'good', 'bob'],
			['rating', 'great', null],
		].map((one) => JSON.stringify(one)),
	);
	assert.deepEqual(told(await feedbackOn(api, other)), ['["rating","good","ann"]']);
});

test('ratings of one person that come at once leave one', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t);
	const all = await Promise.all(
		Array.from({ length: 20 }, (_, index) => api.post('/feedback', { type: 'rating', value: index, data_id: id })),
	);
	assert.equal(new Set(all.map(({ body }) => body['id'])).size, 1);
	assert.equal((await feedbackOn(api, id)).length, 1);
});

test('unset takes back the own feedback of that type, and with a value only that value', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t);
	const post = async (body: object) => api.post('/feedback', { data_id: id, ...body });
	const [rating] = [
		await post({ type: 'rating', value: 'bad', user: 'ann' }),
		await post({ type: 'rating', value: 'good' }),
	];
	for (const value of ['a', 'b']) await post({ type: 'action', value, user: 'ann' });
	assert.equal(
		(await post({ type: 'rating', unset: true, value: 'good', user: 'ann' })).status,
		404,
		'ann has said bad meanwhile',
	);
	assert.equal((await post({ type: 'rating', unset: true, user: 'bob' })).status, 404);
	const unset = await post({ type: 'rating', unset: true, user: 'ann' });
	assert.deepEqual(unset.body, rating.body, 'the answer is what was taken back');
	assert.equal((await post({ type: 'rating', unset: true, user: 'ann' })).status, 404);
	assert.equal((await post({ type: 'action', unset: true, value: 'a', user: 'ann' })).status, 200);
	assert.deepEqual(told(await feedbackOn(api, id)), ['["action","b","ann"]', '["rating","good",null]']);
	await post({ type: 'rating', unset: true, value: 'good' });
	assert.equal((await feedbackOn(api, id)).length, 1);
	const again = await api.post('/feedback', [
		{ type: 'rating', value: 'x', data_id: id },
		{ type: 'rating', unset: true, data_id: id },
	]);
	assert.equal(again.status, 200, 'an entry sees those before it');
});

test('logs of calls with save false take feedback too', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t, 1, { save: false });
	assert.equal((await api.post('/feedback', { type: 'rating', value: 'good', data_id: id })).status, 200);
	const { body } = await api.get(`/logs/${id}`);
	assert.deepEqual([body.feedback.length, body.output, body.inputs], [1, null, null]);
});

test('with an Idempotency-Key a repeat is answered with the first answer and stores nothing', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t);
	const body = { type: 'action', value: 'copied', data_id: id, user: null };
	const first = await send(api, body, 'k');
	assert.deepEqual([first.status, first.replayed], [200, false]);
	assert.equal((await api.post('/feedback', { ...body, unset: true })).status, 200);
	for (const same of [body, { data_id: id, value: 'copied', type: 'action' }]) {
		assert.deepEqual(await send(api, same, 'k'), { ...first, replayed: true });
	}
	assert.deepEqual(await feedbackOn(api, id), [], 'taken back meanwhile, and not given again');
	for (const other of [{ ...body, value: 'saved' }, { ...body, user: 'u' }, [body]]) {
		const refused = await send(api, other, 'k');
		assert.equal(refused.status, 422);
		assert.match(refused.text, /Idempotency-Key was used for another request/);
	}
	const list = await send(api, [body, { ...body, value: 'saved' }], 'list');
	assert.deepEqual(await send(api, [body, { ...body, value: 'saved' }], 'list'), { ...list, replayed: true });
	assert.equal((await send(api, body, 'two words')).status, 422);
});

test('concurrent duplicates are stored once, and what fails frees the key', async (t) => {
	const {
		api,
		ids: [id],
	} = await startWithLogs(t);
	const duplicates = await Promise.all(
		Array.from({ length: 10 }, () => send(api, { type: 'rating', value: 'good', data_id: id }, 'k')),
	);
	assert.equal(new Set(duplicates.map(({ text }) => text)).size, 1);
	assert.equal(duplicates.filter(({ replayed }) => replayed).length, 9);
	assert.equal((await send(api, { type: 'rating', value: 'good', data_id: 'data_x' }, 'free')).status, 404);
	assert.deepEqual([(await send(api, { type: 'issue', value: 'slow', data_id: id }, 'free')).status], [200]);
});

test('a key of a completion is not one of feedback, and the answer is kept in the transaction of the feedback', async (t) => {
	const {
		api,
		ids: [id],
		call,
	} = await startWithLogs(t);
	assert.equal((await send(api, { type: 'rating', value: 'good', data_id: id }, 'k')).status, 200);
	const completion = await api.app.inject({
		method: 'POST',
		url: '/v4/completion-model-config',
		payload: call,
		headers: { 'x-api-key': apiKey, 'idempotency-key': 'k' },
	});
	assert.equal(completion.statusCode, 422);
	await refuseRows(api.dataDir, 'saved_responses', 'true', 'no room');
	assert.equal((await send(api, { type: 'rating', value: 'bad', data_id: id }, 'k2')).status, 500);
	assert.deepEqual(told(await feedbackOn(api, id)), ['["rating","good",null]']);
});

test('a time before the year 0 and one after 9999 are stored as the nearest time that RFC 3339 knows', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config();
	const { body: log } = await api.post('/logs', { project: 'tickets', config_id, output: 'x' });
	for (const [created_at, stored] of [
		['0000-01-01T00:00:00+01:00', '0000-01-01T00:00:00.000Z'],
		['9999-12-31T23:59:59-01:00', '9999-12-31T23:59:59.999Z'],
	]) {
		const { status, body, text } = await api.post('/feedback', {
			type: 'rating',
			value: 'good',
			data_id: log['id'],
			created_at,
		});
		assert.equal(status, 200, text);
		assert.equal(body['created_at'], stored);
	}
});
