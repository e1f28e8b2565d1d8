import path from 'node:path';

import { runCommand } from '../../n8n/command.ts';
import { startHumanloop, type Humanloop, type HumanloopOptions } from './humanloop.ts';
import type { Plan } from './plan.ts';
import { measureRequests, type Case, type RequestRound } from './requests.ts';
import { measureStreams, type StreamRound } from './streams.ts';
import type { Provider } from './provider.ts';
import { humanloopWay, type Way } from './ways.ts';

/** How cost grows, by what grows. Of our server on SQLite with Idempotency-Keys, and of the bare proxy. */
export interface Growth {
	logs: RequestRound[];
	samples: RequestRound[];
	promptBytes: RequestRound[];
	streams: StreamRound[];
}

export interface GrowthOptions {
	plan: Plan['growth'];
	provider: Provider;
	/** Our server on SQLite with keys, and the proxy. */
	ways: Way[];
	/** Of the servers that are started for it. */
	server: Omit<HumanloopOptions, 'name'>;
	/** Where databases stay that take long to fill. */
	cache: string;
	/** @returns what gets each round of a series */
	print: (what: string) => (round: RequestRound | StreamRound) => void;
}

/** Databases up to this size are made for each run, so that they have that size. Larger ones hardly grow by a run. */
const mostLogsFilledEachTime = 10_000;

/** @returns the folder of a SQLite database with so many logs */
async function filled(logs: number, { server: { folder, signal }, cache }: GrowthOptions): Promise<string> {
	const dir = logs > mostLogsFilledEachTime ? cache : folder;
	const fill = path.resolve('server/test/reads/fill.ts');
	console.log(`Fills a database with ${logs.toLocaleString('en')} logs, unless it is there.`);
	await runCommand({
		file: process.execPath,
		args: [fill, `--dir=${dir}`, `--logs=${logs}`],
		cwd: folder,
		env: process.env,
		log: path.join(folder, `fill-${logs}.log`),
		signal,
	});
	return path.join(dir, `sqlite-${logs}`);
}

async function withServers<T>(servers: Humanloop[], work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} finally {
		for (const { service } of servers) await service.stop();
	}
}

/** A call in a project that has a fifth of the database's logs, one after the other. */
async function overLogs(options: GrowthOptions): Promise<RequestRound[]> {
	const { plan, provider, server, print } = options;
	const servers: Humanloop[] = [];
	return await withServers(servers, async () => {
		const cases: Case[] = [];
		for (const logs of plan.logs) {
			const env = { DATA_DIR: await filled(logs, options) };
			const started = await startHumanloop({ ...server, name: `logs-${logs}`, project: 'project 0', env });
			servers.push(started);
			const way = humanloopWay('sqlite-key', `Ours with ${logs} logs`, started, true);
			cases.push({ way, connections: 1, x: logs });
		}
		return await measureRequests({ ...plan, cases }, provider, print('logs'));
	});
}

/** With as many streams allowed as there are at most. */
async function overStreams({ plan, provider, ways, server, print }: GrowthOptions): Promise<StreamRound[]> {
	const env = { MAX_IN_FLIGHT: String(Math.max(...plan.streams.streams, 1)) };
	const started = await startHumanloop({ ...server, name: 'many-streams', env });
	return await withServers([started], async () => {
		const ours = humanloopWay('sqlite-key', 'Ours on SQLite, with a key', started, true);
		const all = ways.map((way) => (way.humanloop === undefined ? way : ours));
		return await measureStreams(all, provider, plan.streams, print('streams'));
	});
}

export async function measureGrowth(options: GrowthOptions): Promise<Growth> {
	const { plan, provider, ways, print } = options;
	const casesOf = (values: number[], callOf: (x: number) => Case['call']): Case[] =>
		values.flatMap((x) => ways.map((way) => ({ way, x, connections: 1, call: callOf(x) })));
	const bySamples = casesOf(plan.samples, (samples) => ({ samples }));
	const byBytes = casesOf(plan.promptBytes, (bytes) => ({ question: 'Where is it? '.repeat(bytes / 13) }));
	return {
		samples: await measureRequests({ ...plan, cases: bySamples }, provider, print('samples')),
		promptBytes: await measureRequests({ ...plan, cases: byBytes }, provider, print('prompt bytes')),
		streams: await overStreams(options),
		logs: await overLogs(options),
	};
}
