import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';

/** The messages that a caller sent: a log has those of its template before them. */
export function sentMessages({ messages, config }: LogResponse): ChatMessage[] {
	const fromTemplate = 'chat_template' in config ? (config.chat_template?.length ?? 0) : 0;
	return ((messages ?? []) as ChatMessage[]).slice(fromTemplate).map(
		(message) =>
			// What a message does not have is null in a log.
			Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)) as ChatMessage,
	);
}
