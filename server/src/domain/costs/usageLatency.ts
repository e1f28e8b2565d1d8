/**
 * The upper limits of the buckets that totals count latencies in, in seconds. One more bucket has what is above the last
 * limit. Each limit is at most half as much again as the one before, from what a model takes at least to the longest
 * time that a provider gets. Each bucket is a column of the table, so a change needs a migration.
 */
export const latencyLimits: readonly number[] = [
	...[0.06, 0.08],
	...[0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8],
	...[1, 1.5, 2, 3, 4, 6, 8],
	...[10, 15, 20, 30, 40, 60, 80],
	...[100, 150, 200, 300, 400, 600],
];

/** The position of the bucket that a latency in seconds is counted in. */
export function latencyBucketOf(seconds: number): number {
	const position = latencyLimits.findIndex((limit) => seconds <= limit);
	return position === -1 ? latencyLimits.length : position;
}

/**
 * The latency in seconds, in whole milliseconds, that the share `quantile` (0 to 1) of the counted calls did not exceed.
 * Between the limits of a bucket, it takes the calls as evenly spread, as Prometheus's `histogram_quantile` does: the result
 * is in the right bucket. For the bucket without an upper limit, it is the highest limit. null if no call is counted.
 */
export function latencyQuantile(buckets: readonly number[], quantile: number): number | null {
	const rank = quantile * buckets.reduce((sum, count) => sum + count, 0);
	let below = 0;
	for (const [position, count] of buckets.entries()) {
		if (count > 0 && below + count >= rank) {
			const lower = latencyLimits[position - 1] ?? 0;
			const upper = latencyLimits[position] ?? lower;
			return Math.round(1000 * (lower + (upper - lower) * ((rank - below) / count))) / 1000;
		}
		below += count;
	}
	return null;
}
