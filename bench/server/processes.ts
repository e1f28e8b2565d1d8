import path from 'node:path';

import { endsWithParent } from '../../n8n/command.ts';
import { freePort } from '../../n8n/freePort.ts';
import { startService, type Service } from '../../n8n/service.ts';

export interface Program {
	service: Service;
	/** http://127.0.0.1:N */
	url: string;
}

export interface ProgramOptions {
	name: string;
	/** The script that Node.js runs. */
	file: string;
	/** Flags of Node.js. */
	flags?: string[];
	args?: (port: number) => string[];
	env?: (port: number) => Record<string, string>;
	/** Where it says with 200 that it is ready. */
	readyPath?: string;
	/** For its output. */
	folder: string;
	signal: AbortSignal;
}

/** Starts a program on a free port of 127.0.0.1 and waits until it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
	const { name, file, flags = [], args, env, readyPath = '/', folder, signal } = options;
	const ownArgs = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', file];
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const service = await startService({
		name,
		file: process.execPath,
		args: [...endsWithParent, ...flags, ...ownArgs, ...(args?.(port) ?? [])],
		cwd: folder,
		env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env?.(port) },
		log: path.join(folder, `${name.replaceAll(/\W+/g, '-')}.log`),
		signal,
		readyWithin: 120_000,
		isReady: async () => (await fetch(`${url}${readyPath}`, { signal: AbortSignal.timeout(5000) })).ok,
	});
	return { service, url };
}

/** Runs one of the programs beside this file with --port and these arguments. */
export async function startOwn(
	name: 'provider' | 'proxy' | 'emptyFastify',
	folder: string,
	signal: AbortSignal,
	more: string[] = [],
): Promise<Program> {
	const file = path.resolve('bench/server/programs', `${name}.ts`);
	return await startProgram({ name, file, args: (port) => [`--port=${port}`, ...more], folder, signal });
}
