import { setTimeout as wait } from 'node:timers/promises';

import type { Humanloop } from '../server/humanloop.ts';
import { MemoryWatch, type MemorySample } from '../server/memory.ts';
import { callOf, searchOf, send } from './calls.ts';

export interface SoakOptions {
	minutes: number;
	callsPerSecond: number;
	searchesPerSecond: number;
}

/** One minute of a soak. Latencies are in milliseconds. */
export interface Minute {
	minute: number;
	calls: number;
	failed: number;
	p50: number;
	p99: number;
	searchP50: number;
	searchP99: number;
	residentMb: number;
}

export interface SoakReport {
	minutes: Minute[];
	/** Twice each second. */
	memory: MemorySample[];
	calls: number;
	/** Calls by their outcome: a status, `cut` for a stream without its end, or `none` if no response came. */
	outcomes: Map<string, number>;
	searches: number;
	/** Searches whose response was no 200. */
	failedSearches: number;
	/** Repeats of keyed calls, and those of them that got another log than the first. */
	repeats: number;
	otherLogs: number;
	/** Of the last thousand logs that a response named, those that are not stored. */
	lostLogs: number;
	peakMb: number;
}

function percentile(latencies: number[], share: number): number {
	const sorted = latencies.toSorted((a, b) => a - b);
	return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** The name of the server's memory in the samples. */
export const watched = 'server';

/** Keeps a server busy with calls and searches at fixed rates, and counts what came of them. */
class Soak {
	readonly report: SoakReport = {
		minutes: [],
		memory: [],
		calls: 0,
		outcomes: new Map(),
		searches: 0,
		failedSearches: 0,
		repeats: 0,
		otherLogs: 0,
		lostLogs: 0,
		peakMb: 0,
	};
	readonly #server: Humanloop;
	readonly #running = new Set<Promise<void>>();
	#latencies: number[] = [];
	#searchLatencies: number[] = [];
	#failed = 0;
	#logIds: string[] = [];

	constructor(server: Humanloop) {
		this.#server = server;
	}

	async #call(number: number): Promise<void> {
		const { report } = this;
		const call = callOf(number, this.#server);
		const startedAt = performance.now();
		const first = await send(this.#server, call);
		this.#latencies.push(performance.now() - startedAt);
		report.outcomes.set(first.outcome, (report.outcomes.get(first.outcome) ?? 0) + 1);
		if (first.outcome !== '200') this.#failed += 1;
		if (first.logId === undefined) return;
		this.#logIds = [...this.#logIds.slice(-999), first.logId];
		// Each tenth keyed call is repeated.
		if (call.key === undefined || number % 10 !== 3) return;
		report.repeats += 1;
		const repeat = await send(this.#server, call);
		if (repeat.logId !== first.logId) report.otherLogs += 1;
	}

	async #search(number: number): Promise<void> {
		const { path, params } = searchOf(number, this.#server.projectId);
		const startedAt = performance.now();
		try {
			await this.#server.api.get(path, { params });
		} catch {
			this.report.failedSearches += 1;
		}
		this.#searchLatencies.push(performance.now() - startedAt);
	}

	#start(work: Promise<void>): void {
		const running = work.finally(() => this.#running.delete(running));
		this.#running.add(running);
	}

	#endMinute(minute: number, calls: number, residentMb: number): Minute {
		const ended: Minute = {
			minute,
			calls,
			failed: this.#failed,
			p50: percentile(this.#latencies, 0.5),
			p99: percentile(this.#latencies, 0.99),
			searchP50: percentile(this.#searchLatencies, 0.5),
			searchP99: percentile(this.#searchLatencies, 0.99),
			residentMb,
		};
		this.#latencies = [];
		this.#searchLatencies = [];
		this.#failed = 0;
		this.report.minutes.push(ended);
		return ended;
	}

	async run({ minutes, callsPerSecond, searchesPerSecond }: SoakOptions, onMinute: (minute: Minute) => void) {
		const { report } = this;
		const memory = new MemoryWatch({ [watched]: this.#server });
		const startedAt = performance.now();
		try {
			for (let minute = 1; minute <= minutes; minute += 1) {
				const before = report.calls;
				while (performance.now() - startedAt < minute * 60_000) {
					const seconds = (performance.now() - startedAt) / 1000;
					while (report.calls < seconds * callsPerSecond) this.#start(this.#call((report.calls += 1)));
					while (report.searches < seconds * searchesPerSecond) this.#start(this.#search((report.searches += 1)));
					await wait(5);
				}
				const residentMb = Math.round(memory.samples.at(-1)?.residentMb[watched] ?? NaN);
				onMinute(this.#endMinute(minute, report.calls - before, residentMb));
			}
			await Promise.all(this.#running);
			report.memory = memory.samples;
			report.peakMb = Math.round(memory.peaks()[watched] ?? NaN);
		} finally {
			memory.stop();
		}
		for (const id of this.#logIds) {
			const { status } = await this.#server.api.get(`/logs/${id}`, { validateStatus: () => true });
			if (status !== 200) report.lostLogs += 1;
		}
	}
}

/** Sends calls and searches at fixed rates. `onMinute` gets each minute as it ends. */
export async function soak(
	server: Humanloop,
	options: SoakOptions,
	onMinute: (minute: Minute) => void,
): Promise<SoakReport> {
	const run = new Soak(server);
	await run.run(options, onMinute);
	return run.report;
}
