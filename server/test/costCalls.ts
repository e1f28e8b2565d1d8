import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startHost } from './host.ts';
import { tempDir } from './setup.ts';

/** What a host says of the tokens of each request, in OpenAI's form. */
export type HostUsage = {
	prompt_tokens: number;
	completion_tokens: number;
	prompt_tokens_details?: { cached_tokens: number };
	completion_tokens_details?: { reasoning_tokens: number };
};

type Counted = HostUsage | number | null;

/**
 * A host that answers each request with at most `perRequest` samples and the usage that `usageOf` says; null: none. A number
 * is the status of a failure.
 */
export async function startCounting(t: TestContext, usageOf: () => Counted | Promise<Counted>, perRequest = 128) {
	return startHost(t, async (response, body) => {
		const { n = 1, stream, model } = JSON.parse(body) as { n?: number; stream?: boolean; model: string };
		const samples = Math.min(n, perRequest);
		const counted = await usageOf();
		if (typeof counted === 'number') {
			response.statusCode = counted;
			return response.end(JSON.stringify({ error: { message: 'trouble', type: 'x' } }));
		}
		const usage = counted && { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens };
		const indices = Array.from({ length: samples }, (_, index) => index);
		const head = { id: 'x', created: 1, model };
		if (stream !== true) {
			const message = { role: 'assistant', content: 'Hello' };
			const choices = indices.map((index) => ({ index, message, finish_reason: 'stop' }));
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
		}
		response.setHeader('content-type', 'text/event-stream');
		const write = (more: object) =>
			response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`);
		for (const index of indices) {
			write({ choices: [{ index, delta: { content: 'Hello' }, finish_reason: null }] });
			write({ choices: [{ index, delta: {}, finish_reason: 'stop' }] });
		}
		if (usage !== null) write({ choices: [], usage });
		return response.end('data: [DONE]\n\n');
	});
}

/** A file for PRICES_FILE. */
export function pricesFile(t: TestContext, entries: unknown): string {
	const file = join(tempDir(t), 'prices.json');
	writeFileSync(file, typeof entries === 'string' ? entries : JSON.stringify(entries));
	return file;
}

/** Dollars for a million tokens, each different. */
export const dollars = { prompt: 2, output: 10, cached_prompt: 0.5, cache_write: 3 };

/** The price of the model that `startWith` registers. */
export const gpt4o = [{ provider: 'openai', model: 'gpt-4o', usd_per_million_tokens: dollars }];

/** The dictionary in X-Cost, or in the comment at the end of a stream. */
export function parseCost(value: string | null | undefined): Record<string, string> {
	const parts = (value ?? '').split(', ').map((part) => part.split('='));
	return Object.fromEntries(parts.map(([name, text]) => [name, (text ?? '').replaceAll('"', '')] as const)) as Record<
		string,
		string
	>;
}
