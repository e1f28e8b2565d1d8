import { median } from '../table.ts';
import type { WayId } from './ways.ts';

/** The value below which that share of the values lies. They are in ascending order. */
export function percentile(sorted: number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What the rounds of all series have. */
export interface AnyRound {
	way: WayId;
	x: number;
	round: number;
}

/** The least, the median and the most of some rounds. */
export interface Spread {
	least: number;
	median: number;
	most: number;
}

/** Undefined if there are no values. */
export function spreadOf(values: number[]): Spread | undefined {
	if (values.length === 0) return undefined;
	return { least: Math.min(...values), median: median(values), most: Math.max(...values) };
}

/** A figure of a way at one x, over the rounds. */
export function spread<R extends AnyRound>(rounds: R[], way: WayId, x: number, figure: (round: R) => number) {
	return spreadOf(rounds.filter((round) => round.way === way && round.x === x).map(figure));
}

/** The same, compared round by round with that of another way, or of the same way at another x. */
export function compared<R extends AnyRound>(
	rounds: R[],
	{ way, x }: { way: WayId; x: number },
	base: { way: WayId; x: number },
	figure: (round: R) => number,
	compare: (value: number, other: number) => number,
): Spread | undefined {
	const pairs = rounds
		.filter((round) => round.way === way && round.x === x)
		.map((round) => {
			const isBase = (one: R) => one.way === base.way && one.x === base.x && one.round === round.round;
			return [round, rounds.find(isBase)] as const;
		});
	return spreadOf(pairs.flatMap(([round, other]) => (other ? [compare(figure(round), figure(other))] : [])));
}

export const ratio = (value: number, other: number) => value / other;
export const difference = (value: number, other: number) => value - other;

/** The different x of some rounds, in ascending order. */
export function xsOf(rounds: AnyRound[]): number[] {
	return [...new Set(rounds.map(({ x }) => x))].sort((a, b) => a - b);
}

/** The different ways of some rounds, in the order in which they ran. */
export function waysOf(rounds: AnyRound[]): WayId[] {
	return [...new Set(rounds.map(({ way }) => way))];
}
