import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface RunningServer {
	/** Base URL of the v4 API, as the credentials want it. */
	baseUrl: string;
	/** A key that the server accepts. */
	apiKey: string;
	/** The folder with the database. */
	dataDir: string;
	/** Everything that the server has printed so far, both streams. */
	output(): string;
	process: ChildProcess;
	/** Ends the server gracefully. */
	stop(): Promise<void>;
}

export interface ServerOptions {
	/** Settings beside the port, the data folder and the key. */
	env?: Record<string, string>;
	/** A data folder to use and to leave behind; without one, an own one that goes with the server. */
	dataDir?: string;
	apiKey?: string;
	/** A program to start in place of the one of this clone. */
	program?: string;
}

/**
 * Starts humanloop-server as people start it: in a process of its own, here on a free port. The
 * working directory is the repository's root, as npm and jest set it.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
	const apiKey = options.apiKey ?? `hl_sk_${'5'.repeat(48)}`;
	const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'humanloop-server-'));
	const server = spawn(options.program ?? 'node', options.program ? [] : ['server/src/main.ts'], {
		env: {
			PATH: `${path.resolve('node_modules/.bin')}${path.delimiter}${process.env.PATH}`,
			HOST: '127.0.0.1',
			PORT: '0',
			DATA_DIR: dataDir,
			HUMANLOOP_API_KEY: apiKey,
			...options.env,
		},
	});
	let output = '';
	server.stderr.on('data', (chunk) => (output += String(chunk)));
	const baseUrl = await new Promise<string>((resolve, reject) => {
		server.stdout.on('data', (chunk) => {
			output += String(chunk);
			const address = /listens on (http:\S+)/.exec(output)?.[1];
			if (address) resolve(address);
		});
		server.once('exit', (code) => reject(new Error(`The server ended with code ${code}: ${output.trim()}`)));
	});

	return {
		baseUrl,
		apiKey,
		dataDir,
		output: () => output,
		process: server,
		async stop() {
			if (server.exitCode === null && server.signalCode === null) {
				server.kill('SIGTERM');
				await once(server, 'exit');
			}
			if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
		},
	};
}
