import { totalCost } from '../api/cost.ts';
import type { Pair, Side } from './pairs.ts';

/** What one version did in a run. */
export interface Sums {
	better: number;
	failed: number;
	/** US dollars of the calls whose cost is known. null: it is known of none. */
	cost: number | null;
	/** How many answers have a cost that is not known. */
	unpriced: number;
	/** Seconds. null: there is no answer. */
	medianSeconds: number | null;
}

export interface RunSums extends Record<Side, Sums> {
	same: number;
	rated: number;
	/** Inputs that both versions have answered, so that they can be rated. */
	rateable: number;
}

function median(values: number[]): number | null {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	if (sorted.length === 0) return null;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function sumsOf(pairs: Pair[], side: Side): Sums {
	const answers = pairs.map((pair) => pair[side]);
	const good = answers.flatMap(({ log, error }) => (log && error === undefined ? [log] : []));
	const costs = good.map(totalCost).filter((cost) => cost !== null);
	return {
		better: pairs.filter(({ verdict }) => verdict === side).length,
		failed: answers.filter(({ error }) => error !== undefined).length,
		cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
		unpriced: good.length - costs.length,
		medianSeconds: median(good.map(({ duration }) => duration).filter((seconds) => seconds !== null)),
	};
}

/** What a run has shown. */
export function runSums(pairs: Pair[]): RunSums {
	return {
		left: sumsOf(pairs, 'left'),
		right: sumsOf(pairs, 'right'),
		same: pairs.filter(({ verdict }) => verdict === 'same').length,
		rated: pairs.filter(({ verdict }) => verdict !== undefined).length,
		rateable: pairs.filter(({ left, right }) => left.log && right.log).length,
	};
}
