import { fuzz } from './fuzz.ts';

const mostGrowthMb = 50;

const runs = Number(process.argv[2] ?? process.env['FUZZ_RUNS'] ?? 100_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_000);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
	process.stderr.write('Usage: fuzz [number of requests]; or FUZZ_RUNS, and FUZZ_SEED to repeat a run.\n');
	process.exit(2);
}

const startedAt = performance.now();
const report = await fuzz(runs, seed);
const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
const growth = mb(report.heapAfter - report.heapBefore);
const statuses = [...report.statuses].sort(([a], [b]) => a.localeCompare(b));
const serverErrors = statuses.filter(([status]) => status.startsWith('5')).reduce((sum, [, count]) => sum + count, 0);
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`requests: ${report.requests} in ${Math.round((performance.now() - startedAt) / 1000)} s (seed ${report.seed})`);
print(`statuses: ${statuses.map(([status, count]) => `${status}: ${count}`).join(', ')}`);
print(`5xx: ${serverErrors}`);
print(`longest answer: ${Math.round(report.longestMs)} ms`);
print(`heap: ${mb(report.heapBefore)} MB before, ${mb(report.heapAfter)} MB after`);
for (const failure of report.failures) print(`failed: ${failure}`);
if (growth > mostGrowthMb) print(`failed: the heap has grown by ${growth} MB`);
process.exit(report.failures.length > 0 || serverErrors > 0 || growth > mostGrowthMb ? 1 : 0);
