import { latencyBucketOf } from '../domain/costs/usageLatency.ts';
import type { CallUsage, UsageCounts } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import type { Database } from './tables.ts';
import { addToTotals, countColumns, latencyColumns, type UsageSum } from './usage.ts';

/** Whether counts can be added without losing any. */
function canAdd(sum: UsageCounts, counts: UsageCounts): boolean {
	return countColumns.every(({ name }) => Number.isSafeInteger(sum[name] + counts[name]));
}

/** What calls add to the totals. Those that change the same numbers of the same rows are one change. */
export class UsageSums {
	readonly #sums = new Map<string, UsageSum>();

	add(usage: CallUsage): void {
		const { latency, counts, ...key } = usage;
		const bucket = latency === null ? latencyColumns.length : latencyBucketOf(latency);
		this.#add({ key, bucket, inBucket: 1, counts: { ...counts } });
	}

	addAll(other: UsageSums): void {
		for (const sum of other.#sums.values()) this.#add(sum);
	}

	/** Writes the sums and forgets them. */
	async write(dialect: DialectName, db: Database): Promise<void> {
		const sums = [...this.#sums.values()];
		this.#sums.clear();
		for (const sum of sums) await addToTotals(dialect, db, sum);
	}

	#add(added: UsageSum): void {
		const { key, bucket, counts } = added;
		const { day, projectId, configId, environment, sessionId, apiKeyId, workflowId, provider, model } = key;
		const place = JSON.stringify([
			...[day, projectId, configId, environment, sessionId, apiKeyId, workflowId, provider, model],
			bucket,
		]);
		const sum = this.#sums.get(place);
		if (sum === undefined) this.#sums.set(place, added);
		else if (canAdd(sum.counts, counts)) {
			sum.inBucket += added.inBucket;
			for (const { name } of countColumns) sum.counts[name] += counts[name];
		} else this.#sums.set(`${place} ${this.#sums.size}`, added);
	}
}
