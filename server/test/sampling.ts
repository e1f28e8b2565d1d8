import type { TestContext } from 'node:test';
import type { ModelConfigRequest } from '../src/contract/modelConfigs.ts';
import type { Delta, FunctionTool, ProviderResult, Requests, Sampling } from '../src/domain/provider.ts';
import { newConfig } from '../src/domain/prompts/configs.ts';
import { createProviders, type ProviderSettings } from '../src/providers/registry.ts';
import { startHost } from './host.ts';

const once: Requests = {
	send: (_samples, request) => request(),
	succeeded: () => undefined,
	failed: () => undefined,
};

type Config = Omit<Partial<ModelConfigRequest>, 'other'> & { other?: Record<string, unknown> };

/** What a test asks for; `config` has the parameters that matter to it. */
export type Asked = Partial<Omit<Sampling, 'parameters'>> & { config?: Config; signal?: AbortSignal };

export type Ran = {
	request: Record<string, unknown>;
	operation: string;
	deltas: Delta[];
	outcome: ProviderResult;
};

/** Runs one call of a provider, without the rest of the server. Streamed or not, the outcome must be the same. */
export async function runCall(
	{ config, signal = new AbortController().signal, ...asked }: Asked,
	settings: ProviderSettings = { openai: {} },
): Promise<Ran> {
	const { parameters } = newConfig('p', { model: 'gpt-4o', provider: 'openai', ...config });
	const sampling: Sampling = {
		parameters,
		prompt: 'Hello',
		tools: [],
		inputs: {},
		numSamples: 1,
		stream: false,
		keys: {},
		...asked,
	};
	const provider = (await createProviders(settings, 1_000_000))[parameters.provider]!;
	const call = await provider.prepare(sampling);
	const { request, operation } = call;
	if (!sampling.stream) return { request, operation, deltas: [], outcome: await call.complete(signal, once) };
	const deltas: Delta[] = [];
	const pieces = call.stream(signal, once);
	for (;;) {
		const step = await pieces.next();
		if (step.done) return { request, operation, deltas, outcome: step.value };
		deltas.push(step.value);
	}
}

/** The text of a sample, put together from a stream's pieces. */
export function textOf({ deltas }: Ran, index: number): string {
	return deltas.map((delta) => (delta.index === index ? delta.text : '')).join('');
}

export function tool(name: string, parameters: Record<string, unknown> = { type: 'object' }): FunctionTool {
	return { type: 'function', function: { name, description: `The tool ${name}.`, parameters } };
}

export type Chunk = { index?: number; delta?: object; logprobs?: object; finish_reason?: string | null };

/** A host that answers plain calls with these choices, and streams these chunks of choices. */
export async function startChoices(
	t: TestContext,
	{ choices = [], chunks = [] }: { choices?: object[]; chunks?: Chunk[][] },
) {
	const head = { id: 'x', created: 1, model: 'm' };
	const host = await startHost(t, (response, body) => {
		if (!(JSON.parse(body) as { stream: boolean }).stream) {
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices }));
		}
		response.setHeader('content-type', 'text/event-stream');
		for (const some of chunks) {
			const chunk = { ...head, object: 'chat.completion.chunk', choices: some };
			response.write(`data: ${JSON.stringify(chunk)}\n\n`);
		}
		return response.end('data: [DONE]\n\n');
	});
	const sent = () => JSON.parse(host.state.bodies.at(-1) as string) as Record<string, unknown>;
	return { sent, run: (asked: Asked = {}) => runCall(asked, { openai: { baseUrl: host.url } }) };
}
