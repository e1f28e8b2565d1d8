import { useCallback, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';
import { sentMessages } from '../shared/sentMessages.ts';

const emptyMessages: ChatMessage[] = [{ role: 'user', content: '' }];

/** The messages that a caller sent, or one to write. */
function messagesOf(log: LogResponse | undefined): ChatMessage[] {
	const sent = log ? sentMessages(log) : [];
	return sent.length === 0 ? emptyMessages : sent;
}

/** What the prompt is tried on. */
export function useTryInputs(log: LogResponse | undefined) {
	const [inputs, setInputs] = useState<Record<string, unknown>>(log?.inputs ?? {});
	const [messages, setMessages] = useState(() => messagesOf(log));
	const take = useCallback((chosen: LogResponse) => {
		setInputs(chosen.inputs ?? {});
		setMessages(messagesOf(chosen));
	}, []);
	return { inputs, setInputs, messages, setMessages, take };
}
