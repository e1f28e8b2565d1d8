import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

import type { CallEvent } from '../../contract/calls.ts';
import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage, ToolCall } from '../../contract/messages.ts';
import { costOf } from '../api/cost.ts';
import { logQuery } from '../api/logs.ts';
import { streamEvents } from '../api/stream.ts';
import { sources } from '../api/sources.ts';

/** One answer, as far as it is there. */
export interface Sample {
	index: number;
	text: string;
	toolCalls: ToolCall[];
	finishReason: string | null;
	/** Its log, once it is stored: with cost, time and tokens. */
	log: LogResponse | undefined;
}

export interface Run {
	state: 'running' | 'done' | 'stopped' | 'failed';
	samples: Sample[];
	/** US dollars for all samples. null: not known. Undefined: not there yet. */
	cost: number | null | undefined;
	error: unknown;
}

export interface TryRequest {
	/** Which version is run, or the draft itself. */
	config: { model_config_id: string } | { model_config: Record<string, unknown> };
	isChat: boolean;
	projectId: string;
	inputs: Record<string, unknown>;
	messages: ChatMessage[];
	samples: number;
}

const emptySample = (index: number): Sample => ({
	index,
	text: '',
	toolCalls: [],
	finishReason: null,
	log: undefined,
});

function pathOf({ isChat, config }: TryRequest): string {
	return `/${isChat ? 'chat' : 'completion'}${'model_config_id' in config ? '-model-config' : ''}`;
}

function bodyOf({ config, isChat, projectId, inputs, messages, samples }: TryRequest): Record<string, unknown> {
	const common = { ...config, project_id: projectId, inputs, num_samples: samples, source: sources.editor };
	return isChat ? { ...common, messages } : common;
}

/** Adds an event to the samples. */
function withEvent(samples: Sample[], event: CallEvent): Sample[] {
	const after = [...samples];
	for (const { index, output, finish_reason: reason, output_message: message } of event.data) {
		const sample = after[index] ?? emptySample(index);
		after[index] = {
			...sample,
			text: sample.text + output,
			toolCalls: message?.tool_calls ?? sample.toolCalls,
			finishReason: reason ?? sample.finishReason,
		};
	}
	return after;
}

/** Runs a prompt and follows its answers while they are written. One run at a time: a new one ends the one before. */
export function useTry() {
	const [run, setRun] = useState<Run>();
	const aborting = useRef<AbortController>(undefined);
	const queryClient = useQueryClient();
	useEffect(() => () => aborting.current?.abort(), []);

	const stop = useCallback(() => aborting.current?.abort(), []);
	const start = useCallback(
		async (request: TryRequest) => {
			aborting.current?.abort();
			const controller = (aborting.current = new AbortController());
			const { signal } = controller;
			const update = (change: (before: Run) => Partial<Run>) => {
				if (aborting.current === controller) setRun((before) => ({ ...before!, ...change(before!) }));
			};
			const samples = Array.from({ length: request.samples }, (_, index) => emptySample(index));
			setRun({ state: 'running', samples, cost: undefined, error: undefined });
			/** Of the logs, by the index of their sample. */
			const ids = new Map<number, string>();
			const onComment = (comment: string) => {
				const cost = costOf(comment);
				if (cost) update(() => ({ cost: cost.charged }));
			};
			try {
				const events = streamEvents<CallEvent>(pathOf(request), bodyOf(request), { signal, onComment });
				for await (const event of events) {
					for (const { index, id } of event.data) ids.set(index, id);
					update((before) => ({ samples: withEvent(before.samples, event) }));
				}
				update(() => ({ state: 'done' }));
			} catch (error) {
				update(() => (signal.aborted ? { state: 'stopped' } : { state: 'failed', error }));
				return;
			} finally {
				void queryClient.invalidateQueries({ queryKey: ['project', request.projectId] });
			}
			const logs = await Promise.all(
				[...ids].map(async ([index, id]) => [index, await queryClient.fetchQuery(logQuery(id))] as const),
			).catch(() => []);
			for (const [index, log] of logs) {
				update((before) => ({
					samples: before.samples.map((sample) => (sample.index === index ? { ...sample, log } : sample)),
				}));
			}
		},
		[queryClient],
	);
	return { run, start, stop };
}
