import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { IRun } from 'n8n-workflow';

import { endsWithParent, runCommand } from './command.ts';
import { freePort } from './freePort.ts';
import { unpackNode } from './packNode.ts';
import { startService, type Service } from './service.ts';
import { quietSettings } from './settings.ts';

/*
 * One user folder of the real n8n, and the processes that run on it:
 *
 *   const n8n = await openInstance({ n8n: await installN8n(), userFolder, tarball: await packNode(folder) });
 *   await n8n.importCredentials([{ id, name, type: 'humanloopApi', data: { apiKey, baseUrl } }]);
 *   await n8n.importWorkflows([workflow]);
 *   await n8n.publish(workflow.id);         // before the start: webhooks answer for published workflows only
 *   const main = await n8n.start();         // main.url; await main.stop()
 *
 * For queue mode: `env` with EXECUTIONS_MODE, DB_… and QUEUE_… (and N8N_ENCRYPTION_KEY, where several user folders share a
 * database), then start() and start({ command: 'worker' }).
 */

export interface InstanceOptions {
	/** The folder from installN8n(). */
	n8n: string;
	/** n8n keeps its data in `.n8n` below it, its encryption key too. Made when it is not there. */
	userFolder: string;
	/** The packed node, from packNode(); replaces what this folder had. Without one, what is there stays. */
	tarball?: string;
	/** n8n's settings, above those of quietSettings(). */
	env?: Record<string, string>;
	/** Ends CLI commands and the waiting for a start when it aborts. */
	signal?: AbortSignal;
}

export interface StartOptions {
	command?: 'start' | 'worker' | 'webhook';
	/** The port of the editor, the webhooks and the API; a worker answers `/healthz` there. Without one, a free port. */
	port?: number;
	env?: Record<string, string>;
	/** The file for its output; without one, `<command>.log` in the user folder. */
	log?: string;
}

export interface RunningN8n extends Service {
	/** Such as `http://127.0.0.1:5678`, without a slash at the end. */
	url: string;
	port: number;
}

export interface Credential {
	id: string;
	name: string;
	type: string;
	/** The fields in plain text; n8n encrypts them. */
	data: Record<string, string>;
}

/** A workflow as n8n exports it. */
export interface ExportedWorkflow {
	id: string;
	name: string;
	nodes: object[];
	connections: object;
}

export interface Instance {
	userFolder: string;
	/**
	 * Runs a command of n8n's CLI to its end and returns what it printed.
	 *
	 * @throws an error with the last lines of its output when its exit code is not 0, or after five minutes
	 */
	run(...args: string[]): Promise<string>;
	/** Stores credentials; those with the same ID are overwritten. */
	importCredentials(credentials: Credential[]): Promise<void>;
	/** Stores workflows, not published; those with the same ID are overwritten. */
	importWorkflows(workflows: ExportedWorkflow[]): Promise<void>;
	/** Publishes a workflow's newest version. An n8n that runs takes no notice before its next start. */
	publish(id: string): Promise<void>;
	/**
	 * Runs a stored workflow in a process of its own, also while n8n runs; it begins at its manual trigger.
	 *
	 * @returns the run, of a workflow that failed as well
	 */
	execute(id: string): Promise<IRun>;
	/** Starts a process of n8n and waits until it is ready. A webhook may be registered a second or two later. */
	start(options?: StartOptions): Promise<RunningN8n>;
}

export async function openInstance({ n8n, userFolder, tarball, env, signal }: InstanceOptions): Promise<Instance> {
	await mkdir(userFolder, { recursive: true, mode: 0o700 });
	if (tarball) await unpackNode(tarball, userFolder);

	const command = async (args: string[], settings: Record<string, string> = {}) => ({
		file: process.execPath,
		args: [...endsWithParent, path.join(n8n, 'node_modules', 'n8n', 'bin', 'n8n'), ...args],
		// n8n reads a file .env in its working directory.
		cwd: userFolder,
		env: {
			...quietSettings(),
			N8N_USER_FOLDER: userFolder,
			// Each process opens this port, a CLI command too.
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
			...env,
			...settings,
		},
	});

	let commands = 0;
	async function cli(args: string[], settings?: Record<string, string>): Promise<{ output: string; failure?: Error }> {
		// Into a file: with a pipe that its reader closes early, n8n hangs.
		const log = path.join(userFolder, `cli-${process.pid}-${++commands}.log`);
		const ends = [AbortSignal.timeout(300_000), ...(signal ? [signal] : [])];
		try {
			const failure = await runCommand({ ...(await command(args, settings)), log, signal: AbortSignal.any(ends) }).then(
				() => undefined,
				(error: Error) => error,
			);
			signal?.throwIfAborted();
			return { output: await readFile(log, 'utf8'), failure };
		} finally {
			await rm(log, { force: true });
		}
	}

	async function run(...args: string[]): Promise<string> {
		const { output, failure } = await cli(args);
		if (failure) throw failure;
		return output;
	}

	/** Hands values to an import command, in a file that nobody else can read. */
	async function importFrom(name: string, values: object[]): Promise<void> {
		const file = path.join(userFolder, `import-${process.pid}-${++commands}.json`);
		try {
			await writeFile(file, JSON.stringify(values), { mode: 0o600 });
			await run(name, `--input=${file}`);
		} finally {
			await rm(file, { force: true });
		}
	}

	return {
		userFolder,
		run,
		importCredentials: async (credentials) => await importFrom('import:credentials', credentials),
		importWorkflows: async (workflows) => await importFrom('import:workflow', workflows),
		async publish(id) {
			await run('publish:workflow', `--id=${id}`);
		},
		async execute(id) {
			// The run is printed as a log line of the level info, after others.
			const { output, failure } = await cli(['execute', `--id=${id}`, '--rawOutput'], {
				N8N_LOG_LEVEL: 'info',
				NO_COLOR: '1',
			});
			const json = /^\{\n[\s\S]*?^\}$/m.exec(output)?.[0];
			if (!json) throw failure ?? new Error(`n8n execute --id=${id} printed no run:\n${output.slice(-2000)}`);
			return JSON.parse(json) as IRun;
		},
		async start({
			command: name = 'start',
			port: wanted,
			env: settings,
			log = path.join(userFolder, `${name}.log`),
		} = {}) {
			const port = wanted ?? (await freePort());
			const url = `http://127.0.0.1:${port}`;
			const ofWorkers = {
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(port),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			};
			const service = await startService({
				...(await command([name], { N8N_PORT: String(port), ...(name === 'worker' ? ofWorkers : {}), ...settings })),
				name: name === 'start' ? 'n8n' : `n8n ${name}`,
				log,
				signal,
				readyWithin: 300_000,
				isReady: async () => (await fetch(`${url}/healthz/readiness`, { signal: AbortSignal.timeout(5000) })).ok,
			});
			return { ...service, url, port };
		},
	};
}
