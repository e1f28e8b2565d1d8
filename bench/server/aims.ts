import { compared, difference, ratio, spread, spreadOf, xsOf } from './figures.ts';
import { text } from './markdown.ts';
import type { Results } from './results.ts';
import type { WayId } from './ways.ts';

/** What the server shall reach, and what it does. */
export interface Aim {
	what: string;
	/** The bound, such as "≥ 3". */
	bound: string;
	/** Undefined if it was not measured. */
	found: number | undefined;
	isReached: boolean;
}

const atLeast = (what: string, bound: number, found: number | undefined): Aim => ({
	what,
	bound: `≥ ${bound}`,
	found,
	isReached: found !== undefined && found >= bound,
});

const atMost = (what: string, bound: number, found: number | undefined): Aim => ({
	what,
	bound: `≤ ${bound}`,
	found,
	isReached: found !== undefined && found <= bound,
});

/** The larger one of what SQLite has without a key and with one. */
function worst(figureOf: (way: WayId) => number | undefined): number | undefined {
	const found = [figureOf('sqlite'), figureOf('sqlite-key')].filter((value) => value !== undefined);
	return found.length === 0 ? undefined : Math.max(...found);
}

function rateAims({ rate }: Results): Aim[] {
	const ratioTo = (way: WayId, base: WayId, x: number) =>
		compared(rate, { way, x }, { way: base, x }, (round) => round.rate, ratio)?.median;
	return [16, 64].flatMap((x) => [
		atLeast(`× Portkey, ${x} connections, no key`, 3, ratioTo('sqlite', 'portkey', x)),
		atLeast(`× bare proxy, ${x} connections, no key`, 0.4, ratioTo('sqlite', 'proxy', x)),
		atLeast(`× Portkey, ${x} connections, with a key`, 2.3, ratioTo('sqlite-key', 'portkey', x)),
		atLeast(`× bare proxy, ${x} connections, with a key`, 0.33, ratioTo('sqlite-key', 'proxy', x)),
	]);
}

function latencyAims({ latency, firstToken }: Results): Aim[] {
	const [x = 16] = xsOf(latency);
	const [count = 100] = xsOf(firstToken);
	const added = (figure: 'p50' | 'p99') =>
		worst((way) => compared(latency, { way, x }, { way: 'proxy', x }, (round) => round[figure], difference)?.median);
	const firstAdded = worst((way) => {
		const [ours, proxy] = [
			{ way, x: count },
			{ way: 'proxy' as const, x: count },
		];
		return compared(firstToken, ours, proxy, (round) => round.firstP50, difference)?.median;
	});
	return [
		atMost('Added to the proxy, provider 20 ms, 16 connections: p50, ms', 1, added('p50')),
		atMost('The same: p99, ms', 10, added('p99')),
		atMost('Added to the proxy until the first token: p50, ms', 2, firstAdded),
	];
}

function streamAims({ streams }: Results): Aim[] {
	const [x = 500] = xsOf(streams);
	const of = (figure: 'firstP99' | 'lagP99' | 'cpuMicros') =>
		worst((way) => spread(streams, way, x, (round) => round[figure])?.median);
	return [
		atMost(`${x} streams at once: first token p99, ms`, 500, of('firstP99')),
		atMost(`${x} streams at once: lag of later tokens p99, ms`, 30, of('lagP99')),
		atMost(`${x} streams at once: processor time for each token, µs`, 80, of('cpuMicros')),
	];
}

function memoryAims({ starts, peakMb }: Results): Aim[] {
	return [
		atMost('Resident memory after start, MB', 110, spreadOf(starts.package.map((start) => start.residentMb))?.median),
		atMost('Resident memory at most, over this whole run, MB', 200, peakMb.sqlite),
	];
}

function growthAims({ growth: { logs } }: Results): Aim[] {
	const [least = 0, ...others] = xsOf(logs);
	const most = others.at(-1) ?? least;
	const way = 'sqlite-key';
	const grown = compared(logs, { way, x: most }, { way, x: least }, (round) => round.p50, ratio)?.median;
	return [atMost(`p50 with ${most.toLocaleString('en')} logs, ÷ p50 with ${least.toLocaleString('en')}`, 1.1, grown)];
}

/** All aims that were measured. */
export function aimsOf(results: Results): Aim[] {
	const all = [rateAims, latencyAims, streamAims, memoryAims, growthAims].flatMap((aims) => aims(results));
	return all.filter(({ found }) => found !== undefined);
}

export function aimRow({ what, bound, found, isReached }: Aim): string[] {
	return [what, bound, text(found), isReached ? 'reached' : '**missed**'];
}
