import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Command {
	file: string;
	args: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
	/** Where the output goes, both streams; what was in there is replaced. */
	log: string;
	/** Ends the command, and all that it has started, when it aborts. */
	signal?: AbortSignal;
}

/** Arguments of Node.js for a program that shall not outlive the process that starts it. */
export const endsWithParent = ['--require', path.resolve('n8n/endWithParent.cjs')];

/** Starts a program in a process group of its own: a Ctrl-C in the terminal does not reach it. */
export function startCommand({ file, args, cwd, env, log, signal }: Command) {
	signal?.throwIfAborted();
	const output = openSync(log, 'w', 0o600);
	try {
		return spawn(file, args, { cwd, env, stdio: ['ignore', output, output, 'ipc'], detached: true });
	} finally {
		closeSync(output);
	}
}

/**
 * Runs a program to its end.
 *
 * @throws the signal's reason when that ended it, or an error with the last lines of the output when its exit code is not 0
 */
export async function runCommand(command: Command): Promise<void> {
	const child = startCommand(command);
	const end = () => {
		try {
			if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
		} catch {
			// It has ended by itself.
		}
	};
	command.signal?.addEventListener('abort', end);
	try {
		const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
		command.signal?.throwIfAborted();
		if (code !== 0) {
			const name = [path.basename(command.file), ...command.args].join(' ');
			throw new Error(
				`${name} ended with ${signal ?? `code ${code}`}:\n${lastLines(command.log)}\n(all of it: ${command.log})`,
			);
		}
	} finally {
		command.signal?.removeEventListener('abort', end);
	}
}

/** The last lines of a log file, without terminal colours. */
export function lastLines(log: string, count = 15): string {
	// eslint-disable-next-line no-control-regex
	const text = readFileSync(log, 'utf8').replace(/\x1b\[[0-9;]*m/g, '');
	return text.trimEnd().split('\n').slice(-count).join('\n');
}
