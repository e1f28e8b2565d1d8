import type { CallRequest } from '../../contract/calls.ts';
import { unprocessable } from '../apiError.ts';
import { renderPrompt } from '../prompts/renderPrompt.ts';
import type { Sampling } from '../provider.ts';
import type { CallConfig } from './callConfig.ts';
import { tooLarge } from './callSize.ts';
import { refuse } from './endpoint.ts';

/** Throws 422 for a config with a part that its endpoint does not have: to leave it out would answer wrongly. */
function checkParts(config: CallConfig): void {
	const { endpoint, prompt_template: prompt, chat_template: chat, tools = [] } = config.parameters;
	if (endpoint === 'chat') {
		if (prompt !== undefined) throw refuse(config, 'a prompt_template; this call runs configs with a chat_template.');
		return;
	}
	if (chat !== undefined) throw refuse(config, 'a chat_template; this call runs configs with a prompt_template.');
	if (prompt === undefined) throw refuse(config, 'no prompt_template; register a config that has one.');
	if (tools.length > 0) throw refuse(config, 'tools; only configs with the endpoint "chat" can have them.');
}

/**
 * What the model is sent: the filled template, and after it the messages of a chat's request as they are. Throws 422 for
 * a config that cannot be run or that misses inputs, 413 while the text grows beyond so many bytes, and the signal's reason.
 */
export async function promptOf(
	config: CallConfig,
	request: CallRequest,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Sampling['prompt']> {
	checkParts(config);
	const checkLength = (length: number) => {
		if (length > maxBytes) throw tooLarge(length, maxBytes);
	};
	const filled = await renderPrompt(config.parameters, request.inputs ?? {}, checkLength, signal);
	if (typeof filled === 'string') return filled;
	const messages = [...filled, ...(request.messages ?? [])];
	if (messages.length > 0) return messages;
	throw unprocessable(
		`The model config ${config.id} has no chat_template, and "messages" is empty. Send at least one message.`,
	);
}
