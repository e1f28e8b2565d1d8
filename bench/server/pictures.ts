import { spread, waysOf, xsOf, type AnyRound } from './figures.ts';
import { draw, type Line } from './plots.ts';
import type { Results } from './results.ts';
import type { WayId } from './ways.ts';

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
const programColors: Record<string, string> = { ...colors, emptyFastify: colors.fastify };

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
		name: name === 'sqlite' || name === 'postgres' ? `Ours on ${name === 'sqlite' ? 'SQLite' : 'PostgreSQL'}` : name,
		color: programColors[name] ?? '#8a8a8a',
		points: memory.map(({ seconds, residentMb }) => [seconds / 60, residentMb[name] ?? NaN]),
	}));
}

/** All plots as SVG, by their names. */
export function plotsOf(results: Results): Record<PictureName, string> {
	const { rate, titles, growth } = results;
	const title = (name: PictureName) => ({ title: pictureNames[name] });
	const [connections, ms] = ['connections', 'ms'];
	const firstTokens = linesOf(growth.streams, titles, (round) => round.firstP99);
	const laterTokens = linesOf(growth.streams, titles, (round) => round.lagP99);
	const streamLines = [
		...firstTokens.map((line) => ({ ...line, name: `${line.name}: first token` })),
		...laterTokens.map((line) => ({
			...line,
			name: `${line.name}: later ones`,
			color: lighter[line.color] ?? line.color,
		})),
	];
	const rates = linesOf(rate, titles, (round) => round.rate);
	const latencies = linesOf(rate, titles, (round) => round.p50);
	const logs = linesOf(growth.logs, titles, (round) => round.p50);
	const samples = linesOf(growth.samples, titles, (round) => round.p50);
	const prompts = linesOf(growth.promptBytes, titles, (round) => round.p50);
	return {
		rate: draw({ ...title('rate'), x: connections, y: 'requests/s', logX: true, lines: rates }),
		latency: draw({ ...title('latency'), x: connections, y: ms, logX: true, logY: true, lines: latencies }),
		memory: draw({ ...title('memory'), x: 'minutes', y: 'MB', lines: memoryLines(results) }),
		logs: draw({ ...title('logs'), x: 'stored logs', y: ms, logX: true, lines: logs }),
		samples: draw({ ...title('samples'), x: 'samples', y: ms, lines: samples }),
		prompt: draw({ ...title('prompt'), x: 'bytes', y: ms, logX: true, logY: true, lines: prompts }),
		streams: draw({ ...title('streams'), x: 'streams', y: ms, logX: true, logY: true, lines: streamLines }),
	};
}

/** For the second figure of the same way. */
const lighter: Record<string, string> = { [colors.proxy]: '#c4c4c4', [colors['sqlite-key']]: '#7a6ff0' };
