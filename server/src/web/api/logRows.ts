import { queryOptions } from '@tanstack/react-query';

import type { FeedbackResponse } from '../../contract/feedback.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { pageSource } from './sources.ts';
import { ApiError, get, type Paged, type Query } from './client.ts';
import { totalCost } from './cost.ts';
import { countedWith } from './samples.ts';

/** What a list shows of a log. The rest, which can be megabytes, is not kept. */
export interface LogRow {
	id: string;
	createdAt: string;
	project: string | null;
	configId: string;
	configName: string | null;
	environment: string | null;
	/** Where on the page the call was made. Undefined: by another program. */
	madeBy: ReturnType<typeof pageSource>;
	/** The first characters of what went in and what came out. */
	input: string;
	output: string;
	error: string | null;
	tokens: number | null;
	cost: number | null;
	/** Tokens and cost are those of another log of the page: the first answer of the same call. */
	isCountedWithFirst: boolean;
	duration: number | null;
	feedback: Pick<FeedbackResponse, 'type' | 'value'>[];
}

export interface LogRows {
	rows: LogRow[];
	/** The number of logs, or a lower bound: then it is larger than the number of logs up to the end of this page. */
	total: number;
}

/** A power of two, so that a page that is too large can be read in halves. */
export const pageSize = 64;

const lineLength = 240;

function line(text: string): string {
	return text
		.slice(0, 2 * lineLength)
		.replace(/\s+/g, ' ')
		.trim()
		.slice(0, lineLength);
}

function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return content === null || content === undefined ? '' : JSON.stringify(content);
	return content.map((part: { text?: string }) => part.text ?? '[image]').join(' ');
}

/** The last message of a chat says more than its inputs, which are often the same in each call. */
function inputLine({ messages, inputs }: LogResponse): string {
	const last = messages?.at(-1) as { content?: unknown } | undefined;
	if (last !== undefined) return line(textOf(last.content));
	return line(
		Object.values(inputs ?? {})
			.map(textOf)
			.filter((text) => text.trim() !== '')
			.join(' · '),
	);
}

function outputLine({ output, output_message: message }: LogResponse): string {
	if (output !== null && output !== '') return line(output);
	const calls = (message?.tool_calls ?? []) as { function?: { name?: string; arguments?: string } }[];
	return line(calls.map((call) => `${call.function?.name ?? 'tool'}(${call.function?.arguments ?? ''})`).join(' '));
}

function toRow(log: LogResponse, _index: number, page: LogResponse[]): LogRow {
	return {
		id: log.id,
		createdAt: log.created_at,
		project: log.project,
		configId: log.config_id,
		configName: log.config.name ?? null,
		environment: log.environment,
		madeBy: pageSource(log.source),
		input: inputLine(log),
		output: outputLine(log),
		error: log.error === null ? null : line(log.error),
		tokens: log.tokens,
		cost: totalCost(log),
		isCountedWithFirst: countedWith(log, page) !== undefined,
		duration: log.duration,
		feedback: log.feedback.map(({ type, value }) => ({ type, value })),
	};
}

/** Reads a page. If its logs take more bytes than the server allows in one page, reads it in halves. */
async function readRows(query: Query, page: number, size: number, signal: AbortSignal): Promise<LogRows> {
	try {
		const { records, total } = await get<Paged<LogResponse>>('/logs', { ...query, page, size }, signal);
		return { rows: records.map(toRow), total };
	} catch (error) {
		const isTooLarge = error instanceof ApiError && error.status === 422 && error.message.includes('MAX_PAGE_BYTES');
		if (!isTooLarge || size === 1) throw error;
		const first = await readRows(query, 2 * page, size / 2, signal);
		const second = await readRows(query, 2 * page + 1, size / 2, signal);
		return { rows: [...first.rows, ...second.rows], total: Math.max(first.total, second.total) };
	}
}

/**
 * A page of a list of logs, newest first.
 *
 * @param query the filters, as GET /logs has them
 */
export const logRowsQuery = (query: Query, page: number) =>
	queryOptions({
		queryKey: ['logRows', query, page],
		queryFn: ({ signal }) => readRows(query, page, pageSize, signal),
		// The list stays as it is while somebody reads it. It says when there are new logs.
		staleTime: Infinity,
		// So that a long way down the list does not fill the memory.
		gcTime: 60_000,
		refetchOnReconnect: false,
	});

/**
 * A page of a list that somebody reads: the logs up to the newest one of the list as it was read first. So later logs move
 * nothing, and a page that is read again is the same.
 *
 * @param newest when that log was made
 */
export function steadyPageQuery(query: Query, newest: string | undefined, page: number) {
	const isOpen = query.end_date === undefined && newest !== undefined;
	return logRowsQuery(isOpen ? { ...query, end_date: newest } : query, page);
}

/** Of a list of logs, the ID of the newest one. Asked again from time to time. */
export const newestLogQuery = (query: Query) =>
	queryOptions({
		queryKey: ['logRows', query, 'newest'],
		queryFn: async ({ signal }) => {
			const { records } = await get<Paged<LogResponse>>('/logs', { ...query, page: 0, size: 1 }, signal);
			return records[0]?.id ?? null;
		},
		refetchInterval: 15_000,
		staleTime: 15_000,
	});
