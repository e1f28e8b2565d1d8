import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import type { AxiosInstance } from 'axios';

import { startRecordingProxy, type RecordingProxy } from '../hosts/recordingProxy.ts';
import type { RunningServer } from '../hosts/startServer.ts';
import type { Death } from './figures.ts';

export async function startProvider(): Promise<LLMock> {
	const provider = new LLMock({ port: 0 });
	provider.onMessage(/.*/, { content: 'An answer that somebody has paid for' });
	await provider.start();
	return provider;
}

/** Stands in front of the provider, counts what one server asks it, and takes as long that most kills hit a call. */
export async function startStandIn(provider: LLMock): Promise<RecordingProxy> {
	const standIn = await startRecordingProxy(`${provider.url}/v1`);
	standIn.fault = async () => {
		await wait(20 + Math.random() * 130);
		return false;
	};
	return standIn;
}

/** Stores the config that the load runs. Its prompt is the item's name. */
export async function storeConfig(api: AxiosInstance): Promise<{ projectId: string; configId: string }> {
	const { data } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		project: 'chaos',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: '{{name}}',
	});
	return { projectId: data.project_id, configId: data.config.id };
}

/** Waits until the provider gets a new call, at most ten seconds. Returns the index of the stand-in that it came through. */
export async function untilUnderWay(standIns: RecordingProxy[]): Promise<number> {
	const before = standIns.map(({ requests }) => requests.length);
	for (let looks = 0; looks < 500; looks++) {
		const index = standIns.findIndex(({ requests }, position) => requests.length > before[position]!);
		if (index >= 0) return index;
		await wait(20);
	}
	return 0;
}

/** Kills a server with SIGKILL. */
export async function kill({ process: server }: RunningServer): Promise<Death> {
	const killedAt = Date.now();
	const exited = once(server, 'exit');
	server.kill('SIGKILL');
	await exited;
	return { killedAt, goneAt: Date.now() };
}
