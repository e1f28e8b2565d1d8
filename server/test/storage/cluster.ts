import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A PostgreSQL server of the tests' own. Its user `tests` needs no password, and a user `guarded` would need one. */
export type Cluster = {
	/** What names of databases go behind. */
	address: string;
	port: number;
	/** The process ID of the server. It changes when it is started again. */
	pid(): number;
	/** Ends the server at once, as a crash does. */
	kill(): Promise<void>;
	/** Ends the server in order: it ends its sessions and writes all data. */
	shutDown(): Promise<void>;
	/** Starts it again. */
	start(): Promise<void>;
	/** Ends it and removes its files. */
	stop(): Promise<void>;
};

/** Where Debian's packages have the programs, or where the path has them. */
function programsIn(): string {
	const folders = globSync('/usr/lib/postgresql/*/bin').sort();
	return folders.at(-1) ?? '';
}

export function program(name: string): string {
	return join(programsIn(), name);
}

/** PostgreSQL refuses to run as root. Debian's package has a user for it. */
function owner(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
	return { uid: idOf('-u'), gid: idOf('-g') };
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** Makes a server with files of its own, and starts it. `settings` are lines of postgresql.conf. */
export async function startCluster(settings: string[] = []): Promise<Cluster> {
	const dir = mkdtempSync(join(tmpdir(), 'humanloop-postgres-'));
	const user = owner();
	if (user.uid !== undefined) chownSync(dir, user.uid, user.gid as number);
	chmodSync(dir, 0o700);
	const data = join(dir, 'data');
	const options = { ...user, cwd: dir, stdio: 'pipe' } as const;
	const initial = ['-U', 'tests', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '-D', data];
	execFileSync(program('initdb'), initial, options);
	const hba = join(data, 'pg_hba.conf');
	writeFileSync(hba, `host all guarded 127.0.0.1/32 scram-sha-256\n${readFileSync(hba, 'utf8')}`);
	const port = await freePort();
	const lines = [
		`port = ${port}`,
		`unix_socket_directories = '${dir}'`,
		"listen_addresses = '127.0.0.1'",
		'max_connections = 200',
		// What a crash of the machine would lose does not matter here.
		'fsync = off',
		'full_page_writes = off',
		...settings,
	];
	writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
	let server: ReturnType<typeof spawn> | undefined;
	const end = async (signal: NodeJS.Signals) => {
		if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
		// A process that waits for the end must not end before.
		server.ref();
		const closed = once(server, 'exit');
		server.kill(signal);
		await closed;
	};
	const start = async () => {
		server = spawn(program('postgres'), ['-D', data], { ...user, cwd: dir, stdio: 'ignore' });
		// It must not keep the test file running.
		server.unref();
		while (!isReady(port)) {
			if (server.exitCode !== null) throw new Error('PostgreSQL has ended');
			await pause(50);
		}
	};
	process.once('exit', () => {
		server?.kill('SIGQUIT');
		if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
	});
	await start();
	return {
		address: `postgres://tests@127.0.0.1:${port}/`,
		port,
		pid: () => server?.pid as number,
		start,
		kill: () => end('SIGQUIT'),
		shutDown: () => end('SIGINT'),
		async stop() {
			await end('SIGINT');
			rmSync(dir, { recursive: true, force: true });
		},
	};
}

function isReady(port: number): boolean {
	try {
		execFileSync(program('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}
