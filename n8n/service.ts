import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { lastLines, startCommand, type Command } from './command.ts';

/** A program that runs until it is told to stop. */
export interface Service {
	name: string;
	process: ChildProcess;
	/** The file with all its output. */
	log: string;
	/** Resolves when the process is gone, for any reason, to a sentence on how it went. */
	ended: Promise<string>;
	/** Asks it to finish what it is doing and to end, and waits for that; after `patience` milliseconds it is killed. */
	stop(patience?: number): Promise<void>;
}

export interface ServiceCommand extends Command {
	name: string;
	/** Whether it is ready to work; asked four times a second. What it throws counts as no. */
	isReady: () => Promise<boolean>;
	/** In milliseconds. */
	readyWithin: number;
}

/**
 * Starts a program in a process group of its own and waits until it is ready.
 *
 * @throws an error with the last lines of its output when it ends before, or is not ready in time; it is gone then. The
 * signal's reason when that aborts the waiting
 */
export async function startService({
	name,
	isReady,
	readyWithin,
	signal,
	...command
}: ServiceCommand): Promise<Service> {
	const child = startCommand({ ...command, signal });
	const isGone = () => child.exitCode !== null || child.signalCode !== null;
	const ended = new Promise<string>((resolve) => {
		child.once('error', (error) => resolve(`${name} could not be started: ${error.message}`));
		child.once('exit', (code, by) => resolve(`${name} ended with ${by ?? `code ${code}`}`));
	});
	const service: Service = {
		name,
		process: child,
		log: command.log,
		ended,
		async stop(patience = 40_000) {
			if (isGone()) return;
			child.kill('SIGTERM');
			const killing = setTimeout(() => child.kill('SIGKILL'), patience);
			await ended;
			clearTimeout(killing);
		},
	};

	let end: string | undefined;
	void ended.then((sentence) => (end = sentence));
	const deadline = Date.now() + readyWithin;
	while (!(await isReady().catch(() => false))) {
		const late = Date.now() > deadline ? `${name} is not ready after ${readyWithin / 1000} s` : undefined;
		const problem = end ?? late;
		if (problem || signal?.aborted) {
			await service.stop();
			signal?.throwIfAborted();
			throw new Error(`${problem}. Its last lines (all of them: ${command.log}):\n${lastLines(command.log)}`);
		}
		await sleep(250);
	}
	return service;
}
