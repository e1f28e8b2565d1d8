import type { ChatMessage, ToolCall } from '../contract/messages.ts';
import { unprocessable } from '../domain/apiError.ts';
import { type Body, isBody, textIn } from './body.ts';

/** `position` counts from 1 over all messages that are sent, those of the template included. */
function refuse(position: number, what: string) {
	return unprocessable(`Message ${position} ${what}`);
}

/** The contract's deprecated `tool_call` as a tool call. OpenAI wants an ID: the same message always gets the same one. */
function fromDeprecated(toolCall: Body, position: number): ToolCall {
	const name = textIn(toolCall['name']);
	if (name === '') throw refuse(position, 'has a "tool_call" without a "name". Send "tool_calls" instead.');
	const given = toolCall['arguments'] ?? {};
	const text = typeof given === 'string' ? given : JSON.stringify(given);
	return { id: `call_${position}`, type: 'function', function: { name, arguments: text } };
}

/** The tool calls of a message. A response has its first call in `tool_call` too: then that one is left out. */
function callsIn(message: ChatMessage, position: number): ToolCall[] {
	const { tool_calls: calls, tool_call: deprecated } = message as ChatMessage & { tool_call?: unknown };
	if (calls && calls.length > 0) {
		return calls.map((call) => ({
			...call,
			function: { ...call.function, arguments: call.function.arguments ?? '{}' },
		}));
	}
	return isBody(deprecated) ? [fromDeprecated(deprecated, position)] : [];
}

/** The calls of a message that have no result yet. A chat can have very many, so none is looked for in a list. */
class OpenCalls {
	readonly #answered = new Set<string>();
	readonly #inOrder: Iterator<ToolCall>;
	readonly #byName: Map<string, Iterator<ToolCall>>;

	constructor(calls: readonly ToolCall[]) {
		this.#inOrder = calls.values();
		const groups = Map.groupBy(calls, (call) => call.function.name);
		this.#byName = new Map([...groups].map(([name, group]) => [name, group.values()]));
	}

	/** A message with this ID is the result of its call. */
	answer(id: string): void {
		this.#answered.add(id);
	}

	/** The ID of the first open call of that name, or of any name. Undefined if there is none. It is not open after that. */
	takeFirst(name: string | null | undefined): string | undefined {
		const calls = name ? this.#byName.get(name) : this.#inOrder;
		for (let next = calls?.next(); next && !next.done; next = calls?.next()) {
			const { id } = next.value;
			if (this.#answered.has(id)) continue;
			this.#answered.add(id);
			return id;
		}
		return undefined;
	}
}

/** The ID of the call that a tool's message answers. Without one, it is the first call of that name, or of any name. */
function answeredCall({ tool_call_id: id, name }: ChatMessage, open: OpenCalls, position: number): string {
	const answered = id || open.takeFirst(name);
	if (!answered) {
		throw refuse(
			position,
			'has the role "tool" and no "tool_call_id". Set it to the ID of the tool call that it answers.',
		);
	}
	open.answer(answered);
	return answered;
}

/** What is null is not set. Content is the exception: OpenAI's own messages have null there beside tool calls. */
function withoutNulls(message: ChatMessage): Body {
	return Object.fromEntries(Object.entries(message).filter(([key, value]) => key === 'content' || value !== null));
}

/** The messages of a chat in OpenAI's form. Keys that it does not name stay as they are. Throws 422. */
function chatMessages(messages: readonly ChatMessage[]): Body[] {
	/** Those of the last message that has any. */
	let open = new OpenCalls([]);
	return messages.map((message, index) => {
		const position = index + 1;
		const { tool_call: _, tool_calls: __, ...rest } = withoutNulls(message);
		const calls = callsIn(message, position);
		if (calls.length > 0) {
			open = new OpenCalls(calls);
			return { ...rest, tool_calls: calls };
		}
		if (message.role !== 'tool') return rest;
		return { ...rest, tool_call_id: answeredCall(message, open, position) };
	});
}

/** What is sent as `messages`. A text is the message of a user. Throws 422 for what OpenAI has no form for. */
export function messagesOf(prompt: string | ChatMessage[]): Body[] {
	return typeof prompt === 'string' ? [{ content: prompt, role: 'user' }] : chatMessages(prompt);
}
