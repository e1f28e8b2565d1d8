import { load } from './load.ts';
import type { Provider, Way, WayId } from './ways.ts';

/** What one way did in one round. */
export interface RateRound {
	way: WayId;
	connections: number;
	/** Of the stand-in. */
	delayMs: number;
	/** From 1 on. */
	round: number;
	requests: number;
	/** Requests for each second. */
	rate: number;
	/** Milliseconds. */
	p50: number;
	p99: number;
	/** Processor time of all threads and processes that work for the way, for each request. */
	cpuMicros: number;
}

export function percentile(sorted: number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * Sends so many requests and measures what they take.
 *
 * @throws an error when a request fails, when the stand-in was not asked once for each of them, or when our server has
 *   not stored one log for each of them
 */
export async function measure(way: Way, provider: Provider, connections: number, amount: number) {
	await way.before?.();
	const counts = async () => [await provider.calls(), (await way.humanloop?.logCount()) ?? 0] as const;
	const [calls, logs] = await counts();
	const used = way.processorMs();
	const { rate, latencies } = await load(way, connections, amount);
	const cpuMicros = ((way.processorMs() - used) * 1000) / amount;
	const [callsAfter, logsAfter] = await counts();
	await way.after?.();
	const expectedCalls = way.id === 'fastify' ? 0 : amount;
	if (callsAfter - calls !== expectedCalls)
		throw new Error(`${way.title}: ${amount} requests were ${callsAfter - calls} calls of the provider`);
	if (way.humanloop && logsAfter - logs !== amount)
		throw new Error(`${way.title}: ${amount} requests stored ${logsAfter - logs} logs`);
	return { rate, cpuMicros, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), requests: amount };
}

export interface RatePlan {
	connections: number[];
	delayMs: number;
	rounds: number;
	/** How long one way should take for each number of connections. */
	seconds: number;
}

/** All ways in turn, round by round. `print` gets each result. */
export async function measureRates(
	ways: Way[],
	provider: Provider,
	{ connections, delayMs, rounds, seconds }: RatePlan,
	print: (round: RateRound) => void,
): Promise<RateRound[]> {
	const all: RateRound[] = [];
	await provider.set({ delayMs });
	// How many requests fit into the time shows the round before; the first one is the warm-up.
	const rates = new Map<string, number>();
	for (let round = 0; round <= rounds; round++) {
		for (const count of connections) {
			for (const way of ways) {
				const id = `${way.id} ${count}`;
				const known = rates.get(id) ?? rates.get(way.id) ?? 500;
				const length = round === 0 ? Math.min(1, seconds) : seconds;
				const result = await measure(way, provider, count, Math.max(count * 4, Math.round(known * length)));
				rates.set(id, result.rate).set(way.id, result.rate);
				if (round === 0) continue;
				const done = { way: way.id, connections: count, delayMs, round, ...result };
				all.push(done);
				print(done);
			}
		}
	}
	await provider.set({ delayMs: 0 });
	return all;
}
