import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';

import { startServer, type RunningServer } from '../test/hosts/startServer.ts';
import { readCounters, watchLockWaits } from './database.ts';
import { replicasReport, type Measurement, type Way } from './replicasReport.ts';
import { processorTime, processorTimeOfTree } from './use.ts';

/*
 * npm run bench:replicas [-- --calls N --rounds N]: what a completion costs the servers and PostgreSQL, with 1 and with 3
 * replicas. Writes docs/benchmarks-replicas.md, but for a run with other numbers than the default ones.
 */
const { values: wanted } = parseArgs({ options: { calls: { type: 'string' }, rounds: { type: 'string' } } });
const callsPerReplica = Number(wanted.calls ?? 400);
const roundCount = Number(wanted.rounds ?? 3);

const clientsPerReplica = 8;
const providerMs = 100;
const ways: Way[] = ['withKey', 'withoutKey', 'repeat'];

/** A provider that answers each call after a tenth of a second. */
async function startProvider(): Promise<{ url: string; stop(): void }> {
	const message = { role: 'assistant', content: 'It will come on Monday.' };
	const usage = { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 };
	const choices = [{ index: 0, message, finish_reason: 'stop' }];
	const body = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices, usage });
	const server = http.createServer((incoming, outgoing) => {
		incoming
			.resume()
			.once('end', () =>
				setTimeout(() => outgoing.setHeader('content-type', 'application/json').end(body), providerMs),
			);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		stop: () => (server.closeAllConnections(), server.close()),
	};
}

/** Sends one call. Throws if it is not answered. */
async function send(server: RunningServer, body: object, key: string | undefined): Promise<boolean> {
	const response = await fetch(`${server.baseUrl}/completion-model-config`, {
		method: 'POST',
		headers: {
			'x-api-key': server.apiKey,
			'content-type': 'application/json',
			...(key === undefined ? {} : { 'idempotency-key': key }),
		},
		body: JSON.stringify(body),
	});
	const text = await response.text();
	if (response.status !== 200) throw new Error(text);
	return response.headers.get('idempotent-replayed') === 'true';
}

/** Sends so many calls to each replica, with as many clients for each. A repeat goes to another replica than its call. */
async function load(servers: RunningServer[], configId: string, way: Way, round: string, calls: number): Promise<void> {
	const client = async (replica: number, number: number) => {
		for (let call = number; call < calls; call += clientsPerReplica) {
			const inputs = { what: `${round} ${replica} ${call}` };
			const body = { model_config_id: configId, project: 'bench', inputs };
			const key = way === 'withoutKey' ? undefined : `${round} ${replica} ${call}`.replaceAll(' ', '-');
			const index = way === 'repeat' ? (replica + 1) % servers.length : replica;
			const isReplay = await send(servers[index]!, body, key);
			if (isReplay !== (way === 'repeat')) throw new Error(`A call was ${isReplay ? '' : 'not '}replayed.`);
		}
	};
	const clients = servers.flatMap((_, replica) =>
		Array.from({ length: clientsPerReplica }, (_inner, number) => client(replica, number)),
	);
	await Promise.all(clients);
}

async function measure(servers: RunningServer[], postgres: number, client: Client, run: () => Promise<void>) {
	const calls = callsPerReplica * servers.length;
	const use = () => ({
		server: servers.reduce((sum, server) => sum + processorTime(server.process.pid!), 0),
		postgres: processorTimeOfTree(postgres),
	});
	const [counted, used, startedAt] = [await readCounters(client), use(), performance.now()];
	const stopWatching = watchLockWaits(client);
	await run();
	const lockWaitMs = await stopWatching();
	const [after, usedAfter, seconds] = [await readCounters(client), use(), (performance.now() - startedAt) / 1000];
	return {
		callsPerSecond: calls / seconds,
		serverMs: (usedAfter.server - used.server) / calls,
		postgresMs: (usedAfter.postgres - used.postgres) / calls,
		statements: (after.statements - counted.statements) / calls,
		lockStatements: (after.lockStatements - counted.lockStatements) / calls,
		syncs: (after.syncs - counted.syncs) / calls,
		lockWaitMs: lockWaitMs / calls,
	};
}

async function benchReplicas(count: number, providerUrl: string): Promise<Measurement[]> {
	const { startCluster } = await import('../server/test/storage/cluster.ts');
	const postgres = await startCluster([
		'fsync = on',
		'full_page_writes = on',
		"shared_preload_libraries = 'pg_stat_statements'",
	]);
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-bench-'));
	const databaseUrl = `${postgres.address}postgres`;
	const env = { DATABASE_URL: databaseUrl, OPENAI_BASE_URL: providerUrl, OPENAI_API_KEY: 'none-needed' };
	const servers = await Promise.all(
		Array.from({ length: count }, (_, index) => startServer({ dataDir: path.join(folder, String(index)), env })),
	);
	const client = new Client({ connectionString: databaseUrl });
	await client.connect();
	await client.query('create extension pg_stat_statements');
	const [{ baseUrl, apiKey }] = servers as [RunningServer];
	const config = { project: 'bench', provider: 'openai', model: 'gpt-6-luna', prompt_template: '{{what}}' };
	const stored = await fetch(`${baseUrl}/model-configs`, {
		method: 'POST',
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify(config),
	});
	const { id } = ((await stored.json()) as { config: { id: string } }).config;
	await load(servers, id, 'withKey', 'warm-up', 200);
	const measurements: Measurement[] = [];
	for (let round = 1; round <= roundCount; round++) {
		for (const way of ways) {
			const figures = await measure(servers, postgres.pid(), client, () =>
				load(servers, id, way, String(round), callsPerReplica),
			);
			measurements.push({ replicas: count, way, ...figures });
			console.log(count, way, figures);
		}
	}
	await client.end();
	for (const server of servers) await server.stop();
	await postgres.stop();
	rmSync(folder, { recursive: true, force: true });
	return measurements;
}

async function main(): Promise<void> {
	const provider = await startProvider();
	const measurements = [...(await benchReplicas(1, provider.url)), ...(await benchReplicas(3, provider.url))];
	provider.stop();
	const page = replicasReport(measurements, { callsPerReplica, clientsPerReplica, providerMs, rounds: roundCount });
	if (wanted.calls === undefined && wanted.rounds === undefined) await writeFile('docs/benchmarks-replicas.md', page);
	else console.log(page);
}

void main();
