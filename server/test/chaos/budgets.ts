import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startCluster } from '../storage/cluster.ts';

/*
 * npm run chaos:budgets: sends 1,000 calls at once to three servers on a PostgreSQL whose API key has a budget of $1, and kills
 * two of them meanwhile. Counts what a stand-in of the provider has answered, not what the servers have stored.
 */

const calls = 1_000;
const limit = 1;
const maxTokens = 400;
const dollars = { prompt: 1, output: 10 };
const key = 'hl_sk_chaos_of_budgets';
const headers = { 'x-api-key': key, 'content-type': 'application/json' };

/** What the provider charges: for every request that it has answered, also if nobody is left to read the answer. */
const bill = { requests: 0, nanos: 0 };

const provider = createServer((incoming, response) => {
	incoming.resume().on('end', () => {
		setTimeout(
			() => {
				const usage = { prompt_tokens: 20, completion_tokens: 1 + Math.floor(Math.random() * maxTokens) };
				bill.requests += 1;
				bill.nanos += 1_000 * (usage.prompt_tokens * dollars.prompt + usage.completion_tokens * dollars.output);
				const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
				response.setHeader('content-type', 'application/json');
				response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'priced', choices, usage }));
			},
			100 + Math.random() * 900,
		);
	});
});
provider.listen(0, '127.0.0.1');
await once(provider, 'listening');
const dir = mkdtempSync(join(tmpdir(), 'humanloop-budgets-'));
const prices = join(dir, 'prices.json');
writeFileSync(prices, JSON.stringify([{ provider: 'openai', model: 'priced', usd_per_million_tokens: dollars }]));
const cluster = await startCluster();

async function startServer(): Promise<{ child: ChildProcess; address: string }> {
	const child = spawn(process.execPath, [resolve(import.meta.dirname, '../../src/main.ts')], {
		env: {
			...{ PATH: process.env['PATH'], PORT: '0', HUMANLOOP_API_KEY: key, PRICES_FILE: prices, MAX_IN_FLIGHT: '2000' },
			DATABASE_URL: `${cluster.address}postgres`,
			OPENAI_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
		},
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let out = '';
	for await (const chunk of child.stdout) {
		out += String(chunk);
		const address = /listens on (\S+)/.exec(out)?.[1];
		if (address !== undefined) return { child, address };
	}
	throw new Error(`the server ended: ${out}`);
}

async function ask<T>(address: string, method: string, path: string, body?: object): Promise<T> {
	const response = await fetch(`${address}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
	if (!response.ok) throw new Error(await response.text());
	return (await response.json()) as T;
}

const statuses = new Map<string, number>();

async function call(address: string, body: object): Promise<void> {
	const init = { method: 'POST', headers, body: JSON.stringify(body) };
	const status = await fetch(`${address}/completion-model-config`, init).then(
		async (response) => (await response.text(), String(response.status)),
		() => 'cut',
	);
	statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

const servers = [await startServer(), await startServer(), await startServer()];
try {
	const address = servers[2]!.address;
	const config = {
		project: 'chaos',
		provider: 'openai',
		model: 'priced',
		prompt_template: 'Say hello',
		max_tokens: maxTokens,
	};
	const stored = await ask<{ config: { id: string } }>(address, 'POST', '/model-configs', config);
	const budget = await ask<{ id: string }>(address, 'PUT', '/budgets', {
		api_key: 'HUMANLOOP_API_KEY',
		period: 'month',
		limit,
	});
	// Until then, the other servers may not know of the budget.
	await wait(3_000);
	const body = { model_config_id: stored.config.id, project: 'chaos' };
	const all = Promise.all(Array.from({ length: calls }, (_, index) => call(servers[index % 3]!.address, body)));
	for (const { child } of servers.slice(0, 2)) {
		const before = bill.requests;
		while (bill.requests < before + 40) await wait(5);
		child.kill('SIGKILL');
	}
	await all;
	// Those that still go through fill what is left.
	for (let more = 0; more < 200; more += 1) await call(address, body);
	await wait(1_500);
	const { spent, reserved } = await ask<{ spent: number; reserved: number }>(address, 'GET', `/budgets/${budget.id}`);
	const paid = bill.nanos / 1e9;
	console.log(
		`calls                        ${calls + 200}: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`,
	);
	console.log(`requests that were answered  ${bill.requests}`);
	console.log(`paid                         $${paid.toFixed(6)} of $${limit.toFixed(2)}`);
	console.log(`counted                      $${spent} spent, $${reserved} reserved by calls that died`);
	console.log(`overshoot                    $${Math.max(0, paid - limit).toFixed(2)}`);
	process.exitCode = paid <= limit && spent + reserved <= limit && paid <= spent + reserved ? 0 : 1;
} finally {
	for (const { child } of servers) child.kill('SIGKILL');
	provider.closeAllConnections();
	provider.close();
	await cluster.stop();
	rmSync(dir, { recursive: true, force: true });
}
