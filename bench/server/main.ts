import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { takeLock } from '../../n8n/lock.ts';
import { measureRates, type RateRound } from './rate.ts';
import { startAll } from './ways.ts';

/*
 * npm run bench:server [-- --rounds N --seconds N --connections 16,64 --ways sqlite,proxy --source]: our server beside a
 * bare proxy, an empty Fastify and Portkey's gateway, all in front of the same stand-in for OpenAI.
 */
const { values: wanted } = parseArgs({
	options: {
		rounds: { type: 'string', default: '3' },
		seconds: { type: 'string', default: '4' },
		connections: { type: 'string', default: '1,16,64,256' },
		ways: { type: 'string' },
		source: { type: 'boolean', default: false },
	},
});

const cache = path.resolve('.data/bench-server');
const folder = path.join(cache, 'run');

function print({ way, connections, round, requests, rate, p50, p99, cpuMicros }: RateRound): void {
	const figures = `${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${cpuMicros.toFixed(0)} µs CPU`;
	console.log(`round ${round}, ${connections} connections: ${way}: ${figures} (${requests} requests)`);
}

async function bench(signal: AbortSignal): Promise<void> {
	const only = wanted.ways?.split(',');
	const started = await startAll({ folder, cache, signal, fromSource: wanted.source, only });
	try {
		const plan = {
			connections: wanted.connections.split(',').map(Number),
			delayMs: 0,
			rounds: Number(wanted.rounds),
			seconds: Number(wanted.seconds),
		};
		await measureRates(started.ways, started.provider, plan, print);
	} finally {
		await started.stop();
	}
}

async function main(): Promise<void> {
	const stopping = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Error('Stopped.')));
	await mkdir(cache, { recursive: true });
	const release = await takeLock(folder);
	if (!release) {
		throw new Error(
			'npm run bench:server runs in this clone already (or was killed in the last half minute: then try again).',
		);
	}
	try {
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
