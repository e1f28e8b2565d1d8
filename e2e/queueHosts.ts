import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runCommand } from '../n8n/command.ts';
import { freePort } from '../n8n/freePort.ts';
import { startService, type Service } from '../n8n/service.ts';
import { patience } from './check.ts';

/** What n8n's queue mode stands on, on free ports of 127.0.0.1 and in a folder of its own. */
export interface QueueHosts {
	/** n8n's settings for queue mode with these hosts. */
	env: Record<string, string>;
	redisPort: number;
	postgresPort: number;
	stop(): Promise<void>;
}

/** Who may do everything in PostgreSQL. Without a password, it asks nobody for one. */
interface Superuser {
	name: string;
	password?: string;
}

/** Starts a Redis and a PostgreSQL of Debian's packages, both empty. */
export async function startQueueHosts(superuser: Superuser = { name: 'n8n' }): Promise<QueueHosts> {
	const redis = programIn(['/usr/bin', '/usr/local/bin'], 'redis-server', 'redis-server');
	const postgres = programIn(postgresFolders(), 'postgres', 'postgresql');
	const folder = await mkdtemp(path.join(tmpdir(), 'humanloop-queue-'));
	// A Ctrl-C ends this process before anybody calls stop().
	process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
	const services: Service[] = [];
	const stop = async () => {
		for (const service of services.reverse()) await service.stop();
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const [redisPort, postgresPort] = [await freePort(), await freePort()];
		services.push(await startRedis(redis, redisPort, folder));
		services.push(await startPostgres(path.dirname(postgres), postgresPort, folder, superuser));
		const env = {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redisPort),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(postgresPort),
			DB_POSTGRESDB_USER: superuser.name,
			DB_POSTGRESDB_DATABASE: 'postgres',
		};
		return { env, redisPort, postgresPort, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

function programIn(folders: string[], name: string, debianPackage: string): string {
	const file = folders.map((folder) => path.join(folder, name)).find((candidate) => existsSync(candidate));
	if (!file)
		throw new Error(`${name} is not in ${folders.join(', ')}: install it (Debian: apt-get install ${debianPackage}).`);
	return file;
}

/** Debian keeps each version of PostgreSQL in a folder of its own; the newest comes first. */
function postgresFolders(): string[] {
	const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
	return [
		...versions.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`),
		'/usr/bin',
		'/usr/local/bin',
	];
}

async function startRedis(file: string, port: number, folder: string): Promise<Service> {
	return await startService({
		name: 'Redis',
		// The kernel ends it when this process is killed.
		file: 'setpriv',
		args: ['--pdeathsig', 'TERM', file, '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder],
		cwd: folder,
		env: process.env,
		log: path.join(folder, 'redis.log'),
		readyWithin: patience,
		isReady: async () => await listens(port),
	});
}

async function startPostgres(
	bin: string,
	port: number,
	folder: string,
	{ name, password }: Superuser,
): Promise<Service> {
	const home = path.join(folder, 'postgres');
	const data = path.join(home, 'data');
	await mkdir(home);
	const asUser = userForPostgres(folder, home);
	const common = { file: 'setpriv', cwd: home, env: process.env };
	const passwordFile = path.join(home, 'password');
	if (password) await writeFile(passwordFile, password);
	const auth = password ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=trust'];
	const create = ['-D', data, `--username=${name}`, ...auth, '--encoding=UTF8', '--locale=C', '--no-sync'];
	await runCommand({
		...common,
		args: [...asUser, path.join(bin, 'initdb'), ...create],
		log: path.join(folder, 'initdb.log'),
	});
	// Without a socket in the file system, and without waiting for the disk: it is empty at every start.
	const settings = [
		'-D',
		data,
		'-p',
		String(port),
		'-c',
		'listen_addresses=127.0.0.1',
		'-c',
		'unix_socket_directories=',
		'-c',
		'fsync=off',
	];
	return await startService({
		...common,
		name: 'PostgreSQL',
		args: [...asUser, '--pdeathsig', 'INT', path.join(bin, 'postgres'), ...settings],
		log: path.join(folder, 'postgres.log'),
		readyWithin: patience,
		isReady: async () => await listens(port),
	});
}

/** PostgreSQL refuses to run as root: there it becomes the user of Debian's package, and gets its folder. */
function userForPostgres(folder: string, home: string): string[] {
	if (process.getuid?.() !== 0) return ['--nnp'];
	const [uid, gid] = ['-u', '-g'].map((option) =>
		Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' })),
	);
	chownSync(folder, uid!, gid!);
	chownSync(home, uid!, gid!);
	return ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
}

async function listens(port: number): Promise<boolean> {
	const socket = connect({ host: '127.0.0.1', port });
	try {
		await new Promise((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		return true;
	} finally {
		socket.destroy();
	}
}
