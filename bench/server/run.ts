import { setTimeout as sleep } from 'node:timers/promises';

import { timeSyncs } from './disk.ts';
import { measureGrowth } from './growth.ts';
import { startServer } from './humanloop.ts';
import { atRest, MemoryWatch } from './memory.ts';
import type { Part, Plan } from './plan.ts';
import { startProvider } from './provider.ts';
import { measureRequests, type RequestRound } from './requests.ts';
import { emptyResults, type Results } from './results.ts';
import { startWays, type Started, type StartOptions } from './startWays.ts';
import { measureStreams, type StreamRound } from './streams.ts';
import type { WayId } from './ways.ts';

const streamed: WayId[] = ['proxy', 'portkey', 'sqlite', 'sqlite-key', 'postgres-key'];
const grown: WayId[] = ['proxy', 'sqlite-key'];

function figuresOf(round: RequestRound | StreamRound): string {
	if ('rate' in round)
		return `${round.rate.toFixed(0)}/s, p50 ${round.p50.toFixed(2)} ms, p99 ${round.p99.toFixed(2)} ms`;
	const first = `first token p50 ${round.firstP50.toFixed(1)} ms, p99 ${round.firstP99.toFixed(1)} ms`;
	return `${first}, later ones p50 ${round.lagP50.toFixed(1)} ms, p99 ${round.lagP99.toFixed(1)} ms`;
}

/** @returns what prints each round of a series, and ends the series when the signal aborts */
function progress(signal: AbortSignal, what: string) {
	return (one: RequestRound | StreamRound) => {
		signal.throwIfAborted();
		const { round, x, way, cpuMicros } = one;
		console.log(`round ${round}, ${x} ${what}, ${way}: ${figuresOf(one)}, ${cpuMicros.toFixed(0)} µs CPU`);
	};
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

/** Measures all parts but the starts, and puts what it finds into `results`. */
async function measureParts(
	{ ways, provider }: Started,
	{ rate, latency, firstToken, streams, growth }: Plan,
	wanted: Set<Part>,
	options: StartOptions,
	results: Results,
): Promise<void> {
	const print = (what: string) => progress(options.signal, what);
	const some = (ids: WayId[]) => ways.filter(({ id }) => ids.includes(id));
	if (wanted.has('rate')) {
		const cases = rate.connections.flatMap((x) => ways.map((way) => ({ way, x, connections: x })));
		results.rate = await measureRequests({ ...rate, cases }, provider, print('connections'));
	}
	if (wanted.has('latency')) {
		const { connections, delayMs } = latency;
		const cases = some([...streamed, 'postgres']).map((way) => ({ way, x: connections, connections }));
		const what = `connections, provider ${delayMs} ms`;
		results.latency = await measureRequests({ ...latency, cases }, provider, print(what));
	}
	if (wanted.has('streams')) {
		results.firstToken = await measureStreams(some(streamed), provider, firstToken, print('streams in turn'));
		results.streams = await measureStreams(some(streamed), provider, streams, print('streams at once'));
	}
	if (wanted.has('growth')) {
		const server = { ...options, providerUrl: provider.url };
		const { cache } = options;
		results.growth = await measureGrowth({ plan: growth, provider, ways: some(grown), server, cache, print });
	}
}

async function measureRunning(plan: Plan, wanted: Set<Part>, options: StartOptions, results: Results): Promise<void> {
	const started = await startWays(options);
	try {
		results.titles = Object.fromEntries(started.ways.map(({ id, title }) => [id, title]));
		const programs = started.ways.map(({ program }) => [program.service.name, program] as const);
		const watch = new MemoryWatch(Object.fromEntries(programs));
		try {
			await measureParts(started, plan, wanted, options, results);
			results.peakMb = watch.peaks();
		} finally {
			watch.stop();
		}
		results.memory = watch.samples;
	} finally {
		await started.stop();
	}
}

/** Measures the parts that are wanted. */
export async function run(plan: Plan, wanted: Set<Part>, options: StartOptions): Promise<Results> {
	const startedAt = performance.now();
	const results = emptyResults();
	results.syncs.push(await timeSyncs(options.folder));
	if (wanted.has('start')) results.starts = await measureStarts(plan.starts, options);
	if ([...wanted].some((part) => part !== 'start')) await measureRunning(plan, wanted, options, results);
	results.syncs.push(await timeSyncs(options.folder));
	results.minutes = (performance.now() - startedAt) / 60_000;
	return results;
}
