import { defineCall } from '../call/defineCall';
import { readMessages } from '../call/messages';
import { readToolChoice } from '../call/toolChoice';

/** Chat → Create: `POST /chat-model-config` or `POST /chat-deployed`. */
export const create = defineCall({
	resource: 'chat',
	action: 'Create chat message from stored prompt',
	description: 'Run a chat model config with messages and return one item per sample',
	fieldNames: { messages: 'Messages', tool_choice: 'Tool Choice' },
	readChat: async (item) => ({ keys: readToolChoice(item), ...(await readMessages(item)) }),
});
