import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import axios from 'axios';

import { freePort } from '../../n8n/freePort.ts';
import { loadPackage } from '../harness/loadPackage.ts';
import { startRecordingProxy } from '../hosts/recordingProxy.ts';
import { startServer } from '../hosts/startServer.ts';
import { countFigures, type ChaosFigures, type Death } from './figures.ts';
import { runLoad } from './load.ts';
import { kill, startProvider, startStandIn, storeConfig, untilUnderWay } from './scene.ts';

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
	const provider = await startProvider();
	const standIn = await startStandIn(provider);

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
	const { projectId, configId } = await storeConfig(api);

	const deaths: Death[] = [];
	let isOver = false;
	const credentials = { apiKey: server.apiKey, baseUrl: wire.baseUrl };
	const load = runLoad(await loadPackage(), credentials, projectId, configId, () => isOver);
	await wait(durationMs);
	for (let killed = 1; killed <= kills; killed++) {
		await wait(50 + Math.random() * 1200);
		// Chance alone may miss the moments that matter: every second kill hits a model call under way.
		if (killed % 2 === 0) await untilUnderWay([standIn]);
		deaths.push(await kill(server));
		server = await start();
		report(killed);
	}
	isOver = true;
	const outcome = await load;
	const figures = await countFigures(api, projectId, outcome, [{ requests: standIn.requests, deaths }], wire.requests);

	await wire.stop();
	await server.stop();
	await standIn.stop();
	await provider.stop();
	rmSync(dataDir, { recursive: true, force: true });
	return { ...figures, lostResponses };
}
