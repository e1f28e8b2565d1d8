import { useCallback, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';
import { sentMessages } from '../shared/sentMessages.ts';

const emptyMessages: ChatMessage[] = [{ role: 'user', content: '' }];

/** What a prompt is tried on. */
export interface TriedInputs {
	inputs: Record<string, unknown>;
	messages: ChatMessage[];
	/** The call that they are from, if they are as that call had them. */
	log: LogResponse | undefined;
}

function inputsOf(log: LogResponse | undefined): TriedInputs {
	const sent = log ? sentMessages(log) : [];
	return { inputs: log?.inputs ?? {}, messages: sent.length === 0 ? emptyMessages : sent, log };
}

/** What a draft was tried on when it was saved, for the version that it has become. */
let kept: { configId: string; tried: TriedInputs } | undefined;

/**
 * What a version is tried on: at first the input of a call, or what its draft was tried on before it was saved.
 *
 * @param configId the version; undefined for a new prompt
 */
export function useTryInputs(configId: string | undefined, log: LogResponse | undefined) {
	const [tried, setTried] = useState<TriedInputs>(() =>
		log === undefined && kept !== undefined && kept.configId === configId ? kept.tried : inputsOf(log),
	);
	const change = useCallback(
		(changes: Partial<TriedInputs>) => setTried((before) => ({ ...before, ...changes, log: undefined })),
		[],
	);
	const take = useCallback((chosen: LogResponse) => setTried(inputsOf(chosen)), []);
	const keepFor = (savedId: string) => {
		kept = { configId: savedId, tried };
	};
	return { tried, change, take, keepFor };
}

export type TryInputs = ReturnType<typeof useTryInputs>;
