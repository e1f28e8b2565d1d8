import type { ChatMessage, ContentPart, ToolCall } from '../../contract/messages.ts';
import { type Body, type Element, lineAt, readElement, roles, skipSpace, textIn } from './elements.ts';
import { at } from './problems.ts';

const details = ['high', 'low', 'auto'] as const;

/** The attribute of an element. Throws if it has none. */
function required({ name, attributes, start }: Element, attribute: string, body: Body): string {
	const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
	if (value === undefined) throw at(lineAt(body, start), `<${name}> needs the attribute ${attribute}="…"`);
	return value;
}

function imagePart(element: Element, body: Body): ContentPart {
	const url = required(element, 'url', body);
	const given = element.attributes['detail'];
	const detail = details.find((known) => known === given);
	if (given !== undefined && detail === undefined) {
		throw at(lineAt(body, element.start), `the detail of an image is one of ${details.join(', ')}`);
	}
	return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } };
}

function partOf(element: Element, body: Body): ContentPart {
	if (element.name === 'image') return imagePart(element, body);
	return { type: 'text', text: textIn(element.attributes, element.content ?? '') };
}

function toolCallOf(element: Element, body: Body): ToolCall {
	const { attributes, content } = element;
	const name = required(element, 'name', body);
	const call = content === undefined ? { name } : { name, arguments: textIn(attributes, content) };
	return { id: required(element, 'id', body), type: 'function', function: call };
}

/** The elements from a position up to the end of the body, with nothing but white space between them. */
function* elementsFrom(body: Body, from: number, allowed: readonly string[]): Generator<Element> {
	for (let offset = skipSpace(body.text, from); offset < body.text.length;) {
		const element = readElement(body, offset, allowed);
		if (element === undefined) {
			const list = allowed.map((name) => `<${name}>`).join(', ');
			throw at(lineAt(body, offset), `expected one of the elements ${list}`);
		}
		yield element;
		offset = skipSpace(body.text, element.end);
	}
}

/** The part of the body that is the content of an element. Its positions and lines are those of the whole body. */
function contentOf(element: Element, body: Body): Body {
	return { text: body.text.slice(0, element.contentStart + (element.content ?? '').length), firstLine: body.firstLine };
}

/** Where the tool calls of an assistant's message begin: at the first `<tool name=…>`. */
function firstToolCall(content: string): number {
	const found = content.search(/<tool\s(?:"[^"]*"|[^"<>])*?\bname\s*=\s*"/);
	return found < 0 ? content.length : found;
}

/** The texts, images and tool calls of a message that begins with an element. */
function fromElements(element: Element, body: Body): Pick<ChatMessage, 'content' | 'tool_calls'> {
	const allowed = element.name === 'assistant' ? ['text', 'image', 'tool'] : ['text', 'image'];
	const elements = [...elementsFrom(contentOf(element, body), element.contentStart, allowed)];
	const parts = elements.filter(({ name }) => name !== 'tool').map((part) => partOf(part, body));
	const calls = elements.filter(({ name }) => name === 'tool').map((call) => toolCallOf(call, body));
	return {
		content: parts.length > 0 ? parts : null,
		...(calls.length > 0 ? { tool_calls: calls } : {}),
	};
}

/** The content of a message, and the tool calls of an assistant. */
function partsOf(element: Element, body: Body): Pick<ChatMessage, 'content' | 'tool_calls'> {
	const { name, attributes, content = '' } = element;
	if (/^\s*<(text|image)[\s>/]/.test(content)) return fromElements(element, body);
	const toolsAt = name === 'assistant' ? firstToolCall(content) : content.length;
	const text = textIn(attributes, content.slice(0, toolsAt));
	if (toolsAt === content.length) return { content: text };
	const calls = [...elementsFrom(contentOf(element, body), element.contentStart + toolsAt, ['tool'])];
	return { content: text === '' ? null : text, tool_calls: calls.map((call) => toolCallOf(call, body)) };
}

function messageOf(element: Element, body: Body): ChatMessage {
	const { attributes, content } = element;
	const role = element.name as ChatMessage['role'];
	const name = Object.hasOwn(attributes, 'name') ? { name: attributes['name'] as string } : {};
	if (role !== 'tool') return { role, ...name, ...partsOf(element, body) };
	return {
		role,
		...name,
		tool_call_id: required(element, 'id', body),
		...partsOf({ ...element, content: content ?? '' }, body),
	};
}

/** The messages of a chat body. Throws PromptFileError with the line of what is wrong. */
export function parseChat(body: Body): ChatMessage[] {
	return Array.from(elementsFrom(body, 0, roles), (element) => messageOf(element, body));
}

/** A chat body has its elements at the beginning of a line. */
export function looksLikeChat(body: string): boolean {
	return /^<(system|user|assistant|tool|developer)(\s[^<>]*)?>/m.test(body);
}
