import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort } from '../../n8n/freePort.ts';

/** How PostgreSQL ends: its connections are closed in order, or it stops at once and recovers at its next start. */
type ShutdownMode = 'fast' | 'immediate';

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A PostgreSQL of its own in a temporary folder, with an empty database. */
export interface RunningPostgres {
	/** Address of the database, as DATABASE_URL wants it. */
	url: string;
	/** The postmaster's process ID. It changes with each restart. */
	pid(): number;
	/** Restarts it, as `pg_ctl restart` does. Returns when it accepts connections. */
	restart(mode: ShutdownMode): Promise<void>;
	stop(): Promise<void>;
}

/** The folder of PostgreSQL's programs, the newest version first. Undefined if it is not installed. */
export function postgresFolder(): string | undefined {
	const root = '/usr/lib/postgresql';
	const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
	return [...versions.map((version) => path.join(root, version, 'bin')), '/usr/local/bin', '/usr/bin'].find((folder) =>
		existsSync(path.join(folder, 'postgres')),
	);
}

/** PostgreSQL refuses to run as root. Then it runs as the user of Debian's package, who gets its folder. */
function asPostgres(folder: string): string[] {
	if (process.getuid?.() !== 0) return ['--nnp'];
	const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'postgres'])));
	chownSync(folder, uid!, gid!);
	return ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
}

async function accepts(port: number): Promise<boolean> {
	const socket = connect({ host: '127.0.0.1', port });
	try {
		await once(socket, 'connect');
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}

/** Starts Debian's PostgreSQL on a free port, with these settings (`name=value`). It waits for its disk, as in production. */
export async function startPostgres(settings: string[] = []): Promise<RunningPostgres> {
	const bin = postgresFolder();
	if (bin === undefined) throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql).');
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-postgres-'));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
	const data = path.join(folder, 'data');
	const user = asPostgres(folder);
	const create = ['-D', data, '--username=humanloop', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
	await promisify(execFile)('setpriv', [...user, path.join(bin, 'initdb'), ...create], { cwd: folder });
	const port = await freePort();
	const url = `postgres://humanloop@127.0.0.1:${port}/postgres`;
	const options = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
	const pidFile = path.join(data, 'postmaster.pid');

	let child: ChildProcess;
	const start = async () => {
		const args = [...user, '--pdeathsig', 'INT', path.join(bin, 'postgres'), '-D', data];
		child = spawn('setpriv', [...args, ...options.flatMap((option) => ['-c', option])], {
			cwd: folder,
			stdio: 'ignore',
		});
		// While it recovers, it accepts connections and refuses sessions; the last line of the file says when it is ready.
		const isReady = () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trimEnd().endsWith('ready');
		while (!isReady() || !(await accepts(port))) {
			if (child.exitCode !== null) throw new Error('PostgreSQL did not start.');
			await wait(20);
		}
	};
	const end = async (mode: ShutdownMode) => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const exited = once(child, 'exit');
		child.kill(signals[mode]);
		await exited;
	};
	await start();
	return {
		url,
		pid: () => child.pid!,
		async restart(mode) {
			await end(mode);
			await start();
		},
		async stop() {
			await end('fast');
			rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}
