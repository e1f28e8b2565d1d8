import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import axios from 'axios';

import { freePort } from '../../n8n/freePort.ts';
import { loadPackage } from '../harness/loadPackage.ts';
import { startBalancer } from '../hosts/balancer.ts';
import { startRecordingProxy, type RecordingProxy } from '../hosts/recordingProxy.ts';
import { startServer, type RunningServer } from '../hosts/startServer.ts';
import { countFigures, type ChaosFigures, type ServerHistory } from './figures.ts';
import { runLoad } from './load.ts';
import { kill, startProvider, startStandIn, storeConfig, untilUnderWay } from './scene.ts';

const replicaCount = 3;

/** The share of calls that reach two replicas at the same time. */
const duplicateShare = 0.2;

export interface ReplicaChaosOptions {
	/** How often to kill a replica with SIGKILL. */
	kills: number;
	/** How often to restart PostgreSQL. Every third time, it stops at once and has to recover. */
	restarts: number;
	/** Is called after each kill. */
	report?: (killed: number) => void;
}

/** What a run has found. Everything in `broken` must be 0. */
export interface ReplicaChaosFigures extends ChaosFigures {
	restarts: number;
	/** Calls that two replicas got at the same time, beside the repeats of the node. */
	duplicates: number;
	broken: ChaosFigures['broken'] & {
		/** Calls that two replicas got at the same time and answered with different logs. */
		duplicatesWithOtherResponse: number;
	};
}

/** One of the servers, and what stands between it and the provider. */
class Replica {
	readonly #start: () => Promise<RunningServer>;
	readonly standIn: RecordingProxy;
	readonly history: ServerHistory;
	server: RunningServer;

	private constructor(start: () => Promise<RunningServer>, server: RunningServer, standIn: RecordingProxy) {
		this.#start = start;
		this.server = server;
		this.standIn = standIn;
		this.history = { requests: standIn.requests, deaths: [] };
	}

	static async start(folder: string, databaseUrl: string, standIn: RecordingProxy): Promise<Replica> {
		const port = await freePort();
		const env = {
			PORT: String(port),
			DATABASE_URL: databaseUrl,
			OPENAI_BASE_URL: standIn.baseUrl,
			OPENAI_API_KEY: 'none-needed',
		};
		const start = () => startServer({ dataDir: path.join(folder, String(port)), env });
		return new Replica(start, await start(), standIn);
	}

	async killAndRestart(): Promise<void> {
		this.history.deaths.push(await kill(this.server));
		this.server = await this.#start();
	}

	/** Returns when the replica can write again, and no paid response waits to be stored. */
	async untilReady(): Promise<void> {
		const url = new URL('/readyz', this.server.baseUrl).href;
		for (;;) {
			const { status } = await axios.get(url, { validateStatus: () => true });
			if (status === 200) return;
			await wait(100);
		}
	}
}

type Postgres = { kill(): Promise<void>; shutDown(): Promise<void>; start(): Promise<void> };

async function restart(postgres: Postgres, replicas: Replica[], count: number): Promise<void> {
	await (count % 3 === 0 ? postgres.kill() : postgres.shutDown());
	await postgres.start();
	// A replica that is killed while it holds responses that it cannot store loses them, as `npm run chaos` counts them.
	await Promise.all(replicas.map((replica) => replica.untilReady()));
}

/**
 * Kills replicas of the server at random moments and restarts their PostgreSQL, while the node sends them load through a
 * balancer and over a wire that loses answers. Counts at the end what has become of every item, log and model call.
 */
export async function runReplicaChaos({
	kills,
	restarts,
	report = () => {},
}: ReplicaChaosOptions): Promise<ReplicaChaosFigures> {
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-replicas-'));
	const { startCluster } = await import('../../server/test/storage/cluster.ts');
	// It waits for its disk, as in production.
	const postgres = await startCluster(['fsync = on', 'full_page_writes = on']);
	const databaseUrl = `${postgres.address}postgres`;
	const provider = await startProvider();
	const standIns = await Promise.all(Array.from({ length: replicaCount }, () => startStandIn(provider)));
	const replicas = await Promise.all(standIns.map((standIn) => Replica.start(folder, databaseUrl, standIn)));
	const balancer = await startBalancer(
		replicas.map(({ server }) => server.baseUrl),
		duplicateShare,
	);
	const wire = await startRecordingProxy(balancer.baseUrl);
	let lostResponses = 0;
	wire.dropsResponse = () => Math.random() < 0.1 && ++lostResponses > 0;

	const { apiKey } = replicas[0]!.server;
	const api = axios.create({
		baseURL: balancer.baseUrl,
		headers: { 'X-API-KEY': apiKey },
		validateStatus: () => true,
	});
	const { projectId, configId } = await storeConfig(api);
	let isOver = false;
	const credentials = { apiKey, baseUrl: wire.baseUrl };
	const load = runLoad(await loadPackage(), credentials, projectId, configId, () => isOver);
	let restarted = 0;
	for (let killed = 1; killed <= kills; killed++) {
		await wait(50 + Math.random() * 1200);
		const random = Math.floor(Math.random() * replicaCount);
		await replicas[killed % 2 === 0 ? await untilUnderWay(standIns) : random]!.killAndRestart();
		if (killed >= ((restarted + 1) * kills) / (restarts + 1) && restarted < restarts) {
			await restart(postgres, replicas, ++restarted);
		}
		report(killed);
	}
	isOver = true;
	const outcome = await load;
	const { broken, ...figures } = await countFigures(
		api,
		projectId,
		outcome,
		replicas.map(({ history }) => history),
		wire.requests,
	);

	await wire.stop();
	await balancer.stop();
	for (const { server } of replicas) await server.stop();
	for (const standIn of standIns) await standIn.stop();
	await provider.stop();
	await postgres.stop();
	rmSync(folder, { recursive: true, force: true });
	return {
		...figures,
		restarts: restarted,
		lostResponses,
		duplicates: balancer.duplicates,
		broken: { ...broken, duplicatesWithOtherResponse: balancer.otherResponses },
	};
}
