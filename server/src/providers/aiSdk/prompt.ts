import type {
	LanguageModelV4FilePart,
	LanguageModelV4Message,
	LanguageModelV4Prompt,
	LanguageModelV4TextPart,
	LanguageModelV4ToolCallPart,
	LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider';
import type { ContentPart, ToolCall } from '../../contract/messages.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { bodyIn, type Body, isBody, textIn } from '../body.ts';
import { messagesOf } from '../chatMessages.ts';

/** What messages of a provider can have. */
type Host = {
	origin: string;
	/** The media type of an image that the provider fetches from that address. Undefined if it does not. */
	imageTypeAt: (url: URL) => string | undefined;
};

type Part = LanguageModelV4TextPart | LanguageModelV4FilePart;

/** Refuses a message. `position` counts from 1 over all messages that are sent, those of the template included. */
function refuse(position: number, what: string) {
	return unprocessable(`Message ${position} ${what}`);
}

function imageOf(address: string, { origin, imageTypeAt }: Host, position: number): LanguageModelV4FilePart {
	const inline = /^data:(image\/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)$/.exec(address);
	if (inline !== null) {
		const [, mediaType = '', data = ''] = inline;
		return { type: 'file', mediaType, data: { type: 'data', data: data.replace(/\s/g, '') } };
	}
	const url = URL.parse(address);
	if (url === null || url.protocol === 'data:') {
		throw refuse(position, 'has an image whose address is no URL and no data of the form data:image/png;base64,…');
	}
	const mediaType = imageTypeAt(url);
	if (mediaType === undefined) {
		throw refuse(
			position,
			`has an image at an address (${url.protocol}//${url.host}) that ${origin} does not fetch for this model. ` +
				'Send the image itself as a data: URL.',
		);
	}
	return { type: 'file', mediaType, data: { type: 'url', url } };
}

function partsOf(content: unknown, host: Host, position: number): Part[] {
	if (!Array.isArray(content)) {
		const text = textIn(content);
		return text === '' ? [] : [{ type: 'text', text }];
	}
	return (content as ContentPart[]).map((part) =>
		part.type === 'text' ? { type: 'text', text: part.text } : imageOf(part.image_url.url, host, position),
	);
}

/** The text of a message whose role can have no images. */
function textOf(parts: Part[], role: string, position: number): string {
	return parts
		.map((part) => {
			if (part.type === 'text') return part.text;
			throw refuse(position, `has the role "${role}" and an image. Put the image into a message of the user.`);
		})
		.join('\n');
}

/** The arguments of a tool call as an object. */
function argumentsOf(text: string, position: number): Body {
	try {
		const value: unknown = JSON.parse(text === '' ? '{}' : text);
		if (isBody(value)) return value;
	} catch {
		// The same answer as for JSON that is no object.
	}
	throw refuse(position, 'has a tool call whose "arguments" are not a JSON object.');
}

function toolCallOf(call: ToolCall & { extra_content?: unknown }, position: number): LanguageModelV4ToolCallPart {
	const signature = textIn(bodyIn(bodyIn(call.extra_content)['google'])['thought_signature']);
	return {
		type: 'tool-call',
		toolCallId: call.id,
		toolName: call.function.name,
		input: argumentsOf(call.function.arguments ?? '', position),
		...(signature === '' ? {} : { providerOptions: { google: { thoughtSignature: signature } } }),
	};
}

function toolResultOf(parts: Part[]): LanguageModelV4ToolResultOutput {
	const isText = parts.every((part) => part.type === 'text');
	if (!isText) return { type: 'content', value: parts };
	return { type: 'text', value: parts.map((part) => part.text).join('\n') };
}

/** The messages of a call in the AI SDK's form. Throws 422 for what the provider has no place for. */
export function promptOf(prompt: Sampling['prompt'], host: Host): LanguageModelV4Prompt {
	const names = new Map<string, string>();
	return messagesOf(prompt).map((message, index): LanguageModelV4Message => {
		const position = index + 1;
		const role = textIn(message['role']);
		const parts = partsOf(message['content'], host, position);
		if (role === 'tool') {
			const toolCallId = textIn(message['tool_call_id']);
			const toolName = names.get(toolCallId) ?? textIn(message['name']);
			if (toolName === '')
				throw refuse(position, `answers the tool call "${toolCallId}", which no message before it has.`);
			return { role, content: [{ type: 'tool-result', toolCallId, toolName, output: toolResultOf(parts) }] };
		}
		if (textIn(message['name']) !== '') {
			throw refuse(position, `has a "name", which ${host.origin} has no place for. Write the name into the content.`);
		}
		if (role === 'system' || role === 'developer') {
			return { role: 'system', content: textOf(parts, role, position) };
		}
		if (role !== 'assistant') return { role: 'user', content: parts };
		const calls = ((message['tool_calls'] ?? []) as ToolCall[]).map((call) => toolCallOf(call, position));
		for (const { toolCallId, toolName } of calls) names.set(toolCallId, toolName);
		const text = textOf(parts, role, position);
		return { role, content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...calls] };
	});
}
