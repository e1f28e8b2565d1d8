import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { installN8n } from '../n8n/install.ts';
import { openInstance } from '../n8n/instance.ts';
import { takeLock } from '../n8n/lock.ts';
import { packNode } from '../n8n/packNode.ts';
import type { Service } from '../n8n/service.ts';
import { startBenchedN8n, type BenchedN8n } from './benchedN8n.ts';
import { startHost, type HostId, type RunningHost } from './hosts/startHosts.ts';
import { report } from './report.ts';
import { table, type Result, type Series } from './table.ts';
import { benchWorkflow, credentialsFor, ways, type Way } from './workflows.ts';

/*
 * npm run bench:node [-- --items N --rounds N --host at-once|slow|server]: our node and HTTP Request in the real n8n, over the
 * same items, against the same hosts. Without arguments it runs everything and writes docs/benchmarks.md.
 */
const { values: wanted } = parseArgs({
	options: { items: { type: 'string' }, rounds: { type: 'string' }, host: { type: 'string' } },
});

/** Logs and data, of the last run only. */
const folder = path.resolve('.data/bench');

interface Plan {
	host: HostId;
	items: number;
	rounds: number;
	ways: Way[];
}

const atOnce = [ways.mapped, ways.expression, ways.http];
const slow = [ways.mappedInFifty, ways.expressionInFifty, ways.http];
const plans: Plan[] = [
	{ host: 'at-once', items: 1000, rounds: 7, ways: atOnce },
	{ host: 'slow', items: 1000, rounds: 3, ways: [...slow, ways.mapped, ways.httpInBatches] },
	{ host: 'at-once', items: 10_000, rounds: 3, ways: atOnce },
	{ host: 'slow', items: 10_000, rounds: 3, ways: slow },
	{ host: 'server', items: 1000, rounds: 3, ways: atOnce },
];

function plansWanted(): Plan[] {
	const { items, rounds, host } = wanted;
	const chosen = plans
		.filter((plan) => !host || plan.host === host)
		.map((plan) => ({ ...plan, items: Number(items ?? plan.items), rounds: Number(rounds ?? plan.rounds) }));
	const valid = chosen.filter(
		(plan) => Number.isInteger(plan.items) && Number.isInteger(plan.rounds) && plan.items > 0 && plan.rounds > 0,
	);
	if (valid.length === 0)
		throw new Error('Usage: npm run bench:node -- [--items N] [--rounds N] [--host at-once|slow|server]');
	// With one number of items for all, the plans for more of them are the same again.
	return items ? valid.filter(({ host }, index) => valid.findIndex((plan) => plan.host === host) === index) : valid;
}

async function runPlan(n8n: BenchedN8n, host: RunningHost, { items, rounds, ways }: Plan): Promise<Series> {
	const results: Result[] = [];
	// The runs for memory come first and warm up everything.
	for (const way of ways)
		results.push({ way, peakBytes: (await n8n.measure(host, way, items, true)).peakBytes, rounds: [] });
	await host.counts();
	for (let round = 1; round <= rounds; round++) {
		for (const { way, rounds: done } of results) {
			const measured = await n8n.measure(host, way, items);
			const counts = await host.counts();
			done.push({ ...measured, items, counts, idealMs: host.ideal(counts?.completions ?? 0) });
			console.log(`  round ${round} of ${rounds}: ${way.title}: ${(measured.milliseconds / 1000).toFixed(2)} s`);
		}
	}
	return { host, items, results };
}

async function bench(services: Service[], signal: AbortSignal): Promise<void> {
	const chosen = plansWanted();
	const n8n = await installN8n({ signal });
	const instance = await openInstance({
		n8n,
		userFolder: path.join(folder, 'n8n'),
		tarball: await packNode(folder),
		signal,
	});

	const hosts = new Map<HostId, RunningHost>();
	for (const id of new Set(chosen.map(({ host }) => host))) {
		const host = await startHost(id, folder, signal);
		services.push(host.service);
		hosts.set(id, host);
	}
	const branches = [...hosts.values()].flatMap((host) => {
		const used = chosen.filter((plan) => plan.host === host.id).flatMap(({ ways }) => ways);
		return [...new Set(used)].map((way) => ({ host, way }));
	});
	console.log('n8n starts.');
	await instance.importCredentials([...hosts.values()].flatMap(credentialsFor));
	await instance.importWorkflows([benchWorkflow('benchmark', branches)]);
	await instance.publish('benchmark');
	const benched = await startBenchedN8n(instance, signal);
	services.push(benched.service);

	const all: Series[] = [];
	for (const plan of chosen) {
		const host = hosts.get(plan.host)!;
		console.log(`\n${plan.items} items, host: ${host.title}`);
		const series = await runPlan(benched, host, plan);
		all.push(series);
		console.log(`\n${table(series)}`);
	}
	if (Object.keys(wanted).length === 0) {
		await writeFile('docs/benchmarks.md', report(all));
		console.log('\nWritten to docs/benchmarks.md.');
	}
}

async function main(): Promise<void> {
	const stopping = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Error('Stopped.')));
	await mkdir(path.dirname(folder), { recursive: true });
	const release = await takeLock(folder);
	if (!release) throw new Error('npm run bench:node runs in this clone already.');
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const services: Service[] = [];
	try {
		await bench(services, stopping.signal);
	} finally {
		for (const service of services.reverse()) await service.stop();
		await release();
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
