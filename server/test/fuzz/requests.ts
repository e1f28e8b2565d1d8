import fc from 'fast-check';
import { apiKey } from '../setup.ts';

/** A request as bytes. `ends`: it may promise more than it holds, so nothing more is sent after it. */
export type Wild = { bytes: Buffer; ends: boolean; isHead: boolean };

const nasty = fc.constantFrom(
	'',
	' ',
	'\0',
	'\ud800',
	'a\udc00b',
	'\u202e',
	'🎉',
	'__proto__',
	'constructor',
	'prototype',
	'toString',
	'{{ticket}}',
	"'; drop table logs; --",
	'../../etc/passwd',
	'%00',
	'\r\n',
	'null',
	'-1',
	'NaN',
	'é'.repeat(300),
);

const long = fc.nat({ max: 60 }).map((size) => 'x'.repeat(size * 1000));

const text = fc.oneof(
	{ weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
	{ weight: 5, arbitrary: nasty },
	{ weight: 1, arbitrary: long },
);

/** Numbers as JSON text: what JavaScript cannot hold is still valid JSON. */
const numberText = fc.oneof(
	fc.constantFrom(
		'0',
		'-0',
		'1',
		'2',
		'1e999',
		'-1e999',
		'1E400',
		'1e-999',
		'9007199254740993',
		'-9223372036854775809',
		'1.5',
		'1e308',
		'128',
		'129',
	),
	fc.double().map((value) => JSON.stringify(value)),
	fc.nat({ max: 400 }).map((digits) => `1${'0'.repeat(digits)}`),
);

const deep = fc
	.record({
		depth: fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(5_000, 50_000)),
		open: fc.constantFrom('[', '{"a":'),
	})
	.map(({ depth, open }) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`);

/** Any JSON value as text; duplicate keys, inherited names and lone surrogates included. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3, depthSize: 'small' },
		{ weight: 4, arbitrary: text.map((value) => JSON.stringify(value)) },
		{ weight: 3, arbitrary: numberText },
		{
			weight: 2,
			arbitrary: fc.constantFrom(
				'true',
				'false',
				'null',
				'{}',
				'[]',
				'"\\ud800"',
				'{"a":1,"a":[]}',
				'{"__proto__":{"x":1}}',
			),
		},
		{ weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
		{
			weight: 1,
			arbitrary: fc
				.array(fc.tuple(text, tie('value')), { maxLength: 4 })
				.map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
		},
	),
})).value;

const wild = fc.oneof({ weight: 30, arbitrary: jsonText }, { weight: 1, arbitrary: deep });

const places = ['project', 'project_id', 'session_id', 'session_reference_id', 'parent_id', 'parent_reference_id'];
const shared = [...places, 'inputs', 'source', 'metadata', 'save', 'source_datapoint_id'];
const callFields = [
	...shared,
	'model_config_id',
	'model_config',
	'environment',
	'provider_api_keys',
	'num_samples',
	'stream',
	'user',
	'seed',
	'return_inputs',
	'__proto__',
];
const completionFields = [...callFields, 'logprobs', 'suffix'];
const chatFields = [...callFields, 'messages', 'tool_choice', 'tool_call', 'response_format'];
const configFields = [
	'project',
	'project_id',
	'name',
	'description',
	'provider',
	'model',
	'max_tokens',
	'temperature',
	'top_p',
	'stop',
	'presence_penalty',
	'frequency_penalty',
	'other',
	'seed',
	'response_format',
	'reasoning_effort',
	'endpoint',
	'prompt_template',
	'chat_template',
	'template_language',
	'tools',
	'type',
];
const logFields = [
	...shared,
	'config',
	'config_id',
	'reference_id',
	'messages',
	'output',
	'judgment',
	'environment',
	'feedback',
	'created_at',
	'error',
	'stdout',
	'duration',
	'output_message',
	'prompt_tokens',
	'output_tokens',
	'prompt_cost',
	'output_cost',
	'provider_request',
	'provider_response',
];

const feedbackFields = ['type', 'value', 'data_id', 'user', 'created_at', 'unset', '__proto__'];

/** Values that a field takes, so that some requests come through to where they are run and stored. */
const fitting: Record<string, string[]> = {
	project: ['"fuzz"', '"other"'],
	num_samples: ['1', '2', '3'],
	stream: ['true', 'false'],
	save: ['true', 'false'],
	inputs: ['{"ticket":"x"}'],
	session_reference_id: ['"s1"', '"s2"'],
	logprobs: ['1', '20'],
	seed: ['1'],
	user: ['"u"'],
	metadata: ['{"a":null}'],
	model: ['"mock-1"'],
	provider: ['"mock"', '"openai"'],
	prompt_template: ['"Hi {{ticket}}"'],
	max_tokens: ['3'],
	output: ['"out"'],
	temperature: ['0'],
	created_at: [
		'"2024-02-29T23:59:60Z"',
		'"2024-01-01T00:00:00+23:59"',
		'"0000-01-01T00:00:00Z"',
		'"9999-12-31T23:59:59Z"',
	],
	prompt_tokens: ['3', '9007199254740993', '-9007199254740993'],
	output_tokens: ['3', '9223372036854774784'],
	duration: ['0.1', '1e999'],
	type: ['"rating"', '"action"', '"model"'],
	value: ['"good"', '3', 'false', '["a"]', '9007199254740993'],
	unset: ['true', 'false'],
	config: ['{"model":"m"}'],
	return_inputs: ['false'],
	stop: ['"e"', '["a","b"]'],
	endpoint: ['"complete"', '"chat"'],
	messages: [
		'[{"role":"user","content":"x"}]',
		'[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:,"}}]}]',
		'[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]}]',
		'[]',
	],
	chat_template: ['[{"role":"system","content":"Hi {{ticket}}"}]'],
	tools: ['[{"name":"f"}]', '[{"id":"oc_1","source":"organization"}]'],
	tool_choice: ['"auto"', '"none"', '"required"', '{"type":"function","function":{"name":"f"}}'],
	tool_call: ['"auto"', '{"name":"f"}'],
	response_format: ['{"type":"json_object"}'],
	environment: ['"production"'],
	model_config: ['{"model":"mock-1","provider":"mock","prompt_template":"x"}'],
};

function bodyOf(fields: string[], required: Record<string, string>): fc.Arbitrary<string> {
	const field = fc.constantFrom(...fields).chain((name) => {
		const fits = Object.hasOwn(fitting, name) ? fitting[name] : undefined;
		const value =
			fits === undefined
				? wild
				: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...fits) }, { weight: 1, arbitrary: wild });
		return value.map((given) => [name, given] as const);
	});
	const fixed = fc.subarray(Object.entries(required), { minLength: Math.max(0, Object.keys(required).length - 1) });
	return fc
		.record({
			fixed: fc.oneof({ weight: 4, arbitrary: fc.constant(Object.entries(required)) }, { weight: 1, arbitrary: fixed }),
			more: fc.array(field, { maxLength: 5 }),
		})
		.map(
			(parts) =>
				`{${[...parts.fixed, ...parts.more].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`,
		);
}

/** Bytes that are nearly the text: cut, with something put in, in another encoding, no UTF-8 at all. */
function spoilt(whole: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
	const place = fc.double({ min: 0, max: 1, noNaN: true });
	return fc.oneof(
		{ weight: 14, arbitrary: whole.map((body) => Buffer.from(body)) },
		{
			weight: 1,
			arbitrary: fc
				.tuple(whole, place)
				.map(([body, at]) => Buffer.from(body).subarray(0, Math.floor(body.length * at))),
		},
		{
			weight: 1,
			arbitrary: fc.tuple(whole, place, fc.uint8Array({ maxLength: 5 })).map(([body, at, junk]) => {
				const bytes = Buffer.from(body);
				const cut = Math.floor(bytes.length * at);
				return Buffer.concat([bytes.subarray(0, cut), junk, bytes.subarray(cut)]);
			}),
		},
		{
			weight: 1,
			arbitrary: fc
				.tuple(whole, fc.constantFrom('utf16le', 'latin1', 'base64', 'hex') as fc.Arbitrary<BufferEncoding>)
				.map(([body, encoding]) =>
					encoding === 'base64' || encoding === 'hex'
						? Buffer.from(Buffer.from(body).toString(encoding))
						: Buffer.from(body, encoding),
				),
		},
		{ weight: 1, arbitrary: whole.map((body) => Buffer.from(`\ufeff${body}`)) },
		{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)) },
		{ weight: 1, arbitrary: jsonText.map((body) => Buffer.from(body)) },
	);
}

/** A header's value without what would end it. */
const headerText = text.map((value) => value.replace(/[\r\n\0]/g, '').slice(0, 2000));

const mostly = <T>(usual: T, else_: fc.Arbitrary<T>) =>
	fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: else_ });

const headers = fc.record({
	'X-API-KEY': mostly<string | undefined>(
		apiKey,
		fc.oneof(fc.constantFrom(undefined, '', `${apiKey}, ${apiKey}`), headerText),
	),
	'Content-Type': mostly<string | undefined>(
		'application/json',
		fc.oneof(
			fc.constantFrom(
				undefined,
				'',
				'text/plain',
				'application/json; charset=utf-16',
				'application/JSON;;',
				'multipart/form-data',
				'application/x-www-form-urlencoded',
				'application/vnd.api+json',
				'json',
			),
			headerText,
		),
	),
	'Idempotency-Key': fc.oneof(
		{ weight: 6, arbitrary: fc.constant(undefined) },
		{ weight: 4, arbitrary: fc.constantFrom('k1', 'k2', 'k3', 'k4') },
		{ weight: 2, arbitrary: fc.uuid() },
		{ weight: 1, arbitrary: headerText },
		{ weight: 1, arbitrary: fc.constantFrom('', 'k'.repeat(255), 'k'.repeat(256), 'a b', '__proto__', 'constructor') },
	),
	// A short wait that is well formed is rightly answered with 504, so there is none among these.
	'X-Request-Timeout-Ms': fc.oneof(
		{ weight: 8, arbitrary: fc.constant(undefined) },
		{
			weight: 2,
			arbitrary: fc.constantFrom(
				'60000',
				'2147483648',
				'999999999999999',
				'9'.repeat(400),
				'-1',
				'1.5',
				'1e9',
				'0x10',
				'soon',
				'',
				'60000, 1',
			),
		},
		{ weight: 1, arbitrary: headerText.map((value) => `${value}x`) },
	),
	'Content-Encoding': mostly<string | undefined>(undefined, fc.constantFrom('gzip', 'identity', 'br', 'x')),
	Accept: mostly<string | undefined>(undefined, fc.constantFrom('text/event-stream', '*/*', 'image/png')),
	Expect: mostly<string | undefined>(undefined, fc.constantFrom('100-continue', 'something')),
	'X-Long': mostly<string | undefined>(undefined, fc.constantFrom('y'.repeat(8_000), 'y'.repeat(20_000))),
});

function head(method: string, path: string, given: Record<string, string | undefined>): Buffer {
	const lines = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
	return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: fuzz\r\n${lines.join('\r\n')}\r\n\r\n`);
}

const segment = fc.oneof(
	nasty,
	fc.string({ maxLength: 8 }),
	fc.constantFrom('v4', 'logs', 'projects', 'configs', 'model-configs', 'data_x', 'pr_x', '%', '%e0%a4', '..'),
);
const escaped = fc
	.tuple(segment, fc.boolean())
	.map(([part, isPlain]) => (isPlain ? part.replace(/[^!-~]|[#?]/g, '') : encodeURIComponent(part.toWellFormed())));
const queryName = fc.constantFrom(
	'project_id',
	'page',
	'size',
	'session_id',
	'source_filter',
	'exclude_source',
	'search',
	'start_date',
	'end_date',
	'filter',
	'sort_by',
	'order',
	'evaluation_aggregates',
	'__proto__',
	'x',
	'page[]',
);
const queryValue = fc.oneof(
	escaped,
	fc.constantFrom(
		'0',
		'1',
		'-1',
		'1000',
		'1001',
		'999999999999999',
		'1e9',
		'true',
		'',
		'asc',
		'name',
		'%ff',
		'%',
		'2024-02-29',
		'0000-01-01T00:00%2B23:59',
		'9999-12-31T23:59-23:59',
		'2024-02-30',
	),
);
const query = fc
	.array(fc.tuple(queryName, queryValue), { maxLength: 4 })
	.map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));

/** What the requests may name, so that some of them find something. */
export type Known = { configId: string; chatConfigId: string; projectId: string; logId: string; sessionId: string };

function gets({ projectId, logId, sessionId }: Known): fc.Arbitrary<string> {
	const known = fc.constantFrom(
		'/v4/projects',
		'/v4/logs',
		'/v4/sessions',
		`/v4/projects/${projectId}`,
		`/v4/projects/${projectId}/configs`,
		...['deployed-configs', 'deployments', 'active-config'].map((name) => `/v4/projects/${projectId}/${name}`),
		'/v4/environments',
		'/v4/logs/x',
		`/v4/logs/${logId}`,
		`/v4/sessions/${sessionId}`,
		'/v4/model-configs/x',
		'/healthz',
		'/openapi.json',
	);
	const any = fc.array(escaped, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
	const lists = fc.tuple(fc.constantFrom('logs', 'logs', 'sessions'), query);
	const withProject = lists.map(([list, more]) => `/v4/${list}?project_id=${projectId}&${more}`);
	return fc.oneof(
		withProject,
		fc.tuple(fc.oneof(known, known, any), query).map(([path, more]) => (more === '' ? path : `${path}?${more}`)),
	);
}

/** Any request at all, more or less like a right one. */
export function requests(names: Known): fc.Arbitrary<Wild> {
	const { configId, logId } = names;
	const oneLog = bodyOf(logFields, { project: '"fuzz"', config_id: JSON.stringify(configId) });
	const log = fc.oneof(
		oneLog,
		fc.array(oneLog, { maxLength: 3 }).map((logs) => `[${logs.join(',')}]`),
	);
	const oneFeedback = bodyOf(feedbackFields, { type: '"rating"', value: '"good"', data_id: JSON.stringify(logId) });
	const feedback = fc.oneof(
		oneFeedback,
		fc.array(oneFeedback, { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
	);
	const inputs = '{"ticket":"x"}';
	const project = '"fuzz"';
	const messages = '[{"role":"user","content":"x"}]';
	const chatConfig = '{"model":"mock-1","provider":"mock","tools":[{"name":"f"}]}';
	const otherCalls: [path: string, fields: string[], required: Record<string, string>][] = [
		['/v4/completion-deployed', completionFields, { project, inputs }],
		['/v4/completion', completionFields, { project, inputs, model_config: fitting['model_config']![0]! }],
		['/v4/chat-model-config', chatFields, { model_config_id: JSON.stringify(names.chatConfigId), messages }],
		['/v4/chat-deployed', chatFields, { project: '"fuzz chats"', messages }],
		['/v4/chat', chatFields, { project: '"fuzz chats"', messages, model_config: chatConfig }],
	];
	const posts = fc.oneof(
		{
			weight: 6,
			arbitrary: fc
				.constantFrom(...otherCalls)
				.chain(([path, fields, required]) => fc.tuple(fc.constant(path), spoilt(bodyOf(fields, required)))),
		},
		{
			weight: 6,
			arbitrary: fc.tuple(
				fc.constant('/v4/completion-model-config'),
				spoilt(bodyOf(completionFields, { model_config_id: JSON.stringify(configId), inputs: '{"ticket":"x"}' })),
			),
		},
		{
			weight: 1,
			arbitrary: fc.tuple(
				fc.constant('/v4/model-configs'),
				spoilt(bodyOf(configFields, { project: '"fuzz"', model: '"mock-1"', provider: '"mock"' })),
			),
		},
		{ weight: 2, arbitrary: fc.tuple(fc.constant('/v4/logs'), spoilt(log)) },
		{ weight: 2, arbitrary: fc.tuple(fc.constant('/v4/feedback'), spoilt(feedback)) },
		{
			weight: 1,
			arbitrary: fc.tuple(fc.constant('/v4/sessions'), spoilt(fc.oneof(fc.constantFrom('', '{}', 'null'), jsonText))),
		},
	);
	const post = fc
		.tuple(posts, headers, mostly('POST', fc.constantFrom('PUT', 'DELETE', 'PATCH', 'OPTIONS')))
		.map(([[path, body], given, method]) => ({
			bytes: Buffer.concat([head(method, path, { ...given, 'Content-Length': String(body.length) }), body]),
			ends: given.Expect !== undefined,
			isHead: false,
		}));
	const chunked = fc.tuple(posts, headers).map(([[path, body], given]) => ({
		bytes: Buffer.concat([
			head('POST', path, { ...given, 'Transfer-Encoding': 'chunked' }),
			...(body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]),
			Buffer.from('0\r\n\r\n'),
		]),
		ends: given.Expect !== undefined,
		isHead: false,
	}));
	const get = fc.tuple(gets(names), headers, mostly('GET', fc.constantFrom('HEAD'))).map(([path, given, method]) => ({
		bytes: head(method, path, given),
		ends: given.Expect !== undefined,
		isHead: method === 'HEAD',
	}));
	const misframed = fc
		.tuple(posts, headers, fc.constantFrom('9', '99999', '-1', '1e3', '99999999', 'x', '1, 2'))
		.map(([[path, body], given, length]) => ({
			bytes: Buffer.concat([head('POST', path, { ...given, 'Content-Length': length }), body]),
			ends: true,
			isHead: false,
		}));
	const spoiltHead = fc
		.tuple(get, fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ maxLength: 6 }))
		.map(([{ bytes, isHead }, at, junk]) => {
			const cut = Math.floor(bytes.length * at);
			return { bytes: Buffer.concat([bytes.subarray(0, cut), junk, bytes.subarray(cut)]), ends: true, isHead };
		});
	return fc.oneof(
		{ weight: 30, arbitrary: post },
		{ weight: 3, arbitrary: chunked },
		{ weight: 10, arbitrary: get },
		{ weight: 1, arbitrary: misframed },
		{ weight: 1, arbitrary: spoiltHead },
	);
}
