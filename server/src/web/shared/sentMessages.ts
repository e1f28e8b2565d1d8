import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';
import { jinjaPart } from '../editor/variables.ts';

/** Whether a message can be the one of the template, with its variables filled. */
function isFilled(template: ChatMessage, message: ChatMessage | undefined, isJinja: boolean): boolean {
	if (template.role !== message?.role) return false;
	// What a block of Jinja has can be missing in the message.
	if (isJinja || typeof template.content !== 'string' || typeof message.content !== 'string') return true;
	const [first = '', ...others] = template.content.split(jinjaPart);
	if (!message.content.startsWith(first)) return false;
	let at = first.length;
	for (const part of others) {
		const found = message.content.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return true;
}

/**
 * The messages that a caller sent. A call that the server ran has those of its template before them; a call that another
 * program has recorded may have them or not.
 */
export function sentMessages({ messages, config }: LogResponse): ChatMessage[] {
	const all = (messages ?? []) as ChatMessage[];
	const template = ('chat_template' in config ? (config.chat_template ?? []) : []) as ChatMessage[];
	const isJinja = 'template_language' in config && config.template_language === 'jinja';
	const hasTemplate = template.every((message, index) => isFilled(message, all[index], isJinja));
	return all.slice(hasTemplate ? template.length : 0).map(
		(message) =>
			// What a message does not have is null in a log.
			Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)) as ChatMessage,
	);
}
