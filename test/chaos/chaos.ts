import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import axios, { type AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { loadPackage, type LoadedPackage } from '../engine/loadPackage.ts';
import { runNode } from '../engine/runNode.ts';
import { startRecordingProxy, type RecordedRequest } from '../hosts/recordingProxy.ts';
import { startServer, type RunningServer } from '../hosts/startServer.ts';

/** What a run of chaos has found. Everything in `broken` must be 0. */
export interface ChaosFigures {
	kills: number;
	executions: number;
	items: number;
	/** Finished answers that the wire between node and server has lost. */
	lostAnswers: number;
	/** Logs whose IDs the node has given out, each twice: by the execution and by its repeat. */
	acknowledgedLogs: number;
	/** Model calls as the provider's stand-in has counted them. */
	providerCalls: number;
	/** Model calls that were needed: one for each item. */
	distinctCalls: number;
	/** Model calls that the stand-in had not answered when the server died. */
	unanswered: number;
	/**
	 * Model calls that it had answered at that very moment: the answer was in the dying server's hands
	 * and not on its disk yet. No server can close this gap; it is counted from `gapMs` before a kill
	 * until the process is gone.
	 */
	answeredIntoTheGap: number;
	broken: {
		/** Items that ended without an answer. */
		itemsWithoutAnswer: number;
		/** Items whose execution, run again, gave another log or another text. */
		itemsAnsweredAnew: number;
		/** Log IDs that were given out and are not there, or say something else. */
		lostLogs: number;
		/** Items with another number of logs than one. */
		itemsWithOtherLogs: number;
		/** Provider calls that nothing above explains: paid twice. */
		unexplainedCalls: number;
	};
}

export interface ChaosOptions {
	/** How often to kill the server with SIGKILL. */
	kills: number;
	/** For how long to send load when there is nothing to kill, in milliseconds. */
	durationMs?: number;
	/** Takes the `Idempotency-Key` off the wire: what the figures look like without it. */
	withoutKeys?: boolean;
	/** Is called after each kill. */
	report?: (killed: number) => void;
}

const executionsAtOnce = 4;
const itemsPerExecution = 20;
const gapMs = 100;

/**
 * Kills the server at random moments while the node sends it load over a wire that loses answers, and
 * counts at the end what has become of every item, log and model call.
 */
export async function runChaos({ kills, durationMs = 0, withoutKeys = false, report = () => {} }: ChaosOptions): Promise<ChaosFigures> {
	const dataDir = mkdtempSync(path.join(tmpdir(), 'humanloop-chaos-'));
	const provider = new LLMock({ port: 0 });
	provider.onMessage(/.*/, { content: 'An answer that somebody has paid for' });
	await provider.start();
	const standIn = await startRecordingProxy(`${provider.url}/v1`);
	// Long enough that most kills hit calls that are under way.
	standIn.fault = async () => {
		await wait(20 + Math.random() * 130);
		return false;
	};

	const port = await freePort();
	const start = () => startServer({ dataDir, env: { PORT: String(port), OPENAI_BASE_URL: standIn.baseUrl, OPENAI_API_KEY: 'none-needed' } });
	let server = await start();
	const wire = await startRecordingProxy(server.baseUrl);
	let lostAnswers = 0;
	wire.losesAnswer = () => Math.random() < 0.1 && ++lostAnswers > 0;
	if (withoutKeys) wire.withheldHeaders = ['idempotency-key'];

	const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey }, validateStatus: () => true });
	const { data } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		project: 'chaos', provider: 'openai', model: 'gpt-4o-mini', prompt_template: '{{name}}',
	});

	const deaths: Death[] = [];
	let isOver = false;
	const credentials = { apiKey: server.apiKey, baseUrl: wire.baseUrl };
	const load = runLoad(await loadPackage(), credentials, data.project_id, data.config.id, () => isOver);
	await wait(durationMs);
	for (let killed = 1; killed <= kills; killed++) {
		await wait(50 + Math.random() * 1200);
		// Chance alone may miss the moments that matter: every second kill hits a model call under way.
		if (killed % 2 === 0) await untilUnderWay(standIn.requests);
		const killedAt = Date.now();
		await kill(server);
		deaths.push({ killedAt, goneAt: Date.now() });
		server = await start();
		report(killed);
	}
	isOver = true;
	const outcome = await load;
	const figures = await count(api, data.project_id, outcome, standIn.requests, deaths);

	await wire.stop();
	await server.stop();
	await standIn.stop();
	await provider.stop();
	rmSync(dataDir, { recursive: true, force: true });
	return { ...figures, lostAnswers };
}

/** When the signal was sent and when the process was gone, in milliseconds since 1970. */
interface Death {
	killedAt: number;
	goneAt: number;
}

interface GivenAnswer {
	id: string;
	output: string;
}

/** What the node has given out for each item's name: by its execution, then by the repeat of that. */
interface LoadOutcome {
	executions: number;
	answers: Map<string, GivenAnswer[]>;
	names: string[];
}

/** Runs executions, several at once, plain and streamed in turn, until told to stop; each one twice. */
async function runLoad(
	loaded: LoadedPackage,
	credentials: { apiKey: string; baseUrl: string },
	projectId: string,
	configId: string,
	isOver: () => boolean,
): Promise<LoadOutcome> {
	const outcome: LoadOutcome = { executions: 0, answers: new Map(), names: [] };
	const runSome = async () => {
		while (!isOver()) {
			const executionId = String(++outcome.executions);
			const items = Array.from({ length: itemsPerExecution }, (_, item) => ({ name: `execution ${executionId}, item ${item}` }));
			outcome.names.push(...items.map(({ name }) => name));
			// As a worker does with a job that it takes for stalled.
			await runOne(executionId, items);
			await runOne(executionId, items);
		}
	};
	const runOne = async (executionId: string, items: Array<{ name: string }>) => {
		for (let tries = 0; tries < 10; tries++) {
			const { success, failure } = await runNode(loaded, {
				items,
				executionId,
				credentials,
				parameters: {
					project: { __rl: true, mode: 'id', value: projectId },
					modelConfig: { __rl: true, mode: 'id', value: configId },
					inputs: { mappingMode: 'defineBelow', value: { name: '={{ $json.name }}' } },
					options: { maxRetries: 20, ...(Number(executionId) % 2 === 0 && { stream: true }) },
				},
			});
			if (failure) continue;
			for (const { json, pairedItem } of success) {
				const { name } = items[(pairedItem as { item: number }).item]!;
				outcome.answers.set(name, [...(outcome.answers.get(name) ?? []), { id: String(json.id), output: String(json.output) }]);
			}
			return;
		}
	};
	await Promise.all(Array.from({ length: executionsAtOnce }, runSome));
	return outcome;
}

async function count(
	api: AxiosInstance,
	projectId: string,
	{ executions, answers, names }: LoadOutcome,
	requests: RecordedRequest[],
	deaths: Death[],
): Promise<Omit<ChaosFigures, 'lostAnswers'>> {
	const logs = (await allLogs(api, projectId)).filter((log) => !log.error);
	const outputs = new Map(logs.map((log) => [log.id, log.output]));
	const given = [...answers.values()].flat();
	const logsOf = countBy(logs.map((log) => String((log.inputs as IDataObject).name)));

	const calls = requests.filter(({ path }) => path.endsWith('/chat/completions'));
	const answered = calls.filter(({ answeredAt }) => answeredAt !== undefined);
	let answeredIntoTheGap = 0;
	let unexplainedCalls = 0;
	for (const [name, number] of countBy(answered.map(promptOf))) {
		// All but one of an item's answers must have reached a server that died before it could store them.
		const inTheGap = answered.filter(
			(call) => promptOf(call) === name && deaths.some(({ killedAt, goneAt }) => killedAt - gapMs <= call.answeredAt! && call.answeredAt! <= goneAt + 10),
		).length;
		answeredIntoTheGap += Math.min(number - 1, inTheGap);
		unexplainedCalls += Math.max(0, number - 1 - inTheGap);
	}

	return {
		kills: deaths.length,
		executions,
		items: names.length,
		acknowledgedLogs: given.length,
		providerCalls: calls.length,
		distinctCalls: names.length,
		unanswered: calls.length - answered.length,
		answeredIntoTheGap,
		broken: {
			itemsWithoutAnswer: names.filter((name) => answers.get(name)?.length !== 2).length,
			itemsAnsweredAnew: [...answers.values()].filter(([first, second]) => first?.id !== second?.id || first?.output !== second?.output).length,
			lostLogs: given.filter(({ id, output }) => outputs.get(id) !== output).length,
			itemsWithOtherLogs: names.filter((name) => logsOf.get(name) !== 1).length,
			unexplainedCalls,
		},
	};
}

function promptOf({ body }: RecordedRequest): string {
	return (body!.messages as Array<{ content: string }>)[0]!.content;
}

function countBy(names: string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return counts;
}

async function allLogs(api: AxiosInstance, projectId: string): Promise<IDataObject[]> {
	const all: IDataObject[] = [];
	for (let page = 0; ; page++) {
		const { data } = await api.get<{ records: IDataObject[] }>('/logs', { params: { project_id: projectId, page, size: 500 } });
		if (data.records.length === 0) return all;
		all.push(...data.records);
	}
}

/** Returns when the provider has a call that it has not answered yet, or after ten seconds without one. */
async function untilUnderWay(requests: RecordedRequest[]): Promise<void> {
	const before = requests.length;
	for (let looks = 0; looks < 500 && requests.length === before; looks++) await wait(20);
}

async function kill({ process: server }: RunningServer): Promise<void> {
	const exited = once(server, 'exit');
	server.kill('SIGKILL');
	await exited;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
