import assert from 'node:assert/strict';
import type { ModelConfigResponse } from 'humanloop';
import type { Cases } from './client.ts';
import {
	chatConfig,
	completionConfig,
	failureOf,
	idOf,
	registerChat,
	registerCompletion,
	weatherTool,
} from './data.ts';

/** What a config's file has between its two lines of dashes, and what follows. */
function partsOf(file: string): { head: string; body: string } {
	const [, head, body] = /^---\n([^]*?)\n---\n([^]*)$/.exec(file) ?? [];
	assert.ok(head !== undefined && body !== undefined, file);
	return { head, body };
}

export const modelConfigs: Cases = {
	'modelConfigs.register': async ({ sdk }) => {
		const first = await registerCompletion(sdk, 'versions', { name: 'first' });
		assert.equal(first.project_name, 'versions');
		const config = first.config as ModelConfigResponse;
		assert.equal(config.name, 'first');
		assert.equal(config.prompt_template, completionConfig.prompt_template);
		assert.equal(config.temperature, 0.5);
		assert.equal(config.max_tokens, -1);
		const again = await registerCompletion(sdk, 'versions', { name: 'the same again' });
		assert.equal(idOf(again), idOf(first));
		const second = await registerCompletion(sdk, 'versions', { temperature: 0 });
		assert.notEqual(idOf(second), idOf(first));
	},

	'modelConfigs.get': async ({ sdk }) => {
		const registered = await registerChat(sdk, 'read');
		const { status, data } = await sdk.modelConfigs.get({ id: idOf(registered) });
		assert.equal(status, 200);
		assert.deepEqual(data, registered.config);
		assert.equal(data.endpoint, 'chat');
		assert.equal(data.chat_template![0]!.content, chatConfig.chat_template[0]!.content);
		const link = { id: 'oc_000000000000000000001', source: 'organization' };
		const tools = [weatherTool, link];
		const withTools = (await sdk.modelConfigs.get({ id: idOf(await registerChat(sdk, 'read', { tools })) })).data;
		const [inline, linked] = withTools.tools!;
		assert.match(inline!.id, /^config_/);
		assert.deepEqual({ ...inline }, { ...weatherTool, id: inline!.id });
		assert.deepEqual([linked!.id, linked!.name], [link.id, link.id]);
		const failure = await failureOf(sdk.modelConfigs.get({ id: 'config_000000000000000000000' }));
		assert.equal(failure.status, 404);
		assert.equal(failure.detail.type, 'not_found_error');
	},

	'modelConfigs.export': async ({ sdk, send }) => {
		const config = await registerCompletion(sdk, 'exported');
		const { data } = await sdk.modelConfigs.export({ id: idOf(config) });
		const { head, body } = partsOf(data);
		assert.match(head, /^model: mock-1$/m);
		assert.match(head, /^temperature: 0\.5$/m);
		assert.equal(body.trim(), completionConfig.prompt_template);
		const chat = await registerChat(sdk, 'exported chat');
		const exported = (await sdk.modelConfigs.export({ id: idOf(chat) })).data;
		assert.match(partsOf(exported).body, /<system>\s*You answer for \{\{shop\}\}\.\s*<\/system>/);
		const file = await sdk.modelConfigs.export({ id: idOf(chat) }, { headers: { accept: 'text/prompt' } });
		assert.equal(file.data, exported);
		const unknown = await send('POST', '/model-configs/config_000000000000000000000/export');
		assert.equal(unknown.status, 404);
	},

	'modelConfigs.serialize': async ({ sdk }) => {
		const completion = await sdk.modelConfigs.serialize({ ...completionConfig, endpoint: 'complete' });
		assert.equal(partsOf(completion.data).body.trim(), completionConfig.prompt_template);
		const chat = await sdk.modelConfigs.serialize({ ...chatConfig, endpoint: 'chat' });
		assert.match(partsOf(chat.data).head, /^endpoint: chat$/m);
		assert.match(partsOf(chat.data).body, /<system>/);
	},

	'modelConfigs.deserialize': async ({ sdk }) => {
		for (const config of [
			{ ...completionConfig, endpoint: 'complete' as const },
			{ ...chatConfig, endpoint: 'chat' as const, stop: ['END'], seed: 7 },
		]) {
			const { data: file } = await sdk.modelConfigs.serialize(config);
			const { data } = await sdk.modelConfigs.deserialize({ config: file });
			for (const [key, value] of Object.entries(config)) {
				if (key !== 'chat_template') assert.deepEqual(data[key as keyof ModelConfigResponse], value, key);
			}
			assert.deepEqual(
				data.chat_template?.map(({ role, content }) => ({ role, content })),
				'chat_template' in config ? config.chat_template : undefined,
			);
		}
		const failure = await failureOf(sdk.modelConfigs.deserialize({ config: '---\nmodel: [\n---\n' }));
		assert.equal(failure.status, 422);
		assert.match(JSON.stringify(failure.detail), /line/i);
	},
};
