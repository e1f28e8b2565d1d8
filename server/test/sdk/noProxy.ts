import assert from 'node:assert/strict';
import type { LogResponse } from 'humanloop';
import { configCache } from 'humanloop/dist/complete-deployed.js';
import { chatCompletion, startHost } from '../host.ts';
import { until } from '../provider.ts';
import type { Cases, Server } from './client.ts';
import { idOf } from './data.ts';

/** The newest log of a project. The SDK sends it in the background, after it has returned. */
async function newestLog({ sdk }: Server, projectId: string): Promise<LogResponse> {
	let newest: LogResponse | undefined;
	await until(async () => (newest = (await sdk.logs.list({ projectId })).data.records[0]) !== undefined);
	return newest!;
}

/** This method reads the deployed config from the server, calls OpenAI itself, and sends the server a log. */
export const noProxy: Cases = {
	completeDeployedNoProxy: async (server, t) => {
		const openai = await startHost(t, (response) => {
			response.setHeader('content-type', 'application/json');
			response.end(chatCompletion(' It is on its way. '));
		});
		process.env['OPENAI_BASE_URL'] = openai.url;
		t.after(() => {
			delete process.env['OPENAI_BASE_URL'];
			// Otherwise its timers would keep the process.
			configCache.dispose();
		});
		const { data: registered } = await server.sdk.modelConfigs.register({
			project: 'no proxy',
			model: 'gpt-4',
			prompt_template: 'Answer the ticket: {{ticket}}',
			temperature: 0.5,
		});
		const answer = await server.sdk.completeDeployedNoProxy({
			project_id: registered.project_id,
			inputs: { ticket: 'Where is my parcel?' },
			provider_api_keys: { openai: 'sk-test' },
			metadata: { order: 7 },
		});
		assert.equal(answer.data[0]!.output, 'It is on its way.');
		assert.equal(answer.data[0]!.model_config_id, idOf(registered));
		const sent = JSON.parse(openai.state.bodies[0]!) as { temperature: number; messages: unknown[] };
		assert.equal(sent.temperature, 0.5);
		assert.deepEqual(sent.messages, [{ role: 'user', content: 'Answer the ticket: Where is my parcel?' }]);
		const log = await newestLog(server, registered.project_id);
		assert.equal(log.output, 'It is on its way.');
		assert.deepEqual(log.metadata, { order: 7, noProxy: true });
		assert.deepEqual(log.inputs, { ticket: 'Where is my parcel?' });
		assert.equal(log.config_id, idOf(registered), 'the config that the SDK sends back is another one');
	},
};
