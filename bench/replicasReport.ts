import { cpus } from 'node:os';

import { median } from './table.ts';

/** A call with a new Idempotency-Key, one without, and the repeat of the first on another replica, if there is one. */
export type Way = 'withKey' | 'withoutKey' | 'repeat';

/** Figures of one round. All but the rate are for one call. */
export interface Measurement {
	replicas: number;
	way: Way;
	callsPerSecond: number;
	/** Processor time of the servers and of PostgreSQL. */
	serverMs: number;
	postgresMs: number;
	statements: number;
	/** Those of the statements that lock and unlock Idempotency-Keys. */
	lockStatements: number;
	/** Writes to the disk that commits wait for. */
	syncs: number;
	/** How long sessions of PostgreSQL wait for each other's locks. */
	lockWaitMs: number;
}

interface Plan {
	callsPerReplica: number;
	clientsPerReplica: number;
	providerMs: number;
	rounds: number;
}

const titles: Record<Way, string> = {
	withKey: 'New call with a key',
	withoutKey: 'New call without a key',
	repeat: 'Repeat (with 3: on another replica)',
};

const columns: Array<[title: string, figure: keyof Measurement, digits: number]> = [
	['Calls per second', 'callsPerSecond', 0],
	['CPU ms, servers', 'serverMs', 2],
	['CPU ms, PostgreSQL', 'postgresMs', 2],
	['Statements', 'statements', 1],
	['of them for keys', 'lockStatements', 2],
	['Disk syncs', 'syncs', 2],
	['ms of lock waits', 'lockWaitMs', 3],
];

function table(measurements: Measurement[]): string {
	const header = ['Call', 'Replicas', ...columns.map(([title]) => title)];
	const rows = (Object.keys(titles) as Way[]).flatMap((way) =>
		[1, 3].map((replicas) => {
			const rounds = measurements.filter((round) => round.way === way && round.replicas === replicas);
			const figures = columns.map(([, figure, digits]) =>
				median(rounds.map((round) => Number(round[figure]))).toFixed(digits),
			);
			return [titles[way], String(replicas), ...figures];
		}),
	);
	const [first, ...others] = header.map((_, index) => (index === 0 ? '---' : '---:'));
	return [header, [first, ...others], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The page docs/benchmarks-replicas.md. */
export function replicasReport(measurements: Measurement[], plan: Plan): string {
	return `<!-- Written by npm run bench:replicas: change bench/replicasReport.ts instead. -->

# What a completion costs with several replicas

\`npm run bench:replicas\` runs 1 and then 3 servers on one PostgreSQL 15, and writes this page. Servers, PostgreSQL, the
provider and the clients share one machine with ${cpus().length} processors (${cpus()[0]!.model.trim()}), so the rate says more
about the machine than about the replicas. What would limit replicas on machines of their own is what each call costs
PostgreSQL, and how long calls wait for each other there. With more replicas, these figures must stay as they are.

Each replica gets ${plan.callsPerReplica} calls from ${plan.clientsPerReplica} clients. The provider answers after ${plan.providerMs} ms.
All calls are of one project and one config. PostgreSQL waits for its disk. Medians of ${plan.rounds} rounds.
All figures but the rate are for one call.

${table(measurements)}

- A call of several that end at the same moment shares its commit with them. So statements and disk writes for each call
  are fewer where a replica has more calls at the same time.
- "For keys" counts the statements that lock and unlock \`Idempotency-Key\`s. Those of calls that start or end at the same
  moment are one statement.
- Lock waits are read from \`pg_stat_activity\` every 10 ms: the sessions that wait for another one's lock, times how long.
`;
}
