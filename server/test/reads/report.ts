import { cpus } from 'node:os';
import type { Times } from './measure.ts';

export type Measured = {
	storage: 'SQLite' | 'PostgreSQL';
	logs: number;
	reads: [string, Times][];
	completions: { alone: Times; whileSearching: Times };
};

const number = (value: number) => value.toLocaleString('en');
const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const pair = (times: Times | undefined) => (times === undefined ? '–' : `${ms(times.p50)} / ${ms(times.p99)}`);
const row = (cells: string[]) => `| ${cells.join(' | ')} |`;

function table(
	first: string,
	all: Measured[],
	names: string[],
	timesOf: (run: Measured, name: string) => Times | undefined,
) {
	return [
		row([first, ...all.map(({ logs }) => `${number(logs)} logs`)]),
		row(['---', ...all.map(() => '---:')]),
		...names.map((name) => row([name, ...all.map((run) => pair(timesOf(run, name)))])),
	].join('\n');
}

function section(storage: Measured['storage'], all: Measured[]): string {
	const names = all[0]?.reads.map(([name]) => name) ?? [];
	const reads = table('Read', all, names, (run, name) => run.reads.find(([other]) => other === name)?.[1]);
	const calls = table('Completion', all, ['alone', 'while ten callers search'], ({ completions }, name) =>
		name === 'alone' ? completions.alone : completions.whileSearching,
	);
	return `## ${storage}\n\n${reads}\n\n${calls}`;
}

/** The page of the documentation. `notes` is Markdown that explains the figures. */
export function report(measured: Measured[], notes: string): string {
	const [processor] = cpus();
	const sections = (['SQLite', 'PostgreSQL'] as const).flatMap((storage) => {
		const all = measured.filter((run) => run.storage === storage);
		return all.length === 0 ? [] : [section(storage, all)];
	});
	return `<!-- Written by npm run bench:reads: change server/test/reads/report.ts and notes.md instead. -->

# Benchmarks of reads

\`npm run bench:reads\` makes databases with many logs, starts the server on each, sends every kind of read over a
socket, one after the other, and writes this page. Each cell has the median and the 99th percentile of the time that a
request takes, in milliseconds.

Measured on Node.js ${process.versions.node}, on ${cpus().length} processors (${processor?.model ?? 'unknown'}), which the server, its
database and the caller share.

${notes.trim()}

${sections.join('\n\n')}
`;
}
