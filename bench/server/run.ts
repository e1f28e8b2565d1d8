import { setTimeout as sleep } from 'node:timers/promises';

import { timeSyncs } from './disk.ts';
import { measureGrowth } from './growth.ts';
import { startServer } from './humanloop.ts';
import { atRest, MemoryWatch } from './memory.ts';
import type { Part, Plan } from './plan.ts';
import { measureRequests, type RequestRound } from './requests.ts';
import { emptyResults, type Results } from './results.ts';
import { measureStreams, type StreamRound } from './streams.ts';
import { startAll, startProvider, type Started, type StartOptions, type WayId } from './ways.ts';

const streamed: WayId[] = ['proxy', 'portkey', 'sqlite', 'sqlite-key', 'postgres-key'];
const grown: WayId[] = ['proxy', 'sqlite-key'];

function print(what: string, round: RequestRound | StreamRound): void {
	const { way, x, cpuMicros } = round;
	const figures =
		'rate' in round
			? `${round.rate.toFixed(0)}/s, p50 ${round.p50.toFixed(2)} ms, p99 ${round.p99.toFixed(2)} ms`
			: `first token p50 ${round.firstP50.toFixed(1)} ms, p99 ${round.firstP99.toFixed(1)} ms, ` +
				`later ones p50 ${round.lagP50.toFixed(1)} ms, p99 ${round.lagP99.toFixed(1)} ms`;
	console.log(`round ${round.round}, ${x} ${what}, ${way}: ${figures}, ${cpuMicros.toFixed(0)} µs CPU`);
}

/** Until a start has settled. */
const settleMs = 3_000;

async function measureStarts(count: number, options: StartOptions): Promise<Results['starts']> {
	const provider = await startProvider(options.folder, options.signal);
	const starts: Results['starts'] = { package: [], source: [] };
	try {
		for (let index = 0; index < count; index++) {
			for (const kind of ['package', 'source'] as const) {
				const name = `start-${kind}-${index}`;
				const fromSource = kind === 'source';
				const server = await startServer({ ...options, name, providerUrl: provider.url, fromSource });
				await sleep(settleMs, undefined, { signal: options.signal });
				const found = atRest(server);
				starts[kind].push(found);
				await server.service.stop();
				console.log(`start of the ${kind}: ${found.residentMb.toFixed(0)} MB, ${found.startCpuMs} ms CPU`);
			}
		}
	} finally {
		await provider.service.stop();
	}
	return starts;
}

async function measureAll(started: Started, plan: Plan, wanted: Set<Part>, options: StartOptions, results: Results) {
	const { ways, provider } = started;
	const programs = ways.map(({ program }) => [program.service.name, program] as const);
	const watch = new MemoryWatch(Object.fromEntries(programs));
	const some = (ids: WayId[]) => ways.filter(({ id }) => ids.includes(id));
	const begin = (part: Part) => {
		options.signal.throwIfAborted();
		watch.part = part;
		return wanted.has(part);
	};
	const { rate, latency } = plan;
	if (begin('rate')) {
		const cases = rate.connections.flatMap((connections) => ways.map((way) => ({ way, connections, x: connections })));
		results.rate = await measureRequests({ ...rate, cases }, provider, (round) => print('connections', round));
	}
	if (begin('latency')) {
		const { connections } = latency;
		const cases = some([...streamed, 'postgres']).map((way) => ({ way, connections, x: connections }));
		results.latency = await measureRequests({ ...latency, cases }, provider, (round) =>
			print(`connections, provider ${latency.delayMs} ms`, round),
		);
	}
	if (begin('streams')) {
		const inTurn = (round: StreamRound) => print('streams in turn', round);
		results.firstToken = await measureStreams(some(streamed), provider, plan.firstToken, inTurn);
		const atOnce = (round: StreamRound) => print('streams at once', round);
		results.streams = await measureStreams(some(streamed), provider, plan.streams, atOnce);
	}
	if (begin('growth') && some(grown).length > 0) {
		const { cache, folder, signal, fromSource } = options;
		const server = { providerUrl: provider.url, folder, signal, fromSource };
		results.growth = await measureGrowth({ plan: plan.growth, provider, ways: some(grown), server, cache, print });
	}
	results.peakMb = watch.stop();
	results.memory = watch.samples;
}

/** Measures the parts that are wanted. */
export async function run(plan: Plan, wanted: Set<Part>, options: StartOptions): Promise<Results> {
	const startedAt = performance.now();
	const results = emptyResults();
	results.syncs.push(await timeSyncs(options.folder));
	if (wanted.has('start')) results.starts = await measureStarts(plan.starts, options);
	if (wanted.size > (wanted.has('start') ? 1 : 0)) {
		const started = await startAll(options);
		results.titles = Object.fromEntries(started.ways.map(({ id, title }) => [id, title]));
		try {
			await measureAll(started, plan, wanted, options, results);
		} finally {
			await started.stop();
		}
	}
	results.syncs.push(await timeSyncs(options.folder));
	results.minutes = (performance.now() - startedAt) / 60_000;
	return results;
}
