import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { FeedbackResponse } from '../../contract/feedback.ts';
import type { LogResponse } from '../../contract/logs.ts';
import type { ChatMessage } from '../../contract/messages.ts';
import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { get, type Paged } from '../api/client.ts';
import { inputsOf, languageOf, toDraft } from '../prompt/draft.ts';
import { summaryOf } from '../prompt/inputValue.ts';
import { sentMessages } from '../shared/sentMessages.ts';
import { callsOf, shareOf, type LoggedCall } from '../api/samples.ts';
import { sources } from '../api/sources.ts';

type Mark = Pick<FeedbackResponse, 'type' | 'value'>;

/** What a call was made with, to make it again with another version. */
export interface LoggedInput {
	/** ID of the log that it is from. */
	id: string;
	createdAt: string;
	/** The input in a line. */
	summary: string;
	/** What was said of the answers to it, each type and value once. */
	feedback: Mark[];
	inputs: Record<string, unknown>;
	/** The messages of a chat, without those of its template. */
	messages: ChatMessage[];
	/** Tokens of one answer of the logged call, to estimate what a call costs. null: not known. */
	promptTokens: number | null;
	outputTokens: number | null;
}

export interface LoggedInputs {
	/** Newest first, each once. */
	inputs: LoggedInput[];
	/** How many were asked for. */
	count: number;
	/** How many logs were passed over because they lack an input that a version needs. */
	incomplete: number;
	/** When the newest log was created: with it, the same inputs are found again. Undefined if there are no logs. */
	until: string | undefined;
}

const pageSize = 100;
/** How many logs are looked at, at most. */
const maxPages = 10;

/** Each type and value once: only a few fit beside an input, and many good ratings must not hide a bad one. */
function distinct(feedback: Mark[]): Mark[] {
	return [...new Map(feedback.map(({ type, value }) => [JSON.stringify([type, value]), { type, value }])).values()];
}

export function toLoggedInput(call: LoggedCall): LoggedInput {
	const [log] = call;
	const { promptTokens, outputTokens } = shareOf(call);
	return {
		id: log.id,
		createdAt: log.created_at,
		summary: summaryOf(log),
		feedback: distinct(call.flatMap(({ feedback }) => feedback)),
		inputs: log.inputs ?? {},
		messages: sentMessages(log),
		promptTokens,
		outputTokens,
	};
}

/** The inputs without which the server refuses a call. Jinja can do without some: only the server can say which. */
export function neededInputs(version: ModelConfigResponse): string[] {
	const draft = toDraft(version);
	return languageOf(draft) === 'jinja' ? [] : inputsOf(draft);
}

interface Wanted {
	/** How many inputs, at most. */
	count: number;
	/** Only logs up to then. */
	until: string | undefined;
	/** The inputs that each log must have. */
	needed: string[];
}

async function readInputs(projectId: string, { count, until, needed }: Wanted, signal: AbortSignal) {
	const found = new Map<string, LoggedInput>();
	const incomplete = new Set<string>();
	let newest: string | undefined;
	for (let page = 0; page < maxPages; page += 1) {
		// The logs of comparisons have inputs of other logs.
		const query = { project_id: projectId, exclude_source: sources.compare, page, size: pageSize, end_date: until };
		const { records } = await get<Paged<LogResponse>>('/logs', query, signal);
		newest ??= records[0]?.created_at;
		for (const call of callsOf(records)) {
			const [log] = call;
			// Tools have no inputs that a prompt could be run on.
			if (log.inputs === null || log.config.type === 'tool') continue;
			const input = toLoggedInput(call);
			const key = JSON.stringify([input.inputs, input.messages]);
			const newer = found.get(key);
			if (needed.some((name) => (log.inputs?.[name] ?? null) === null)) incomplete.add(key);
			else if (!newer) found.set(key, input);
			else newer.feedback = distinct([...newer.feedback, ...input.feedback]);
			if (found.size === count) break;
		}
		if (found.size === count || records.length < pageSize) break;
	}
	return { inputs: [...found.values()], count, incomplete: incomplete.size, until: newest } satisfies LoggedInputs;
}

/** The newest distinct inputs of a project's logs, without those of comparisons. */
export const loggedInputsQuery = (projectId: string, wanted: Wanted) =>
	queryOptions({
		queryKey: ['project', projectId, 'inputs', wanted],
		queryFn: ({ signal }) => readInputs(projectId, wanted, signal),
		placeholderData: keepPreviousData,
	});
