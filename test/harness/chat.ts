import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Harness } from './harness.ts';

/** Stores a chat config of the mock model. */
export async function storeChatConfig(harness: Harness, parameters: IDataObject = {}): Promise<string> {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'chats',
		provider: 'mock',
		model: 'mock-1',
		endpoint: 'chat',
		...parameters,
	});
	return data.config.id;
}

/** Parameters of Chat → Create; the config's template has no variables. */
export const chatWith = (configId: string, parameters: INodeParameters): INodeParameters => ({
	resource: 'chat',
	operation: 'create',
	modelConfig: { __rl: true, mode: 'id', value: configId },
	inputs: { mappingMode: 'defineBelow', value: null },
	...parameters,
});

/** The form's messages, as the editor stores them. */
export const fields = (...values: IDataObject[]) => ({ messages: { values } }) as INodeParameters;

/** Messages as JSON. */
export const json = (messages: unknown): INodeParameters => ({
	specifyMessages: 'json',
	messagesJson: typeof messages === 'string' ? messages : JSON.stringify(messages),
});
