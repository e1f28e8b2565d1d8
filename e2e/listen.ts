import assert from 'node:assert/strict';
import type { StructuredChunk } from 'n8n-workflow';

export interface Arrival extends StructuredChunk {
	/** When it arrived, in milliseconds since 1970. */
	at: number;
}

/**
 * Calls a webhook that answers in streaming mode and notes when each line arrives.
 *
 * @param node the name of the node whose chunks are of interest
 */
export async function listenTo(url: string, body: object, node: string, signal?: AbortSignal): Promise<Arrival[]> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
		signal,
	});
	assert.ok(response.ok && response.body, `${url} answers with ${response.status}`);
	const arrivals: Arrival[] = [];
	let rest = '';
	for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
		const lines = (rest + text).split('\n');
		rest = lines.pop()!;
		arrivals.push(...lines.map((line) => ({ ...(JSON.parse(line) as StructuredChunk), at: Date.now() })));
	}
	assert.equal(rest, '', 'the last line is whole');
	return arrivals.filter(({ metadata }) => metadata.nodeName === node);
}
