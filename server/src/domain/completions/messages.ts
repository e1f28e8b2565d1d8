import type { ChatSampleFields, MessageResponse } from '../../contract/calls.ts';
import type { ChatMessage, ToolCall } from '../../contract/messages.ts';

/** A message as responses and logs show it: with null for what it does not have, as in the contract's examples. */
export function toMessageResponse({
	role,
	...given
}: ChatMessage & { tool_call?: Record<string, unknown> | null }): MessageResponse {
	return { content: null, name: null, tool_call_id: null, role, tool_calls: null, tool_call: null, ...given };
}

/** The message of a sample. It has no content if the model only calls tools. */
export function outputMessageOf({ text, toolCalls }: { text: string; toolCalls: ToolCall[] }): MessageResponse {
	const hasCalls = toolCalls.length > 0;
	return toMessageResponse({
		role: 'assistant',
		content: hasCalls && text === '' ? null : text,
		...(hasCalls ? { tool_calls: toolCalls } : {}),
	});
}

/** What a sample of a chat has beside the fields of each sample. `messages` are those that the model was sent. */
export function chatFieldsOf(
	sample: { text: string; toolCalls: ToolCall[] },
	messages: MessageResponse[],
): ChatSampleFields {
	const { toolCalls } = sample;
	const first = toolCalls[0]?.function;
	return {
		messages,
		tool_call: first === undefined ? null : { name: first.name, arguments: first.arguments ?? '' },
		tool_calls: toolCalls.length === 0 ? null : toolCalls,
		output_message: outputMessageOf(sample),
	};
}
