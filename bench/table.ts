import type { Measured } from './benchedN8n.ts';
import type { Counts, RunningHost } from './hosts/startHosts.ts';
import type { Way } from './workflows.ts';

export interface Round extends Pick<Measured, 'milliseconds' | 'answered'> {
	items: number;
	counts: Counts | undefined;
	/** The host's shortest time for the calls that it was asked, in milliseconds. */
	idealMs: number;
}

/** The rounds of one way, in the order in which they ran; all ways of a series have as many, in turn. */
export interface Result {
	way: Way;
	/** Of a run of its own. */
	peakBytes: Measured['peakBytes'];
	rounds: Round[];
}

export interface Series {
	host: RunningHost;
	items: number;
	results: Result[];
}

const header = [
	'Way',
	'Seconds (least–most)',
	'÷ HTTP Request',
	'÷ ideal',
	'Items lost',
	'Calls, of them refused',
	'Peak memory, MB',
];

/** A series as a table in Markdown, with medians over its rounds. Ratios are taken round by round, then their median. */
export function table({ results }: Series): string {
	const baseline = results.find(({ way }) => way.id === 'http')?.rounds;
	const rows = results.map(({ way, peakBytes, rounds }) => {
		const seconds = rounds.map(({ milliseconds }) => milliseconds / 1000);
		const ratios = rounds.map(({ milliseconds }, index) => milliseconds / (baseline?.[index]?.milliseconds ?? NaN));
		return [
			way.title,
			`${fixed(median(seconds))} (${fixed(Math.min(...seconds))}–${fixed(Math.max(...seconds))})`,
			fixed(median(ratios)),
			fixed(median(rounds.map(({ milliseconds, idealMs }) => milliseconds / idealMs))),
			perRound(rounds, ({ items, answered }) => items - answered),
			`${perRound(rounds, ({ counts }) => counts && counts.completions + counts.reads)}, ${perRound(rounds, ({ counts }) => counts?.refused)}`,
			peakBytes ? whole(peakBytes / 1e6) : '–',
		];
	});
	const [first, ...others] = header.map((_, index) => (index === 0 ? '---' : '---:'));
	return [header, [first, ...others], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The median, and the range where the rounds differ. */
function perRound(rounds: Round[], figure: (round: Round) => number | undefined): string {
	const figures = rounds.map(figure).filter((value) => value !== undefined);
	if (figures.length < rounds.length) return '–';
	const [least, most] = [Math.min(...figures), Math.max(...figures)].map(whole);
	return least === most ? least! : `${whole(median(figures))} (${least}–${most})`;
}

export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

const fixed = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : '–');
