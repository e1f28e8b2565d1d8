import { cpus, totalmem } from 'node:os';

import { tableOf } from '../server/markdown.ts';
import { draw } from '../server/plots.ts';
import { watched, type SoakReport } from './soak.ts';

/** Memory of the last third may be above that of the middle third by this factor. The first third is the warm-up. */
const mostGrowth = 1.1;

function median(numbers: number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? 0;
}

export interface Verdict {
	isFlat: boolean;
	/** Whether nothing was lost, no repeat got another log, and no more calls failed than the provider explains. */
	isRight: boolean;
}

/** The memory in the middle third and in the last one: the median of its minutes, in MB. */
function memoryOf({ minutes }: SoakReport): { middleMb: number; lastMb: number } {
	const third = Math.floor(minutes.length / 3);
	const memory = minutes.map(({ residentMb }) => residentMb);
	return {
		middleMb: median(memory.slice(third, 2 * third || undefined)),
		lastMb: median(memory.slice(-third || undefined)),
	};
}

/** `faultRate` is that of the provider. A call is tried again, so that fewer calls fail than responses of the provider. */
export function verdictOf(report: SoakReport, faultRate: number): Verdict {
	const { calls, outcomes, repeats, otherLogs, lostLogs, failedSearches } = report;
	const { middleMb, lastMb } = memoryOf(report);
	const failed = calls - (outcomes.get('200') ?? 0);
	const isRight = failed <= calls * faultRate && repeats > 0 && otherLogs + lostLogs + failedSearches === 0;
	return { isFlat: lastMb <= middleMb * mostGrowth, isRight };
}

/** The memory of the server over time, as SVG. */
export function memoryPlot({ memory }: SoakReport): string {
	const points = memory.map(({ seconds, residentMb }) => [seconds / 60, residentMb[watched]!] as [number, number]);
	const lines = [{ name: 'humanloop-server on SQLite', color: '#3987e5', points }];
	return draw({ title: 'Resident memory during the soak', x: 'minutes', y: 'MB', lines });
}

interface Settings {
	minutes: number;
	callsPerSecond: number;
	searchesPerSecond: number;
	faultRate: number;
}

/** The lines that both the terminal and the page have. */
export function summary(report: SoakReport): string[] {
	const { calls, outcomes, searches, failedSearches, repeats, otherLogs, lostLogs, peakMb } = report;
	const { middleMb, lastMb } = memoryOf(report);
	const byOutcome = [...outcomes].map(([name, count]) => `${name}: ${count}`).join(', ');
	return [
		`Calls: ${calls}. By their outcome: ${byOutcome}.`,
		`Searches and lists: ${searches}, ${failedSearches} failed.`,
		`Repeats of a call with its key: ${repeats}, ${otherLogs} got another log.`,
		`Of the logs of the last 1,000 calls, ${lostLogs} are not stored.`,
		`Memory: ${middleMb} MB in the middle third, ${lastMb} MB in the last third, ${peakMb} MB at most.`,
	];
}

/** The page about a soak, in Markdown. */
export function pageOf(
	report: SoakReport,
	{ minutes, callsPerSecond, searchesPerSecond, faultRate }: Settings,
): string {
	const rows = report.minutes
		.filter(({ minute }) => minute === 1 || minute % 5 === 0)
		.map(({ minute, calls, failed, p50, p99, searchP50, searchP99, residentMb }) =>
			[minute, calls, failed, p50, p99, searchP50, searchP99, residentMb].map(String),
		);
	const header = ['Minute', 'Calls', 'Failed', 'p50, ms', 'p99, ms', 'Search p50, ms', 'Search p99, ms', 'Memory, MB'];
	const ram = Math.round(totalmem() / 1e9);
	return `<!-- Written by npm run soak: change bench/soak/*.ts instead. -->

# The server under load for ${minutes} minutes

\`npm run soak\` starts the built package on SQLite with its default settings, and sends it ${callsPerSecond} calls a second for
${minutes} minutes: plain ones with a key, streams, calls with three samples, calls without a key. Inputs have 35 bytes to
5 kB. The provider fails in ${faultRate * 100} % of its responses: an error, a 429, or a connection that breaks. One keyed call in ten
is sent again. Meanwhile, ${searchesPerSecond} searches and lists a second read the logs, sessions and usage.

Measured on Node.js ${process.versions.node} and ${cpus().length} processors with ${ram} GB of memory, which the load, the provider and the
server share.

![Resident memory during the soak](benchmarks-soak/memory.svg)

${summary(report).join('\n')}

Calls fail for two reasons: the provider failed three times in a row, or it closed the connection without a response and
later than 250 ms after the request was sent. The server does not send such a request again, because the model may have
run. The busier the machine, the more connections close that late.

${tableOf(header, rows)}
`;
}
