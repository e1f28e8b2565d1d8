import { countCalls } from './counts.ts';
import { percentile } from './figures.ts';
import { load } from './load.ts';
import type { Provider } from './provider.ts';
import type { Call, Way, WayId } from './ways.ts';

/** Requests of one kind that a way gets. */
export interface Case {
	way: Way;
	connections: number;
	call?: Call;
	/** What differs between the cases of a series: the number of connections, of samples, and so on. */
	x: number;
}

/** What a way did with one case in one round. */
export interface RequestRound {
	way: WayId;
	x: number;
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

/** Sends so many requests, and counts that none was lost or sent twice. */
async function measure({ way, connections, call = {} }: Case, provider: Provider, amount: number) {
	await way.before?.();
	const check = await countCalls(way, provider);
	const used = way.processorMs();
	const { rate, latencies } = await load(way, connections, amount, way.bodyOf(call));
	const cpuMicros = ((way.processorMs() - used) * 1000) / amount;
	await check(amount, call.samples);
	await way.after?.();
	return { rate, cpuMicros, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), requests: amount };
}

export interface RequestPlan {
	cases: Case[];
	/** Of the stand-in. */
	delayMs?: number;
	rounds: number;
	/** How long one case should take. */
	seconds: number;
}

/** Requests for each second that are expected of a way of which nothing is known. */
const expectedRate = 300;

/** All cases in turn, round by round, after round 0, which warms up. `print` gets each result. */
export async function measureRequests(
	{ cases, delayMs = 0, rounds, seconds }: RequestPlan,
	provider: Provider,
	print: (round: RequestRound) => void,
): Promise<RequestRound[]> {
	const all: RequestRound[] = [];
	await provider.set({ delayMs });
	// The round before shows how many requests fit into the time.
	const rates = new Map<Case, number>();
	for (let round = 0; round <= rounds; round++) {
		for (const one of cases) {
			const { way, connections, x } = one;
			const amount = Math.max(connections * 4, 20, Math.round((rates.get(one) ?? expectedRate) * seconds));
			const result = await measure(one, provider, amount);
			rates.set(one, result.rate);
			const done = { way: way.id, x, round, ...result };
			print(done);
			if (round > 0) all.push(done);
		}
	}
	await provider.set({ delayMs: 0 });
	return all;
}
