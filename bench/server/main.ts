import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { takeLock } from '../../n8n/lock.ts';
import { parts, planOf, type Part } from './plan.ts';
import { pictureFolder, plotsOf } from './pictures.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';
import { run } from './run.ts';

/*
 * npm run bench:server [-- …]: our server beside a bare proxy, an empty Fastify and Portkey's gateway, all in front of the
 * same stand-in for OpenAI. Without arguments it measures everything and writes docs/benchmarks-server.md; with some, it writes
 * the page into the folder `run` of --dir.
 *
 *   --only rate,streams      some of the parts: start, rate, latency, streams, growth
 *   --ways proxy,sqlite      some of the ways to call (ways.ts)
 *   --rounds N --seconds N   how often each is measured, and for how long
 *   --connections 16,64      for the part "rate"
 *   --logs 1000,100000       for the part "growth": how many stored logs
 *   --quick                  few and short: shows that all works
 *   --source                 runs the TypeScript in server/src, not the built package
 *   --dir DIR                for databases, logs and what was found (default: .data/bench-server)
 *   --write                  writes the page from what the last full run found
 */
const { values: wanted } = parseArgs({
	options: {
		only: { type: 'string' },
		ways: { type: 'string' },
		rounds: { type: 'string' },
		seconds: { type: 'string' },
		connections: { type: 'string' },
		logs: { type: 'string' },
		quick: { type: 'boolean', default: false },
		source: { type: 'boolean', default: false },
		dir: { type: 'string', default: '.data/bench-server' },
		write: { type: 'boolean', default: false },
	},
});

const cache = path.resolve(wanted.dir);
const folder = path.join(cache, 'run');
const resultsFile = path.join(cache, 'results.json');

function wantedParts(): Set<Part> {
	const names = wanted.only?.split(',') ?? parts;
	const unknown = names.filter((name) => !parts.includes(name as Part));
	if (unknown.length > 0) throw new Error(`There is no part "${unknown[0]}". The parts are ${parts.join(', ')}.`);
	return new Set(names as Part[]);
}

/** @throws an error unless it is a positive number */
function numberOf(name: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (!(value > 0)) throw new Error(`--${name} must be a positive number.`);
	return value;
}

const notesFile = path.resolve('bench/server/notes.md');

/** Writes the page and its pictures into the folder. */
async function writePage(results: Results, to: string): Promise<void> {
	const pictures = path.join(to, pictureFolder);
	await mkdir(pictures, { recursive: true });
	for (const [name, svg] of Object.entries(plotsOf(results))) await writeFile(path.join(pictures, `${name}.svg`), svg);
	const page = path.join(to, 'benchmarks-server.md');
	await writeFile(page, report(results, await readFile(notesFile, 'utf8')));
	console.log(`Written to ${path.relative('.', page)}.`);
}

function numbersOf(name: string, text: string | undefined): number[] | undefined {
	return text?.split(',').map((part) => numberOf(name, part)!);
}

async function bench(signal: AbortSignal): Promise<void> {
	const plan = planOf({
		quick: wanted.quick,
		rounds: numberOf('rounds', wanted.rounds),
		seconds: numberOf('seconds', wanted.seconds),
		connections: numbersOf('connections', wanted.connections),
		logs: numbersOf('logs', wanted.logs),
	});
	const only = wanted.ways?.split(',');
	const results = await run(plan, wantedParts(), { folder, cache, signal, fromSource: wanted.source, only });
	const { dir, ...changes } = wanted;
	// The page in docs/ is that of a full run.
	const isFull = !Object.values(changes).some(Boolean);
	await writeFile(isFull ? resultsFile : path.join(folder, 'results.json'), JSON.stringify(results));
	await writePage(results, isFull ? 'docs' : folder);
}

async function main(): Promise<void> {
	const stopping = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Error('Stopped.')));
	await mkdir(cache, { recursive: true });
	const release = await takeLock(folder);
	if (!release) {
		throw new Error('npm run bench:server runs in this clone already.');
	}
	try {
		if (wanted.write) return await writePage(JSON.parse(await readFile(resultsFile, 'utf8')) as Results, 'docs');
		await rm(folder, { recursive: true, force: true });
		await mkdir(folder, { mode: 0o700 });
		await bench(stopping.signal);
	} finally {
		await release();
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
