import { installPortkey, portkeyVersion } from './portkey.ts';
import { startOwn, startProgram, type Program } from './processes.ts';
import { startProvider, type Provider } from './provider.ts';
import { startHumanloop } from './humanloop.ts';
import { humanloopWay, plainWay, withBudget, type Way, type WayId } from './ways.ts';

export interface StartOptions {
	/** For output and data of this run. */
	folder: string;
	/** For what is installed or filled once. */
	cache: string;
	signal: AbortSignal;
	/** Runs the TypeScript in `server/src` and not the built package. */
	fromSource: boolean;
	/** The ways that are wanted. Without them, all. */
	only?: string[];
}

export interface Started {
	provider: Provider;
	ways: Way[];
	/** Ends all programs. */
	stop(): Promise<void>;
}

/** What has been started so far. */
class Running {
	readonly #ends: (() => Promise<void>)[] = [];

	add<P extends Program>(program: P): P {
		this.onStop(async () => await program.service.stop());
		return program;
	}

	onStop(end: () => Promise<void>): void {
		this.#ends.push(end);
	}

	async stop(): Promise<void> {
		for (const end of this.#ends.splice(0).reverse()) await end();
	}
}

type Start = (options: StartOptions, provider: Provider, running: Running) => Promise<Way[]>;

const startProxy: Start = async ({ folder, signal }, provider, running) => {
	const proxy = await startOwn('proxy', folder, signal, [`--provider=${provider.url}`]);
	return [plainWay('proxy', 'Bare node:http proxy', running.add(proxy))];
};

const startEmptyFastify: Start = async ({ folder, signal }, _provider, running) => {
	const fastify = await startOwn('emptyFastify', folder, signal);
	return [plainWay('fastify', 'Empty Fastify, no provider', running.add(fastify))];
};

const startPortkey: Start = async ({ folder, cache, signal }, provider, running) => {
	const file = await installPortkey(cache, signal);
	const args = (port: number) => [`--port=${port}`, '--headless'];
	const portkey = await startProgram({ name: 'portkey', file, args, folder, signal });
	const headers = {
		authorization: 'Bearer none-needed',
		'x-portkey-provider': 'openai',
		'x-portkey-custom-host': `${provider.url}/v1`,
	};
	return [plainWay('portkey', `Portkey's gateway ${portkeyVersion}`, running.add(portkey), headers)];
};

const startOnSqlite: Start = async (options, provider, running) => {
	const server = running.add(await startHumanloop({ ...options, providerUrl: provider.url, name: 'sqlite' }));
	const plain = humanloopWay('sqlite', 'Ours on SQLite', server, false);
	const keyed = humanloopWay('sqlite-key', 'Ours on SQLite, with a key', server, true);
	const title = 'Ours on SQLite, with a key and a budget';
	return [plain, keyed, withBudget({ ...keyed, id: 'sqlite-budget', title })];
};

const startOnPostgres: Start = async (options, provider, running) => {
	const { startCluster } = await import('../../server/test/storage/cluster.ts');
	const cluster = await startCluster(['fsync = on', 'full_page_writes = on']);
	running.onStop(() => cluster.stop());
	const env = { DATABASE_URL: `${cluster.address}postgres` };
	const server = await startHumanloop({ ...options, providerUrl: provider.url, name: 'postgres', env });
	running.add(server);
	return [
		humanloopWay('postgres', 'Ours on PostgreSQL', server, false, cluster.pid()),
		humanloopWay('postgres-key', 'Ours on PostgreSQL, with a key', server, true, cluster.pid()),
	];
};

const starts: { ids: WayId[]; start: Start }[] = [
	{ ids: ['proxy'], start: startProxy },
	{ ids: ['fastify'], start: startEmptyFastify },
	{ ids: ['portkey'], start: startPortkey },
	{ ids: ['sqlite', 'sqlite-key', 'sqlite-budget'], start: startOnSqlite },
	{ ids: ['postgres', 'postgres-key'], start: startOnPostgres },
];

/**
 * Starts all programs that are measured, and the stand-in behind them.
 *
 * @throws an error when a wanted way does not exist
 */
export async function startWays(options: StartOptions): Promise<Started> {
	const known = starts.flatMap(({ ids }) => ids);
	const wanted = options.only ?? known;
	const unknown = wanted.find((id) => !known.includes(id as WayId));
	if (unknown !== undefined) throw new Error(`There is no way "${unknown}". The ways are ${known.join(', ')}.`);
	const running = new Running();
	try {
		const provider = running.add(await startProvider(options.folder, options.signal));
		const ways: Way[] = [];
		for (const { ids, start } of starts) {
			if (ids.some((id) => wanted.includes(id))) ways.push(...(await start(options, provider, running)));
		}
		return { provider, ways: ways.filter(({ id }) => wanted.includes(id)), stop: () => running.stop() };
	} catch (error) {
		await running.stop();
		throw error;
	}
}
