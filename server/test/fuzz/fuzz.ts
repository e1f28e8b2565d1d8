import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { buildApp } from '../../src/app.ts';
import { apiKey, type Body } from '../setup.ts';
import { type Known, requests, type Wild } from './requests.ts';
import { createWire } from './wire.ts';

export type Report = {
	requests: number;
	seed: number;
	statuses: Map<string, number>;
	longestMs: number;
	heapBefore: number;
	heapAfter: number;
	/** Requests that were answered wrongly, made as small as they go. */
	failures: string[];
};

const slowMs = 5_000;

function heapUsed(): number {
	globalThis.gc?.();
	globalThis.gc?.();
	return process.memoryUsage().heapUsed;
}

function shown({ bytes }: Wild): string {
	const text = bytes.toString('latin1');
	return JSON.stringify(text.length > 1500 ? `${text.slice(0, 1500)}… (${bytes.length} bytes)` : text);
}

async function prepare(app: Awaited<ReturnType<typeof buildApp>>['app']): Promise<Known> {
	const response = await app.inject({
		method: 'POST',
		url: '/v4/model-configs',
		headers: { 'x-api-key': apiKey },
		payload: { project: 'fuzz', provider: 'mock', model: 'mock-1', prompt_template: 'Answer {{ticket}}' },
	});
	const { project_id: projectId, config } = response.json<Body>();
	const chatted = await app.inject({
		method: 'POST',
		url: '/v4/chat',
		headers: { 'x-api-key': apiKey },
		payload: {
			project: 'fuzz chats',
			model_config: { provider: 'mock', model: 'mock-1', tools: [{ name: 'f' }] },
			messages: [{ role: 'user', content: 'x' }],
		},
	});
	const chatConfigId = chatted.json<Body>().data[0].model_config_id;
	const called = await app.inject({
		method: 'POST',
		url: '/v4/completion-model-config',
		headers: { 'x-api-key': apiKey },
		payload: { model_config_id: config.id, project: 'fuzz', inputs: { ticket: 'x' }, session_reference_id: 's1' },
	});
	const { data, session_id: sessionId } = called.json<Body>();
	return { projectId, configId: config.id, chatConfigId, logId: data[0].id, sessionId };
}

/**
 * Sends that many wild requests to the real server over real sockets, some at a time, and looks at every answer: none
 * may be a 5xx, take long, be missing, or have an error without `detail`.
 */
export async function fuzz(runs: number, seed: number): Promise<Report> {
	const dataDir = mkdtempSync(join(tmpdir(), 'humanloop-fuzz-'));
	const { app } = await buildApp({
		dataDir,
		apiKey,
		providers: { openai: { baseUrl: 'http://127.0.0.1:9/v1' } },
		logLevel: 'silent',
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as AddressInfo;
	const report: Report = {
		requests: 0,
		seed,
		statuses: new Map(),
		longestMs: 0,
		heapBefore: 0,
		heapAfter: 0,
		failures: [],
	};
	const arbitrary = requests(await prepare(app));

	async function worker(number: number, count: number) {
		const wire = createWire(port);
		const property = fc.asyncProperty(arbitrary, async (wild) => {
			const { status, body, ms } = await wire.exchange(wild.bytes, wild);
			report.requests += 1;
			report.longestMs = Math.max(report.longestMs, ms);
			const name = String(status ?? 'hung up');
			report.statuses.set(name, (report.statuses.get(name) ?? 0) + 1);
			if (ms > slowMs) throw new Error(`answered after ${Math.round(ms)} ms`);
			if (status === undefined) {
				if (!wild.ends) throw new Error('hung up on a whole request');
			} else if (status >= 500) throw new Error(`${status}: ${body}`);
			else if (status >= 400 && body !== '' && !body.startsWith('{"detail":'))
				throw new Error(`an error without detail: ${body}`);
		});
		const result = await fc.check(property, { numRuns: count, seed: seed + number });
		wire.close();
		if (!result.failed) return;
		const [smallest] = result.counterexample ?? [];
		report.failures.push(`${String(result.errorInstance)}\n  ${smallest === undefined ? '' : shown(smallest)}`);
	}

	async function round(first: number, count: number) {
		const workers = 8;
		const share = Math.ceil(count / workers);
		await Promise.all(Array.from({ length: workers }, (_, number) => worker(first + number, share)));
	}

	try {
		// Caches and compiled code are there after the first requests; what comes then must not add up.
		const warmUp = Math.ceil(runs / 10);
		await round(0, warmUp);
		report.heapBefore = heapUsed();
		await round(100, runs - warmUp);
		report.heapAfter = heapUsed();
	} finally {
		await app.close();
		rmSync(dataDir, { recursive: true, force: true });
	}
	return report;
}
