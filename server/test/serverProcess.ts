import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const main = resolve(import.meta.dirname, '../src/main.ts');

export type ServerProcess = { child: ChildProcess; address: string; stderr: () => string };

/** The server as a process of its own, as people start it. Resolves when it listens, and rejects if it ends before. */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
	const child = spawn(process.execPath, [main], {
		env: { PATH: process.env['PATH'], PORT: '0', ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-10_000)));
	const address = await new Promise<string>((found, failed) => {
		createInterface(child.stdout).on('line', (line) => {
			const listening = /listens on (\S+)/.exec(line)?.[1];
			if (listening !== undefined) found(listening);
		});
		child.once('exit', () => failed(new Error(`The server ended: ${stderr}`)));
	});
	return { child, address, stderr: () => stderr };
}

/** Memory of a process in MB, now and at most so far. Linux only. */
export function memoryOf({ pid }: ChildProcess): { residentMb: number; peakMb: number } {
	const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
	const mb = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
	return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
