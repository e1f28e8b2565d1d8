import { randomUUID } from 'node:crypto';
import http from 'node:http';

import { countCalls } from './counts.ts';
import { percentile } from './figures.ts';
import { now, tokenPattern } from './tokens.ts';
import type { Behavior, Provider } from './provider.ts';
import type { Way, WayId } from './ways.ts';

/** Streams that began at once, or one after the other. Times are in milliseconds. */
export interface StreamRound {
	way: WayId;
	/** How many streams. */
	x: number;
	round: number;
	/** From the request to the first token. */
	firstP50: number;
	firstP99: number;
	/** How long a later token is under way from the stand-in to the caller. */
	lagP50: number;
	lagP99: number;
	/** Processor time for each token: all that the streams took, by their tokens. */
	cpuMicros: number;
}

interface Stream {
	firstMs: number;
	lags: number[];
}

/**
 * Sends a call and reads its stream.
 *
 * @throws an error when it fails or breaks off, or when a token is missing, comes twice or out of order
 */
async function readStream(way: Way, body: string, tokens: number, agent: http.Agent): Promise<Stream> {
	const key = way.keyed ? { 'idempotency-key': randomUUID() } : {};
	const headers = {
		'content-type': 'application/json',
		'content-length': Buffer.byteLength(body),
		...way.headers,
		...key,
	};
	return await new Promise((resolve, reject) => {
		const fail = (what: string) => reject(new Error(`${way.title}: a stream ${what}`));
		const sentAt = now();
		const request = http.request(way.url, { method: 'POST', headers, agent }, (response) => {
			const stream: Stream = { firstMs: NaN, lags: [] };
			let expected = 0;
			let rest = '';
			response.setEncoding('latin1').on('data', (piece: string) => {
				const arrivedAt = now();
				const text = rest + piece;
				let readTo = 0;
				for (const token of text.matchAll(tokenPattern)) {
					if (Number(token[1]) !== expected) return fail(`has token ${token[1]} in the place of ${expected}`);
					if (expected++ === 0) stream.firstMs = (arrivedAt - sentAt) / 1000;
					else stream.lags.push((arrivedAt - Number(token[2])) / 1000);
					readTo = token.index + token[0].length;
				}
				rest = text.slice(readTo);
			});
			response.once('end', () => {
				if (response.statusCode !== 200) fail(`is answered ${response.statusCode}: ${rest.slice(0, 500)}`);
				else if (expected !== tokens) fail(`has ${expected} of ${tokens} tokens: ${rest.slice(-500)}`);
				else resolve(stream);
			});
			response.once('error', (error) => fail(`broke off: ${error.message}`));
		});
		request.once('error', (error) => fail(`failed: ${error.message}`));
		request.end(body);
	});
}

/** `concurrency` streams at once, until there were so many. Checks that provider and logs count as many. */
async function run(way: Way, provider: Provider, tokens: number, streams: number, concurrency: number) {
	const check = await countCalls(way, provider);
	const agent = new http.Agent({ keepAlive: true });
	const body = way.bodyOf({ stream: true });
	const all: Stream[] = [];
	const used = way.processorMs();
	const caller = async (number: number) => {
		for (let index = number; index < streams; index += concurrency)
			all.push(await readStream(way, body, tokens, agent));
	};
	try {
		await Promise.all(Array.from({ length: concurrency }, (_, number) => caller(number)));
	} finally {
		agent.destroy();
	}
	const cpuMicros = ((way.processorMs() - used) * 1000) / (streams * tokens);
	await check(streams);
	const first = all.map(({ firstMs }) => firstMs).sort((a, b) => a - b);
	const lags = all.flatMap((stream) => stream.lags).sort((a, b) => a - b);
	return {
		firstP50: percentile(first, 0.5),
		firstP99: percentile(first, 0.99),
		lagP50: percentile(lags, 0.5),
		lagP99: percentile(lags, 0.99),
		cpuMicros,
	};
}

export interface StreamPlan {
	/** How many streams; a row each. */
	streams: number[];
	/** How many of them at once: all, or so many. */
	concurrency?: number;
	behavior: Behavior;
	rounds: number;
}

/** All ways in turn, round by round, after round 0, which warms up. `print` gets each result. */
export async function measureStreams(
	ways: Way[],
	provider: Provider,
	{ streams, concurrency, behavior, rounds }: StreamPlan,
	print: (round: StreamRound) => void,
): Promise<StreamRound[]> {
	const all: StreamRound[] = [];
	await provider.set(behavior);
	for (let round = 0; round <= rounds; round++) {
		for (const count of streams) {
			for (const way of ways) {
				const result = await run(way, provider, behavior.tokens, count, concurrency ?? count);
				const done = { way: way.id, x: count, round, ...result };
				print(done);
				if (round > 0) all.push(done);
			}
		}
	}
	await provider.set({ delayMs: 0 });
	return all;
}
