import type { RequestPlan } from './requests.ts';
import type { StreamPlan } from './streams.ts';

export const parts = ['start', 'rate', 'latency', 'streams', 'growth'] as const;
export type Part = (typeof parts)[number];

type Repeats = Pick<RequestPlan, 'rounds' | 'seconds'>;

/** What is measured, and how often. */
export interface Plan {
	/** How often the server is started. */
	starts: number;
	rate: Repeats & { connections: number[] };
	latency: Repeats & { connections: number; delayMs: number };
	firstToken: StreamPlan;
	streams: StreamPlan;
	growth: Repeats & { logs: number[]; samples: number[]; promptBytes: number[]; streams: StreamPlan };
}

/** As models write: a token every tenth of a second. */
const talking = { delayMs: 0, tokens: 50, tokenMs: 100 };
const briefly = { delayMs: 0, tokens: 3, tokenMs: 2 };

const full: Plan = {
	starts: 3,
	rate: { connections: [1, 16, 64, 256], rounds: 5, seconds: 2.5 },
	latency: { connections: 16, delayMs: 20, rounds: 5, seconds: 3 },
	firstToken: { streams: [100], concurrency: 1, behavior: briefly, rounds: 5 },
	streams: { streams: [500], behavior: talking, rounds: 3 },
	growth: {
		rounds: 5,
		seconds: 1,
		logs: [1_000, 10_000, 100_000, 1_000_000],
		samples: [1, 2, 4, 8, 16, 32],
		promptBytes: [1_000, 10_000, 100_000, 1_000_000],
		streams: { streams: [1, 10, 100, 500, 1_000], behavior: { ...talking, tokens: 30 }, rounds: 2 },
	},
};

/** Shows that everything works. Its figures say little. */
const quick: Plan = {
	starts: 1,
	rate: { connections: [1, 16], rounds: 1, seconds: 0.3 },
	latency: { connections: 16, delayMs: 20, rounds: 1, seconds: 0.3 },
	firstToken: { streams: [5], concurrency: 1, behavior: briefly, rounds: 1 },
	streams: { streams: [30], behavior: { ...talking, tokens: 5 }, rounds: 1 },
	growth: {
		rounds: 1,
		seconds: 0.2,
		logs: [100, 1_000],
		samples: [1, 4],
		promptBytes: [1_000, 100_000],
		streams: { streams: [1, 10], behavior: { ...talking, tokens: 5 }, rounds: 1 },
	},
};

export interface Wanted {
	quick: boolean;
	rounds: number | undefined;
	seconds: number | undefined;
	connections: number[] | undefined;
	/** How many stored logs. */
	logs: number[] | undefined;
}

/** The full or the quick plan, with other numbers where they are given. */
export function planOf({ quick: isQuick, rounds, seconds, connections, logs }: Wanted): Plan {
	const plan = isQuick ? quick : full;
	const repeats = { ...(rounds === undefined ? {} : { rounds }), ...(seconds === undefined ? {} : { seconds }) };
	const streams = rounds === undefined ? {} : { rounds };
	return {
		starts: plan.starts,
		rate: { ...plan.rate, ...repeats, ...(connections === undefined ? {} : { connections }) },
		latency: { ...plan.latency, ...repeats },
		firstToken: { ...plan.firstToken, ...streams },
		streams: { ...plan.streams, ...streams },
		growth: {
			...plan.growth,
			...repeats,
			...(logs === undefined ? {} : { logs }),
			streams: { ...plan.growth.streams, ...streams },
		},
	};
}
