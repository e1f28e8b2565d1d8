import { defineCall } from '../call/defineCall';
import { readMessages } from '../call/messages';

/** Chat → Create: `POST /chat-model-config` or `POST /chat-deployed`. */
export const create = defineCall({
	resource: 'chat',
	action: 'Create chat message from stored prompt',
	description: 'Run a chat model config with messages and return one item per sample',
	fieldNames: { messages: 'Messages' },
	readMessages,
});
