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

export interface BenchedN8n {
	service: RunningN8n;
	/**
	 * Runs a way over so many items, once, after a collection of garbage.
	 *
	 * @param isForMemory whether n8n gives back to the system all memory that it can spare before. That takes its compiled
	 *   code too, so the time of such a run says nothing
	 * @throws an error when the execution did not get to its end
	 */
	measure(host: Host, way: Way, items: number, isForMemory?: boolean): Promise<Measured>;
}

/**
 * Starts n8n with the hook that tells of executions.
 *
 * @param signal ends the waiting for an execution when it aborts
 */
export async function startBenchedN8n(instance: Instance, signal: AbortSignal): Promise<BenchedN8n> {
	const service = await instance.start({ env: { EXTERNAL_HOOK_FILES: path.resolve('bench/n8nHook.cjs') } });
	const child = service.process;

	async function nextMessage(): Promise<unknown> {
		const gone = service.ended.then((sentence) => Promise.reject(new Error(`${sentence}. Its log: ${service.log}`)));
		const [message] = (await Promise.race([once(child, 'message', { signal }), gone])) as [unknown];
		return message;
	}

	return {
		service,
		async measure(host, way, items, isForMemory = false) {
			child.send({ flavor: isForMemory ? 'last-resort' : 'regular' });
			await nextMessage();
			await forgetPeak(child.pid!);

			const [message] = await Promise.all([nextMessage(), start(`${service.url}/webhook/${pathOf(host, way)}`, items)]);
			const { status, lastNode, error, milliseconds, answered } = message as FinishedExecution;
			const names = nodeNames(host, way);
			if (status !== 'success' || lastNode !== names.at(-1)) {
				throw new Error(
					`${way.title}: the execution ended with ${status} at '${lastNode}': ${error}. n8n's log: ${service.log}`,
				);
			}
			const responses = new Map<number, number>();
			for (const item of answered) responses.set(item, (responses.get(item) ?? 0) + 1);
			return {
				milliseconds: names.reduce((sum, name) => sum + milliseconds[name]!, 0),
				answered: [...responses.values()].filter((count) => count === samples).length,
				peakBytes: await peak(child.pid!),
			};
		},
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

/** Linux keeps the peak of a process, and forgets it when told so: proc(5), clear_refs. */
async function forgetPeak(pid: number): Promise<void> {
	await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => {});
}

async function peak(pid: number): Promise<number | undefined> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
	return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
