import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';
import { jinjaPart, placeholder } from '../editor/variables.ts';

type Inputs = Record<string, unknown>;

/** The text with the inputs in place of their variables, as the server fills it. Without an input, a variable stays. */
function fill(text: string, inputs: Inputs): string {
	return text.replace(placeholder, (variable, name: string) => {
		const value = Object.hasOwn(inputs, name) ? (inputs[name] ?? null) : null;
		if (value === null) return variable;
		return typeof value === 'string' ? value : JSON.stringify(value);
	});
}

/**
 * Whether Jinja can have made the text. That is a good guess, because only the server runs Jinja: the text must begin and end
 * as the template does, around all that Jinja decides. A template of variables alone could be any text, so it is none.
 */
function canBeJinja(template: string, inputs: Inputs, text: string): boolean {
	// Jinja writes only texts as they are.
	const texts = Object.entries(inputs).filter(([, value]) => typeof value === 'string');
	const own = fill(template, Object.fromEntries(texts)).split(jinjaPart);
	if (own.every((part) => part.trim() === '')) return false;
	const [first, last, whole] = [own[0]!, own.at(-1)!, text].map((one) => one.trim()) as [string, string, string];
	if (own.length === 1) return whole === first;
	return whole.length >= first.length + last.length && whole.startsWith(first) && whole.endsWith(last);
}

/** What the server fills in a message: its texts, and the addresses of its images. */
function textsOf({ content }: ChatMessage): string[] {
	if (typeof content === 'string') return [content];
	return (content ?? []).map((part) => (part.type === 'text' ? part.text : (part.image_url?.url ?? '')));
}

/**
 * The messages that a caller sent. A call that the server ran has those of its template before them; a call that another
 * program has recorded may have them or not.
 */
export function sentMessages({ messages, config, inputs }: LogResponse): ChatMessage[] {
	const all = (messages ?? []) as ChatMessage[];
	const template = ('chat_template' in config ? (config.chat_template ?? []) : []) as ChatMessage[];
	const isJinja = 'template_language' in config && config.template_language === 'jinja';
	const isText = (own: string, text: string | undefined) =>
		text !== undefined && (isJinja ? canBeJinja(own, inputs ?? {}, text) : fill(own, inputs ?? {}) === text);
	const isFilled = (own: ChatMessage, message: ChatMessage | undefined) => {
		if (message?.role !== own.role) return false;
		const texts = textsOf(message);
		const ownTexts = textsOf(own);
		return texts.length === ownTexts.length && ownTexts.every((text, index) => isText(text, texts[index]));
	};
	const hasTemplate = template.every((message, index) => isFilled(message, all[index]));
	return all.slice(hasTemplate ? template.length : 0).map(
		(message) =>
			// What a message does not have is null in a log.
			Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)) as ChatMessage,
	);
}
