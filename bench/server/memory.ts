import { readFileSync } from 'node:fs';

import { processorTime } from '../use.ts';
import type { Program } from './processes.ts';

/** Resident memory of programs at one moment. */
export interface MemorySample {
	/** Since the first sample. */
	seconds: number;
	/** In MB, by the name of the program. */
	residentMb: Record<string, number>;
}

/** A field of /proc/<pid>/status or smaps_rollup in MB (10^6 bytes). Linux only. */
function megabytes(pid: number, file: 'status' | 'smaps_rollup', field: string): number {
	const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
	return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024) / 1e6;
}

/** Looks at the memory of programs until it is stopped. */
export class MemoryWatch {
	readonly samples: MemorySample[] = [];
	readonly #programs: Map<string, number>;
	readonly #startedAt = performance.now();
	readonly #timer: NodeJS.Timeout;

	/** `programs` by the name under which they are listed. */
	constructor(programs: Record<string, Program>) {
		const pids = Object.entries(programs).map(([name, { service }]) => [name, service.process.pid!] as const);
		this.#programs = new Map(pids);
		this.#look();
		this.#timer = setInterval(() => this.#look(), 500);
	}

	#look(): void {
		const seconds = (performance.now() - this.#startedAt) / 1000;
		const entries = [...this.#programs].map(([name, pid]) => [name, megabytes(pid, 'status', 'VmRSS')] as const);
		this.samples.push({ seconds, residentMb: Object.fromEntries(entries) });
	}

	/** The most that each program held since it started, in MB. */
	peaks(): Record<string, number> {
		const entries = [...this.#programs].map(([name, pid]) => [name, megabytes(pid, 'status', 'VmHWM')] as const);
		return Object.fromEntries(entries);
	}

	/** Ends the looking. Call it before a program ends. */
	stop(): void {
		clearInterval(this.#timer);
	}
}

/** What a program holds when it has started and nothing was asked of it, in MB, and the processor time of its start. */
export interface AtRest {
	residentMb: number;
	/** Without the files that other processes share with it, by share. */
	proportionalMb: number;
	startCpuMs: number;
}

export function atRest({ service }: Program): AtRest {
	const pid = service.process.pid!;
	return {
		residentMb: megabytes(pid, 'status', 'VmRSS'),
		proportionalMb: megabytes(pid, 'smaps_rollup', 'Pss'),
		startCpuMs: processorTime(pid),
	};
}
