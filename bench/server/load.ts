import autocannon from 'autocannon';

import type { Way } from './ways.ts';

export interface LoadResult {
	/** Requests for each second, from the first one sent to the last response. */
	rate: number;
	/** Milliseconds of each request, from the shortest on. */
	latencies: number[];
}

/** A share of the responses is read in whole. All have their status checked. */
const readShare = 0.05;

let keys = 0;
const keyPrefix = `bench-${process.pid}`;

/**
 * Sends so many requests over so many connections, each one when the response before it has come.
 *
 * @throws an error when one of them fails, or does not get what the stand-in says
 */
export async function load(way: Way, connections: number, amount: number, body: string): Promise<LoadResult> {
	const { url, headers, keyed } = way;
	const latencies: number[] = [];
	const problems: string[] = [];
	const startedAt = performance.now();
	let endedAt = startedAt;
	const options: autocannon.Options = {
		url,
		connections,
		amount,
		timeout: 120,
		// How often autocannon looks whether it is done, in milliseconds.
		sampleInt: 50,
		requests: [
			{
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				body,
				// With and without a key, each request is built when it is sent. So the load costs the same for all.
				setupRequest(request) {
					request.headers![keyed ? 'idempotency-key' : 'x-number'] = `${keyPrefix}-${keys++}`;
					return request;
				},
				onResponse(status, text) {
					if (status !== 200 || (Math.random() < readShare && !text.includes(way.expected)))
						problems.push(`${status} ${text.slice(0, 500)}`);
				},
			},
		],
	};
	await new Promise<void>((resolve, reject) => {
		const running = autocannon(options, (error: Error | null) => (error ? reject(error) : resolve()));
		running.on('response', (_client, _status, _bytes, milliseconds) => {
			latencies.push(milliseconds);
			endedAt = performance.now();
		});
		running.on('reqError', (error: Error) => problems.push(error.message));
	});
	if (latencies.length !== amount) problems.push(`${latencies.length} of ${amount} requests were answered`);
	if (problems.length > 0) throw new Error(`${way.title}: ${problems.length} requests failed: ${problems[0]}`);
	return { rate: (amount / (endedAt - startedAt)) * 1000, latencies: latencies.sort((a, b) => a - b) };
}
