import { queryOptions } from '@tanstack/react-query';

import type { ChatResponse } from '../../contract/chat.ts';
import type { CompletionResponse } from '../../contract/completions.ts';
import type { LogResponse } from '../../contract/logs.ts';
import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { get, post, type Paged } from '../api/client.ts';
import { sources } from '../api/sources.ts';
import type { LoggedInput } from './loggedInputs.ts';

/*
 * A run is a number of calls with the same ID. Its results are its logs, and nothing else: they are found by what the
 * calls put into `source` and `metadata`. So they outlive the browser, and another person can open them.
 */

/** What the metadata of a log of a comparison has. */
interface RunMetadata {
	compare_run: string;
	/** ID of the log whose input was run. */
	compare_input: string;
}

/** One call of a run. */
export interface Job {
	version: ModelConfigResponse;
	input: LoggedInput;
}

/** An ID of 32 hexadecimal digits. `crypto.randomUUID` is missing in pages that came without TLS. */
export function newRunId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What identifies a call within its run. */
export const jobKey = (configId: string, inputId: string) => `${configId} ${inputId}`;

export function jobKeyOf({ config_id, metadata }: LogResponse): string {
	return jobKey(config_id, (metadata as Partial<RunMetadata> | null)?.compare_input ?? '');
}

const pageSize = 100;

/** Newest first. */
async function readLogs(projectId: string, run: string, signal: AbortSignal): Promise<LogResponse[]> {
	const logs: LogResponse[] = [];
	for (let page = 0; ; page += 1) {
		const query = { project_id: projectId, source_filter: sources.compare, metadata_search: run, page, size: pageSize };
		const { records } = await get<Paged<LogResponse>>('/logs', query, signal);
		logs.push(...records);
		if (records.length < pageSize) return logs;
	}
}

/** The logs of a run. */
export const runLogsQuery = (projectId: string, run: string) =>
	queryOptions({
		queryKey: ['project', projectId, 'compare', run],
		queryFn: ({ signal }) => readLogs(projectId, run, signal),
		staleTime: 60_000,
	});

/**
 * Makes a call of a run. If it is repeated, by a second click, a second tab or after a reload, the Idempotency-Key makes
 * sure that it is paid for once.
 *
 * @returns the log of the call
 */
export async function runJob(projectId: string, run: string, { version, input }: Job): Promise<LogResponse> {
	const isChat = version.endpoint === 'chat';
	const metadata: RunMetadata = { compare_run: run, compare_input: input.id };
	const body = {
		...{ project_id: projectId, model_config_id: version.id, inputs: input.inputs, source: sources.compare, metadata },
		...(isChat ? { messages: input.messages } : {}),
	};
	const { data } = await post<CompletionResponse | ChatResponse>(
		isChat ? '/chat-model-config' : '/completion-model-config',
		body,
		{ headers: { 'Idempotency-Key': `compare-${run}-${version.id}-${input.id}` } },
	);
	return get<LogResponse>(`/logs/${encodeURIComponent(data[0]!.id)}`);
}
