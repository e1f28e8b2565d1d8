import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { ChatSampleFields } from '../src/contract/calls.ts';
import type { CompletionResponse } from '../src/contract/completions.ts';
import type { LogResponse } from '../src/contract/logs.ts';
import type { ModelConfigResponse, ProjectConfigResponse } from '../src/contract/modelConfigs.ts';
import type { ValidationDetail } from '../src/contract/validationErrors.ts';
import { type AppOptions, buildApp, type BuiltApp } from '../src/app.ts';
import { databaseUrlFor } from './storage/storage.ts';

/** Lists of at least three, so that the first places can be read without asking whether they are there. */
type List<T> = [T, T, T];
/** A sample of a completion does not have the fields of a chat's. */
type Sample = CompletionResponse['data'][number] & ChatSampleFields;

/** Every key that tests read of answers and events; which of them an answer has is what the tests are about. */
export type Body = Record<string, unknown> &
	Omit<CompletionResponse, 'data' | 'provider_responses' | 'provider_request' | 'usage' | 'session_id' | 'project_id'> &
	Omit<LogResponse, keyof CompletionResponse | 'duration' | 'provider_latency' | 'config'> &
	Omit<ProjectConfigResponse, keyof CompletionResponse | 'config'> & {
		data: List<Sample>;
		config: ModelConfigResponse;
		session_id: string;
		project_id: string;
		duration: number;
		provider_latency: number;
		name: string;
		usage: NonNullable<CompletionResponse['usage']>;
		provider_responses: List<ProviderBody>;
		provider_request: ProviderBody;
		detail: ValidationDetail[] & { type: string; message: string; code: number; origin: string };
		records: List<
			Omit<LogResponse, 'duration' | 'provider_latency' | 'config'> & {
				config: ModelConfigResponse;
				name: string;
				duration: number;
				provider_latency: number;
				active_config: ProjectConfigResponse;
			}
		>;
		page: number;
		total: number;
		length: number;
	};

/** What providers are sent and answer. */
export type ProviderBody = Record<string, unknown> & {
	object: string;
	prompt: string;
	n: number;
	logprobs: unknown;
	suffix: string;
	debug: string;
	stream_options: unknown;
	choices: List<{ logprobs: { tokens: string[] }; message: { content: string } }>;
};

export const apiKey = 'hl_sk_test0000000000000000000000000000000000000000000';

export function tempDir(t: TestContext): string {
	const dir = mkdtempSync(join(tmpdir(), 'humanloop-server-'));
	t.after(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
}

export type Api = BuiltApp & {
	dataDir: string;
	/** SQLite's file in it. */
	dataFile: string;
	/** Every log line that the server has written. */
	logged: string[];
	call(
		method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
		path: string,
		body?: unknown,
	): Promise<{ status: number; headers: Record<string, unknown>; body: Body; text: string }>;
	post(path: string, body?: unknown): ReturnType<Api['call']>;
	get(path: string): ReturnType<Api['call']>;
	/** Starts listening; the address of /v4. */
	listen(): Promise<string>;
	/** Registers a mock config and answers with its ID. */
	config(more?: Record<string, unknown>): Promise<string>;
};

/** The real server on a fresh database, called in-process; `listen` opens a socket where it matters. */
export async function startApi(t: TestContext, options: Partial<AppOptions> = {}): Promise<Api> {
	const dataDir = options.dataDir ?? tempDir(t);
	const logged: string[] = [];
	const built = await buildApp({
		dataDir,
		databaseUrl: databaseUrlFor(dataDir),
		apiKey,
		providers: { openai: {} },
		// Whether the page is built here makes no difference.
		pageFolder: join(dataDir, 'no page'),
		logLevel: 'debug',
		logStream: { write: (line) => logged.push(line) },
		...options,
	});
	t.after(() => built.app.close());
	const call: Api['call'] = async (method, path, body) => {
		const response = await built.app.inject({
			method,
			url: `/v4${path}`,
			headers: { 'x-api-key': apiKey, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
			...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
		});
		const isJson = String(response.headers['content-type']).includes('json');
		const json = (isJson ? JSON.parse(response.payload) : undefined) as Body;
		return { status: response.statusCode, headers: response.headers, body: json, text: response.payload };
	};
	return {
		...built,
		dataDir,
		dataFile: join(dataDir, 'humanloop.db'),
		logged,
		call,
		post: (path, body) => call('POST', path, body),
		get: (path) => call('GET', path),
		listen: async () => `${await built.app.listen({ host: '127.0.0.1', port: 0 })}/v4`,
		async config(more = {}) {
			const wanted = {
				project: 'tickets',
				provider: 'mock',
				model: 'mock-1',
				prompt_template: 'Answer the ticket: {{ticket}}',
			};
			const response = await call('POST', '/model-configs', { ...wanted, ...more });
			if (response.status !== 200) throw new Error(response.text);
			return response.body.config.id;
		},
	};
}

/** A call over a real socket. */
export function request(address: string, path: string, body: unknown, more: RequestInit = {}): Promise<Response> {
	return fetch(`${address}${path}`, {
		method: 'POST',
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify(body),
		...more,
	});
}

/** Every event of a stream, parsed; `broken` holds the error when the connection was cut. */
export async function readEvents(response: Response): Promise<{ events: Body[]; broken: unknown }> {
	const events: Body[] = [];
	try {
		const stream = response
			.body!.pipeThrough(new TextDecoderStream() as never)
			.pipeThrough(new EventSourceParserStream());
		for await (const event of stream as unknown as AsyncIterable<{ data: string }>)
			events.push(JSON.parse(event.data) as Body);
		return { events, broken: undefined };
	} catch (error) {
		return { events, broken: error };
	}
}
