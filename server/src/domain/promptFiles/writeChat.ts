import type { ChatMessage, ContentPart, ToolCall } from '../../contract/messages.ts';
import { dedent, exact, names } from './elements.ts';

const marker = new RegExp(`<(?=/?(?:${names.join('|')})\\b)`, 'g');
const hasMarker = new RegExp(marker.source);

/** With `&` only where it would be read as a part of an escaped character, so that prompts stay readable. */
function escape(text: string): string {
	return text
		.replace(/&(?=(?:lt|gt|amp|quot|#10|#13);)/g, '&amp;')
		.replace(marker, '&lt;')
		.replaceAll('\r', '&#13;');
}

function attribute(name: string, value: string): string {
	const text = value
		.replaceAll('&', '&amp;')
		.replaceAll('"', '&quot;')
		.replaceAll('<', '&lt;')
		.replaceAll('\n', '&#10;')
		.replaceAll('\r', '&#13;');
	return ` ${name}="${text}"`;
}

const preserve = attribute(exact.name, exact.value);

function indent(text: string): string {
	return text.replace(/^(?=.)/gm, '  ');
}

/** Whether a text is read as it is from indented lines: without white space at its ends, and without elements in it. */
function canBeIndented(text: string): boolean {
	return text !== '' && !text.includes('\r') && dedent(`\n${indent(text)}\n`) === text && !hasMarker.test(text);
}

/** An element with a text: on lines of its own if that keeps it as it is, else with white space preserved. */
function textElement(name: string, attributes: string, text: string): string {
	if (text === '') return `<${name}${attributes}></${name}>`;
	if (canBeIndented(text)) return `<${name}${attributes}>\n${indent(text)}\n</${name}>`;
	return `<${name}${attributes}${preserve}>${escape(text)}</${name}>`;
}

function partElement(part: ContentPart): string {
	if (part.type === 'text') return textElement('text', '', part.text);
	const { url, detail } = part.image_url;
	return `<image${attribute('url', url)}${detail === undefined ? '' : attribute('detail', detail)} />`;
}

function toolCallElement({ id, function: { name, arguments: given } }: ToolCall): string {
	const attributes = attribute('name', name) + attribute('id', id);
	return given === undefined || given === null ? `<tool${attributes} />` : textElement('tool', attributes, given);
}

/** Where white space is preserved, only the first line can be indented. */
function indentElement(element: string): string {
	return element.includes(preserve) ? `  ${element}` : indent(element);
}

/** Elements inside of an element. White space between them has no meaning. */
function parent(name: string, attributes: string, children: readonly string[]): string {
	return `<${name}${attributes}>\n${children.map(indentElement).join('\n')}\n</${name}>`;
}

function messageElement(message: ChatMessage): string {
	const { role, content } = message;
	const id = role === 'tool' ? attribute('id', message.tool_call_id ?? '') : '';
	const attributes = (message.name === undefined || message.name === null ? '' : attribute('name', message.name)) + id;
	const calls = (message.tool_calls ?? []).map(toolCallElement);
	if (Array.isArray(content)) return parent(role, attributes, [...content.map(partElement), ...calls]);
	const text = content ?? '';
	if (calls.length === 0) return textElement(role, attributes, text);
	if (text === '') return parent(role, attributes, calls);
	if (canBeIndented(text)) return parent(role, attributes, [text, ...calls]);
	return `<${role}${attributes}${preserve}>${escape(text)}${calls.join('\n')}\n</${role}>`;
}

/** The body of a .prompt file for these messages. Keys of messages that the format does not have are left out. */
export function writeChat(messages: readonly ChatMessage[]): string {
	return messages.map((message) => `${messageElement(message)}\n`).join('\n');
}
