import { spread, waysOf, xsOf, type AnyRound } from './figures.ts';
import { draw, type Line, type Plot } from './plots.ts';
import type { RequestRound } from './requests.ts';
import type { Results } from './results.ts';
import type { WayId } from './ways.ts';

/** Where they are, from the page's folder. */
export const pictureFolder = 'benchmarks-server';

/** The plots of the page, by file name, and what they show. */
export const pictureNames = {
	rate: 'Requests for each second over connections',
	latency: 'p50 of a request over connections',
	memory: 'Resident memory over time',
	logs: 'p50 of a call over stored logs',
	samples: 'p50 of a call over samples',
	prompt: 'p50 of a call over the size of its prompt',
	streams: 'p99 of tokens over streams at once',
} as const;
export type PictureName = keyof typeof pictureNames;

const colors: Record<WayId, string> = {
	proxy: '#8a8a8a',
	fastify: '#c9a227',
	portkey: '#d6455d',
	sqlite: '#3987e5',
	'sqlite-key': '#18a0a8',
	'sqlite-budget': '#7a6ff0',
	postgres: '#e07b39',
	'postgres-key': '#b0662f',
};

/** The programs whose memory is watched, by their names. */
export const programs: Record<string, { title: string; color: string }> = {
	proxy: { title: 'Bare node:http proxy', color: colors.proxy },
	emptyFastify: { title: 'Empty Fastify', color: colors.fastify },
	portkey: { title: "Portkey's gateway", color: colors.portkey },
	sqlite: { title: 'Ours on SQLite', color: colors.sqlite },
	postgres: { title: 'Ours on PostgreSQL', color: colors.postgres },
};

/** A line for each way: the medians over the rounds. */
function linesOf<R extends AnyRound>(rounds: R[], titles: Results['titles'], figure: (round: R) => number): Line[] {
	return waysOf(rounds).map((way) => ({
		name: titles[way] ?? way,
		color: colors[way],
		points: xsOf(rounds).flatMap((x) => {
			const found = spread(rounds, way, x, figure);
			return found ? [[x, found.median] as [number, number]] : [];
		}),
	}));
}

function memoryLines({ memory, peakMb }: Results): Line[] {
	return Object.keys(peakMb).map((name) => ({
		name: programs[name]!.title,
		color: programs[name]!.color,
		points: memory.map(({ seconds, residentMb }) => [seconds / 60, residentMb[name] ?? NaN]),
	}));
}

/** Of the streams, two figures of each way. */
function streamLines({ growth: { streams }, titles }: Results): Line[] {
	const first = linesOf(streams, titles, (round) => round.firstP99);
	const later = linesOf(streams, titles, (round) => round.lagP99);
	return [
		...first.map((line) => ({ ...line, name: `${line.name}: first token` })),
		...later.map((line) => ({ ...line, name: `${line.name}: later ones`, color: lighter[line.color] ?? line.color })),
	];
}

/** The plots of what was measured, as SVG, by their names. */
export function plotsOf(results: Results): Partial<Record<PictureName, string>> {
	const { rate, titles, growth } = results;
	const p50 = (rounds: RequestRound[]) => linesOf(rounds, titles, (round) => round.p50);
	const byConnections = { x: 'connections', logX: 4 };
	const ms = { y: 'ms' };
	const plots: Record<PictureName, Omit<Plot, 'title'>> = {
		rate: { ...byConnections, y: 'requests/s', lines: linesOf(rate, titles, (round) => round.rate) },
		latency: { ...byConnections, ...ms, logY: 10, lines: p50(rate) },
		memory: { x: 'minutes', y: 'MB', lines: memoryLines(results) },
		logs: { x: 'stored logs', ...ms, logX: 10, lines: p50(growth.logs) },
		samples: { x: 'samples', ...ms, lines: p50(growth.samples) },
		prompt: { x: 'bytes', ...ms, logX: 10, logY: 10, lines: p50(growth.promptBytes) },
		streams: { x: 'streams', ...ms, logX: 10, logY: 10, lines: streamLines(results) },
	};
	const drawn = Object.entries(plots)
		.filter(([, { lines }]) => lines.length > 0)
		.map(([name, plot]) => [name, draw({ ...plot, title: pictureNames[name as PictureName] })]);
	return Object.fromEntries(drawn) as Partial<Record<PictureName, string>>;
}

/** For the second figure of the same way. */
const lighter: Record<string, string> = { [colors.proxy]: '#c4c4c4', [colors['sqlite-key']]: '#7a6ff0' };
