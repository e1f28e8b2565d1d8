import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';

import type { Instance, RunningN8n } from '../n8n/instance.ts';
import { nodeNames, pathOf, samples, type Host, type Way } from './workflows.ts';

/** One execution, as n8n itself has recorded it. */
export interface Measured {
	/** The time of the way's nodes alone. */
	milliseconds: number;
	/** Input items that all samples came back for. */
	answered: number;
	/** The most memory that n8n's process held meanwhile (resident, without the Code node's own process), where the system tells. */
	peakBytes: number | undefined;
}

/** What n8nHook.cjs sends. */
interface FinishedExecution {
	status: string;
	error?: string;
	lastNode: string;
	milliseconds: Record<string, number>;
	/** For each output item that is no error, which input item it answers. */
	answered: number[];
}

/** Starts n8n with the hook that tells of executions. */
export async function startBenchedN8n(instance: Instance): Promise<RunningN8n> {
	return await instance.start({ env: { EXTERNAL_HOOK_FILES: path.resolve('bench/n8nHook.cjs') } });
}

/**
 * Runs a way over so many items, once.
 *
 * @throws an error when the execution did not get to its end
 */
export async function measure(n8n: RunningN8n, host: Host, way: Way, items: number): Promise<Measured> {
	n8n.process.send('collectGarbage');
	await nextMessage(n8n);
	await forgetPeak(n8n);

	const [message] = await Promise.all([nextMessage(n8n), start(`${n8n.url}/webhook/${pathOf(host, way)}`, items)]);
	const execution = message as FinishedExecution;

	const names = nodeNames(host, way);
	if (execution.status !== 'success' || execution.lastNode !== names.at(-1)) {
		throw new Error(`${way.title} ended with ${execution.status} at '${execution.lastNode}': ${execution.error}. n8n's log: ${n8n.log}`);
	}
	const answers = new Map<number, number>();
	for (const item of execution.answered) answers.set(item, (answers.get(item) ?? 0) + 1);
	return {
		milliseconds: names.reduce((sum, name) => sum + execution.milliseconds[name]!, 0),
		answered: [...answers.values()].filter((count) => count === samples).length,
		peakBytes: await peak(n8n),
	};
}

/** n8n says that it is ready a second or two before it has registered its webhooks. */
async function start(webhook: string, items: number): Promise<void> {
	for (let tries = 1; ; tries++) {
		const { status, data } = await axios.post<unknown>(webhook, { items }, { validateStatus: () => true });
		if (status === 200) return;
		if (status !== 404 || tries > 30) throw new Error(`${webhook} answered ${status}: ${JSON.stringify(data)}`);
		await sleep(1000);
	}
}

async function nextMessage(n8n: RunningN8n): Promise<unknown> {
	const gone = n8n.ended.then((sentence) => Promise.reject(new Error(`${sentence}. Its log: ${n8n.log}`)));
	const [message] = (await Promise.race([once(n8n.process, 'message'), gone])) as [unknown];
	return message;
}

/** Linux keeps the peak of a process, and forgets it when told so: proc(5), clear_refs. */
async function forgetPeak(n8n: RunningN8n): Promise<void> {
	await writeFile(`/proc/${n8n.process.pid}/clear_refs`, '5').catch(() => {});
}

async function peak(n8n: RunningN8n): Promise<number | undefined> {
	const status = await readFile(`/proc/${n8n.process.pid}/status`, 'utf8').catch(() => '');
	const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
	return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
