import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { endsWithParent } from '../n8n/command.ts';
import { freePort } from '../n8n/freePort.ts';
import { startService, type Service } from '../n8n/service.ts';
import { patience } from './check.ts';
import { readCompose, readEnvFile, type ComposeFile } from './compose.ts';
import { execForm, last, readStages } from './image/dockerfile.ts';
import { startQueueHosts } from './queueHosts.ts';

/** A server of the Compose file, as a process of its own. */
export interface Replica extends Service {
	name: string;
	port: number;
	/** Starts it again after its end. */
	restart(): Promise<Replica>;
}

/** What docker/compose.yaml describes, without containers and without n8n, on free ports of 127.0.0.1. */
export interface ReplicaHosts {
	folder: string;
	/** The values of the file's variables. */
	variables: Record<string, string>;
	/** The settings of a service, with the addresses of this machine. */
	environmentOf(service: string): Record<string, string>;
	replicas: Replica[];
	/** The balancer's address, without a slash at the end. */
	url: string;
	stop(): Promise<void>;
}

const composeFile = 'docker/compose.yaml';
const servers = ['humanloop-1', 'humanloop-2', 'humanloop-3'];

/** Starts PostgreSQL, Redis, three servers and nginx with the files in docker/. `settings` are of the servers. */
export async function startReplicaHosts(settings: Record<string, string>): Promise<ReplicaHosts> {
	const folder = await mkdtemp(path.join(tmpdir(), 'humanloop-replicas-'));
	const ends = [async () => await rm(folder, { recursive: true, force: true })];
	const stop = async () => {
		for (const end of ends.toReversed()) await end();
	};
	try {
		const [n8nPort, balancerPort] = [await freePort(), await freePort()];
		const variables: Record<string, string> = {
			...secrets(),
			N8N_PUBLIC_URL: `http://127.0.0.1:${n8nPort}`,
			PUBLIC_URL: `http://127.0.0.1:${balancerPort}`,
		};
		const compose = readCompose(composeFile, variables);
		const hosts = await startQueueHosts({ name: 'postgres', password: variables.POSTGRES_PASSWORD! });
		ends.push(async () => await hosts.stop());
		createDatabases(compose, hosts.postgresPort);
		const environmentOf = (service: string) => withPorts(compose.services[service]!.environment!, hosts);

		// All at once, as Compose does: one of them migrates the database.
		const replicas = await Promise.all(
			servers.map(async (name) => await startReplica(name, { ...environmentOf(name), ...settings }, folder)),
		);
		ends.push(async () => void (await Promise.all(replicas.map(async (replica) => await replica.stop()))));
		const balancer = await startBalancer(replicas, balancerPort, folder);
		ends.push(async () => await balancer.stop());
		return { folder, variables, environmentOf, replicas, url: `http://127.0.0.1:${balancerPort}`, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** A value for each variable that the example of the environment file leaves empty. */
function secrets(): Record<string, string> {
	const empty = Object.entries(readEnvFile('docker/.env.example')).filter(([, value]) => value === '');
	return Object.fromEntries(empty.map(([name]) => [name, randomBytes(24).toString('hex')]));
}

/** Runs the script that the image of PostgreSQL runs when its volume is new. */
function createDatabases({ services }: ComposeFile, port: number): void {
	const env = services.postgres!.environment!;
	execFileSync('docker/databases.sh', {
		env: {
			...env,
			PATH: process.env.PATH,
			PGHOST: '127.0.0.1',
			PGPORT: String(port),
			PGPASSWORD: env.POSTGRES_PASSWORD,
		},
	});
}

function withPorts(
	environment: Record<string, string>,
	{ redisPort, postgresPort }: { redisPort: number; postgresPort: number },
): Record<string, string> {
	const places: Record<string, string> = {
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(postgresPort),
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redisPort),
	};
	return Object.fromEntries(
		Object.entries(environment).map(([name, value]) => [
			name,
			places[name] ?? value.replace('@postgres:5432/', `@127.0.0.1:${postgresPort}/`),
		]),
	);
}

async function startReplica(
	name: string,
	env: Record<string, string>,
	folder: string,
	onPort?: number,
): Promise<Replica> {
	const port = onPort ?? (await freePort());
	const dataDir = path.join(folder, name);
	await mkdir(dataDir, { recursive: true });
	const [image] = readStages(readFileSync('Dockerfile', 'utf8')).slice(-1);
	const [, ...args] = [...execForm(last(image!, 'ENTRYPOINT')!), ...execForm(last(image!, 'CMD')!)];
	const service = await startService({
		name,
		file: process.execPath,
		args: [...endsWithParent, ...args],
		cwd: process.cwd(),
		env: { PATH: process.env.PATH, ...env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dataDir },
		log: path.join(folder, `${name}.log`),
		readyWithin: patience,
		isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5000) })).ok,
	});
	return { ...service, name, port, restart: async () => await startReplica(name, env, folder, port) };
}

/** nginx with the file of Compose; only addresses, and the folder for its own files, are of this machine. */
async function startBalancer(replicas: Replica[], port: number, folder: string): Promise<Service> {
	const home = path.join(folder, 'nginx');
	await mkdir(home);
	let text = readFileSync('docker/nginx.conf', 'utf8').replaceAll('/tmp/', `${home}/`);
	for (const { name, port: of } of replicas) text = text.replace(`server ${name}:8400`, `server 127.0.0.1:${of}`);
	text = text.replace('listen 8400;', `listen 127.0.0.1:${port};`);
	const file = path.join(home, 'nginx.conf');
	writeFileSync(file, text);
	const nginx = ['/usr/sbin/nginx', '-c', file, '-e', 'stderr'];
	const asUser = process.getuid?.() === 0 ? ['--reuid=nobody', '--regid=nogroup', '--clear-groups'] : ['--nnp'];
	if (process.getuid?.() === 0) {
		const [uid, gid] = ['-u', '-g'].map((option) =>
			Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' })),
		);
		for (const each of [folder, home, file]) chownSync(each, uid!, gid!);
	}
	execFileSync('setpriv', [...asUser, ...nginx, '-t'], { stdio: 'pipe' });
	return await startService({
		name: 'nginx',
		file: 'setpriv',
		args: [...asUser, '--pdeathsig', 'TERM', ...nginx, '-g', 'daemon off;'],
		cwd: home,
		env: { PATH: process.env.PATH },
		log: path.join(folder, 'nginx.log'),
		readyWithin: patience,
		isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5000) })).ok,
	});
}
