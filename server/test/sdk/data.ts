import assert from 'node:assert/strict';
import type {
	HumanloopError,
	ModelConfigChatRequest,
	ModelConfigCompletionRequest,
	ProjectConfigResponse,
} from 'humanloop';
import type { Server } from './client.ts';

type Sdk = Server['sdk'];

/** What the mock model says to the first sample and to the second one. */
export const replies = ['The parcel arrives on Monday.', 'Your parcel is on its way – möglichst bald. 📦'];
const other = { humanloop_server: { mock: { otherwise: replies } } };

export const completionConfig = {
	provider: 'mock',
	model: 'mock-1',
	prompt_template: 'Answer the ticket: {{ticket}}',
	temperature: 0.5,
	other,
} satisfies ModelConfigCompletionRequest;

export const chatConfig = {
	provider: 'mock',
	model: 'mock-1',
	chat_template: [{ role: 'system', content: 'You answer for {{shop}}.' }],
	other,
} satisfies ModelConfigChatRequest;

export const weatherTool = {
	name: 'get_weather',
	description: 'The weather of a city.',
	parameters: {
		type: 'object',
		properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
		required: ['city', 'unit'],
	},
};

/** Stores the completion config in a project, where it becomes the active one if it is the first. */
export async function registerCompletion(sdk: Sdk, project: string, more = {}): Promise<ProjectConfigResponse> {
	return (await sdk.modelConfigs.register({ project, ...completionConfig, ...more })).data;
}

export async function registerChat(sdk: Sdk, project: string, more = {}): Promise<ProjectConfigResponse> {
	return (await sdk.modelConfigs.register({ project, ...chatConfig, endpoint: 'chat', ...more })).data;
}

/** The ID of the model config in a response. The SDK's type has configs without one. */
export function idOf({ config }: ProjectConfigResponse): string {
	return (config as { id: string }).id;
}

export type Failure = { status: number; detail: { type: string; message: string; code: number; origin: string } };

/** The error that the SDK throws. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
	try {
		await call;
	} catch (error) {
		const { status, responseBody } = error as HumanloopError;
		return { status: status as number, detail: (responseBody as Pick<Failure, 'detail'>).detail };
	}
	throw new Error('The call did not fail.');
}

/** An event as the SDK's reader passes it on. */
export type Chunk = {
	id: string;
	index: number;
	output: string;
	finish_reason: string | null;
	model_config_id: string;
	project_id: string | null;
	output_message?: { role: string; content: string | null; tool_calls?: unknown[] | null };
};

/** Reads a stream of the SDK to its end. */
export async function readChunks(stream: ReadableStream): Promise<Chunk[]> {
	const decoder = new TextDecoder();
	const chunks: Chunk[] = [];
	for await (const bytes of stream as ReadableStream<Uint8Array>) {
		chunks.push(JSON.parse(decoder.decode(bytes)) as Chunk);
	}
	return chunks;
}

/** The events of one sample, in their order. The last one alone must have a finish reason. */
export function chunksOfSample(chunks: Chunk[], index: number): Chunk[] {
	const own = chunks.filter((chunk) => chunk.index === index);
	assert.equal(new Set(own.map(({ id }) => id)).size, 1);
	assert.deepEqual(
		own.map(({ finish_reason }) => finish_reason !== null),
		own.map((_, at) => at === own.length - 1),
	);
	return own;
}
