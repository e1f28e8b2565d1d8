import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';

import { startServer, type RunningServer } from '../test/hosts/startServer.ts';
import { readCounters } from './database.ts';
import { processorTime, processorTimeOfTree } from './use.ts';

/*
 * npm run bench:budgets: what the reservation of a budget adds to a completion on PostgreSQL. Calls of a project with a budget
 * and of one without take turns in one run, and each line is for one call.
 */
const callsPerRound = 200;
const clients = 8;
const rounds = 5;

/** A provider that answers at once and says how many tokens it counted. */
async function startProvider(): Promise<{ url: string; stop(): void }> {
	const choices = [{ index: 0, message: { role: 'assistant', content: 'On Monday.' }, finish_reason: 'stop' }];
	const usage = { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 };
	const body = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'gpt-4o', choices, usage });
	const server = http.createServer((incoming, outgoing) => {
		incoming.resume().once('end', () => outgoing.setHeader('content-type', 'application/json').end(body));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/v1`, stop: () => (server.closeAllConnections(), server.close()) };
}

async function ask<T>({ baseUrl, apiKey }: RunningServer, method: string, address: string, body: object): Promise<T> {
	const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
	const response = await fetch(`${baseUrl}${address}`, { method, headers, body: JSON.stringify(body) });
	if (!response.ok) throw new Error(await response.text());
	return (await response.json()) as T;
}

/** Makes a project whose config is limited to 100 tokens of output. Returns a call of it. */
async function newCall(server: RunningServer, project: string): Promise<{ call: object; projectId: string }> {
	const config = { project, provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}', max_tokens: 100 };
	const stored = await ask<{ project_id: string; config: { id: string } }>(server, 'POST', '/model-configs', config);
	const call = { model_config_id: stored.config.id, project, inputs: { what: 'When will it come?' } };
	return { call, projectId: stored.project_id };
}

async function load(server: RunningServer, call: object): Promise<void> {
	const client = async () => {
		for (let sent = 0; sent < callsPerRound / clients; sent++)
			await ask(server, 'POST', '/completion-model-config', call);
	};
	await Promise.all(Array.from({ length: clients }, client));
}

function median(values: number[]): number {
	return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

async function main(): Promise<void> {
	const { startCluster } = await import('../server/test/storage/cluster.ts');
	const provider = await startProvider();
	const postgres = await startCluster(["shared_preload_libraries = 'pg_stat_statements'"]);
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-bench-'));
	const prices = path.join(folder, 'prices.json');
	const usd_per_million_tokens = { prompt: 1, output: 10 };
	writeFileSync(prices, JSON.stringify([{ provider: 'openai', model: 'gpt-4o', usd_per_million_tokens }]));
	const databaseUrl = `${postgres.address}postgres`;
	const env = {
		...{ DATABASE_URL: databaseUrl, PRICES_FILE: prices },
		...{ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'none-needed' },
	};
	const server = await startServer({ dataDir: folder, env });
	const client = new Client({ connectionString: databaseUrl });
	await client.connect();
	await client.query('create extension pg_stat_statements');
	const counted = await newCall(server, 'with a budget');
	const free = await newCall(server, 'without a budget');
	await ask(server, 'PUT', '/budgets', { project_id: counted.projectId, period: 'day', limit: 1_000 });
	const ways = { 'without a budget': free.call, 'with a budget': counted.call };
	const results = new Map<string, number[][]>(Object.keys(ways).map((way) => [way, []]));
	for (const call of Object.values(ways)) await load(server, call);
	for (let round = 0; round < rounds; round++) {
		for (const [way, call] of Object.entries(ways)) {
			const use = () => [processorTime(server.process.pid!), processorTimeOfTree(postgres.pid())];
			const [before, [serverMs, postgresMs]] = [await readCounters(client), use() as [number, number]];
			await load(server, call);
			const [after, [serverEnd, postgresEnd]] = [await readCounters(client), use() as [number, number]];
			const all = [serverEnd - serverMs, postgresEnd - postgresMs, after.statements - before.statements];
			results.get(way)!.push(all.map((value) => value / callsPerRound));
		}
	}
	for (const [way, values] of results) {
		const [serverMs, postgresMs, statements] = [0, 1, 2].map((index) => median(values.map((row) => row[index]!)));
		const processor = `server ${serverMs!.toFixed(2)} ms, PostgreSQL ${postgresMs!.toFixed(2)} ms`;
		console.log(`${way}: ${processor}, ${statements!.toFixed(1)} statements`);
	}
	await client.end();
	await server.stop();
	await postgres.stop();
	provider.stop();
	rmSync(folder, { recursive: true, force: true });
}

void main();
