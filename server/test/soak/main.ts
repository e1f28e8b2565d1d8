import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

/* npm run soak [-- --minutes 30 --rate 40 --faults 0.03]: keeps the server busy, and tells whether its memory stays flat. */

/** Memory of the last third may be above that of the middle third by this factor. The first third is the warm-up. */
const mostGrowth = 1.1;

const { values } = parseArgs({
	options: {
		minutes: { type: 'string', default: '30' },
		rate: { type: 'string', default: '40' },
		faults: { type: 'string', default: '0.03' },
	},
});

function median(numbers: number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? 0;
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const options = {
	minutes: Number(values.minutes),
	callsPerSecond: Number(values.rate),
	faultRate: Number(values.faults),
};
print('minute  calls  failed  p50 ms  p99 ms  memory MB');
const report = await soak(options, ({ minute, calls, failed, p50, p99, residentMb }) => {
	const cells = [minute, calls, failed, p50, p99, residentMb];
	const widths = [6, 5, 6, 6, 6, 9];
	print(cells.map((cell, index) => String(cell).padStart(widths[index] ?? 0)).join('  '));
});
const third = Math.floor(report.minutes.length / 3);
const memory = report.minutes.map(({ residentMb }) => residentMb);
const middle = median(memory.slice(third, 2 * third || undefined));
const last = median(memory.slice(-third || undefined));
print(`calls: ${report.calls}; ${[...report.outcomes].map(([name, count]) => `${name}: ${count}`).join(', ')}`);
print(`repeats: ${report.repeats}; of these with another log: ${report.otherLogs}`);
print(`logs of the last 1,000 calls that are not stored: ${report.lostLogs}`);
print(`memory: ${middle} MB in the middle third, ${last} MB in the last third, ${report.peakMb} MB at most`);
const isFlat = last <= middle * mostGrowth;
if (!isFlat) print('failed: the memory grew');
process.exitCode = isFlat && report.otherLogs === 0 && report.lostLogs === 0 ? 0 : 1;
