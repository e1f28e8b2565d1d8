import { useCallback, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';

const emptyMessages: ChatMessage[] = [{ role: 'user', content: '' }];

/** The messages that a caller sent: a log has those of its template before them. */
function sentMessages({ messages, config }: LogResponse): ChatMessage[] {
	const fromTemplate = 'chat_template' in config ? (config.chat_template?.length ?? 0) : 0;
	const sent = ((messages ?? []) as ChatMessage[]).slice(fromTemplate).map((message) =>
		// What a message does not have is null in a log.
		Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)),
	);
	return sent.length === 0 ? emptyMessages : (sent as ChatMessage[]);
}

/** What the prompt is tried on. */
export function useTryInputs(log: LogResponse | undefined) {
	const [inputs, setInputs] = useState<Record<string, unknown>>(log?.inputs ?? {});
	const [messages, setMessages] = useState<ChatMessage[]>(log ? sentMessages(log) : emptyMessages);
	const take = useCallback((chosen: LogResponse) => {
		setInputs(chosen.inputs ?? {});
		setMessages(sentMessages(chosen));
	}, []);
	return { inputs, setInputs, messages, setMessages, take };
}
