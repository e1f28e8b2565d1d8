import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import axios from 'axios';

import { freePort } from '../../n8n/freePort.ts';
import { loadPackage } from '../harness/loadPackage.ts';
import { startRecordingProxy, type RecordedRequest } from '../hosts/recordingProxy.ts';
import { startServer, type RunningServer } from '../hosts/startServer.ts';
import { countFigures, type ChaosFigures, type Death } from './figures.ts';
import { runLoad } from './load.ts';

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

/**
 * Kills the server at random moments while the node sends it load over a wire that loses answers, and
 * counts at the end what has become of every item, log and model call.
 */
export async function runChaos({
	kills,
	durationMs = 0,
	withoutKeys = false,
	report = () => {},
}: ChaosOptions): Promise<ChaosFigures> {
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
	const start = () =>
		startServer({
			dataDir,
			env: { PORT: String(port), OPENAI_BASE_URL: standIn.baseUrl, OPENAI_API_KEY: 'none-needed' },
		});
	let server = await start();
	const wire = await startRecordingProxy(server.baseUrl);
	let lostResponses = 0;
	wire.dropsResponse = () => Math.random() < 0.1 && ++lostResponses > 0;
	if (withoutKeys) wire.withheldHeaders = ['idempotency-key'];

	const api = axios.create({
		baseURL: server.baseUrl,
		headers: { 'X-API-KEY': server.apiKey },
		validateStatus: () => true,
	});
	const { data } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		project: 'chaos',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: '{{name}}',
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
	const figures = await countFigures(api, data.project_id, outcome, standIn.requests, deaths);

	await wire.stop();
	await server.stop();
	await standIn.stop();
	await provider.stop();
	rmSync(dataDir, { recursive: true, force: true });
	return { ...figures, lostResponses };
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
