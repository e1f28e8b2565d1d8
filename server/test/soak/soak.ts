import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import { headers, post } from '../process.ts';
import { memoryOf, startServerProcess } from './serverProcess.ts';

export type SoakOptions = { minutes: number; callsPerSecond: number; faultRate: number };

/** One minute of a soak. Latencies are in milliseconds. */
export type Minute = { minute: number; calls: number; failed: number; p50: number; p99: number; residentMb: number };

export type SoakReport = {
	minutes: Minute[];
	calls: number;
	/** Calls by their outcome: a status, `cut` for a stream without its end, or `none` if no response came. */
	outcomes: Map<string, number>;
	/** Repeats of keyed calls, and those of them that got another log than the first. */
	repeats: number;
	otherLogs: number;
	/** Logs that a response named, and those of the last thousand that are not stored. */
	lostLogs: number;
	peakMb: number;
};

type Call = { body: Record<string, unknown>; key?: string };

/** What people send: mostly plain with a key as the node does, some streams, some with several samples, some without a key. */
function callOf(number: number, configId: string): Call {
	const ticket = `Ticket ${number}: ${'my order has not arrived. '.repeat(1 + ((number * 7) % 200))}`;
	const body = {
		model_config_id: configId,
		project: 'soak',
		inputs: { ticket },
		session_reference_id: `s${number >> 4}`,
	};
	const key = randomUUID();
	if (number % 8 === 0) return { body };
	if (number % 4 === 1) return { body: { ...body, stream: true }, key };
	return { body: number % 8 === 2 ? { ...body, num_samples: 3 } : body, key };
}

/** Sends a call and reads the whole response. The log's ID is undefined if it failed. */
async function send(address: string, { body, key }: Call): Promise<{ outcome: string; logId?: string }> {
	try {
		const response = await fetch(`${address}/completion-model-config`, {
			method: 'POST',
			headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		const logId = /"id":"(data_\w+)"/.exec(text)?.[1];
		if (!response.ok) return { outcome: String(response.status) };
		if (body['stream'] === true && !text.includes('"finish_reason":"stop"')) return { outcome: 'cut' };
		return { outcome: '200', ...(logId === undefined ? {} : { logId }) };
	} catch {
		return { outcome: 'none' };
	}
}

function percentile(sorted: number[], share: number): number {
	return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/**
 * Sends calls at a fixed rate to a server process, whose provider fails at times. Each tenth keyed call is repeated.
 * `report` gets each minute as it ends.
 */
export async function soak(
	{ minutes, callsPerSecond, faultRate }: SoakOptions,
	report: (minute: Minute) => void,
): Promise<SoakReport> {
	// Errors with a status, 429 with Retry-After, and connections that break: one third each.
	const rate = faultRate / 3;
	const provider = new LLMock({
		port: 0,
		journalMaxEntries: 100,
		latency: 2,
		chaos: { dropRate: rate, rateLimitRate: rate, disconnectRate: rate },
	});
	provider.onMessage(/.*/, { content: 'Thank you. Your order will arrive on Monday, and we refund the shipping.' });
	await provider.start();
	const dataDir = mkdtempSync(join(tmpdir(), 'humanloop-soak-'));
	const server = await startServerProcess({
		DATA_DIR: dataDir,
		HUMANLOOP_API_KEY: headers['x-api-key'],
		OPENAI_BASE_URL: `${provider.url}/v1`,
		OPENAI_API_KEY: 'none-needed',
	});
	const api = `${server.address}/v4`.replace(/\/v4\/v4$/, '/v4');
	const { config } = await post(api, '/model-configs', {
		project: 'soak',
		provider: 'openai',
		model: 'gpt-4o',
		prompt_template: 'Answer this ticket: {{ticket}}',
	});
	const result: SoakReport = {
		minutes: [],
		calls: 0,
		outcomes: new Map(),
		repeats: 0,
		otherLogs: 0,
		lostLogs: 0,
		peakMb: 0,
	};
	let latencies: number[] = [];
	let failed = 0;
	let given: string[] = [];
	const run = async (number: number) => {
		const call = callOf(number, config.id);
		const startedAt = performance.now();
		const first = await send(api, call);
		latencies.push(performance.now() - startedAt);
		result.outcomes.set(first.outcome, (result.outcomes.get(first.outcome) ?? 0) + 1);
		if (first.outcome !== '200') failed += 1;
		if (first.logId === undefined) return;
		given = [...given.slice(-999), first.logId];
		if (call.key === undefined || number % 10 !== 3) return;
		result.repeats += 1;
		const repeat = await send(api, call);
		if (repeat.logId !== first.logId) result.otherLogs += 1;
	};
	const running = new Set<Promise<void>>();
	const startedAt = performance.now();
	try {
		for (let minute = 1; minute <= minutes; minute += 1) {
			latencies = [];
			failed = 0;
			const before = result.calls;
			while (performance.now() - startedAt < minute * 60_000) {
				const due = Math.floor(((performance.now() - startedAt) / 1000) * callsPerSecond);
				while (result.calls < due) {
					const call = run((result.calls += 1)).finally(() => running.delete(call));
					running.add(call);
				}
				await wait(5);
			}
			const sorted = latencies.sort((a, b) => a - b);
			const ended: Minute = {
				minute,
				calls: result.calls - before,
				failed,
				p50: percentile(sorted, 0.5),
				p99: percentile(sorted, 0.99),
				residentMb: memoryOf(server.child).residentMb,
			};
			result.minutes.push(ended);
			report(ended);
		}
		await Promise.all(running);
		for (const id of given) {
			const response = await fetch(`${api}/logs/${id}`, { headers: { 'x-api-key': headers['x-api-key'] } });
			if (!response.ok) result.lostLogs += 1;
		}
		result.peakMb = memoryOf(server.child).peakMb;
	} finally {
		server.child.kill('SIGTERM');
		await provider.stop();
		rmSync(dataDir, { recursive: true, force: true });
	}
	return result;
}
