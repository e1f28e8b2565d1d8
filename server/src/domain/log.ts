import { type Static, Type } from 'typebox';
import type { CallOrigin } from '../contract/callOrigin.ts';
import type { Judgment } from '../contract/logs.ts';
import type { ToolChoice } from '../contract/messages.ts';
import { Json, nullableNumber, nullableObject, nullableText, text } from './columns.ts';

/** One sample of a call. With `save: false`, `newLog` leaves out what the call said. */
export const Log = Type.Object({
	id: text,
	projectId: nullableText,
	configId: text,
	sessionId: nullableText,
	parentId: nullableText,
	referenceId: nullableText,
	sampleIndex: Type.Integer(),
	inputs: nullableObject,
	messages: Json<unknown[] | null>(),
	output: nullableText,
	rawOutput: nullableText,
	outputMessage: nullableObject,
	finishReason: nullableText,
	toolChoice: Json<ToolChoice | null>(),
	/** What an evaluation that ran elsewhere says. */
	judgment: Json<Judgment | null>(),
	/** The name of the environment whose deployment was run. */
	environment: nullableText,
	source: nullableText,
	metadata: nullableObject,
	save: Type.Boolean(),
	sourceDatapointId: nullableText,
	user: nullableText,
	error: nullableText,
	stdout: nullableText,
	duration: nullableNumber,
	providerLatency: nullableNumber,
	promptTokens: nullableNumber,
	outputTokens: nullableNumber,
	promptCost: nullableNumber,
	outputCost: nullableNumber,
	providerRequest: nullableObject,
	providerResponse: nullableObject,
	callOrigin: Json<CallOrigin | null>(),
	/** Of the first sample, if the same call may get the answer: identifies the call. */
	answerHash: nullableText,
	/** The log whose answer this one repeats. It may be deleted. */
	reusedLogId: nullableText,
	createdAt: text,
	updatedAt: text,
});
export type Log = Static<typeof Log>;

type NullableColumn = { [K in keyof Log]: null extends Log[K] ? K : never }[keyof Log];
/** The values of a log. What is left out is null. */
type LogValues = Omit<Log, NullableColumn> & { [K in NullableColumn]?: Log[K] | undefined };

/** What a call with `save: false` does not store. */
const unsaved = {
	inputs: null,
	messages: null,
	output: null,
	rawOutput: null,
	outputMessage: null,
	judgment: null,
	providerRequest: null,
	providerResponse: null,
	answerHash: null,
} satisfies Partial<Log>;

/** The log without what the call said. */
export function withoutContent(log: Log): Log {
	return { ...log, ...unsaved };
}

const logColumns = Object.keys(Log.properties) as (keyof Log)[];

/** A complete log from the values that are known. */
export function newLog(values: LogValues): Log {
	const log: Record<string, unknown> = {};
	for (const column of logColumns) log[column] = values[column] ?? null;
	return values.save ? (log as Log) : withoutContent(log as Log);
}
