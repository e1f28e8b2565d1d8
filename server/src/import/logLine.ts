import { type Static, Type } from 'typebox';
import { inSnakeCase, Opt } from '../contract/fields.ts';
import type { ArchivedLog } from '../domain/archive.ts';
import { type Feedback, Log, newLog, type Session } from '../domain/entities.ts';
import { contentId } from '../domain/ids.ts';
import { AnyObject, checked, Decimal, filledKeys, Id, Text, Time, timeIn, Whole } from './fields.ts';
import { ImportProblem } from './importProblem.ts';

type JsonObject = Record<string, unknown>;

const Given = Type.Object({
	id: Id,
	type: Type.String({ minLength: 1 }),
	value: Type.Unsafe<Feedback['value']>({ type: ['string', 'number', 'boolean', 'array'], items: { type: 'string' } }),
	user: Text,
	created_at: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d' }),
});

/** A log of an export. The keys from `session_id` on are of this server; the others are of Humanloop's API. */
const Line = Type.Object({
	id: Id,
	prompt: Type.Object({ version_id: Id }, { additionalProperties: true }),
	inputs: AnyObject,
	messages: Opt(Type.Array(Type.Object({}, { additionalProperties: true }))),
	output: Text,
	output_message: AnyObject,
	finish_reason: Text,
	source: Text,
	metadata: AnyObject,
	save: Opt(Type.Boolean()),
	source_datapoint_id: Text,
	user: Text,
	environment: Text,
	error: Text,
	stdout: Text,
	provider_latency: Decimal,
	prompt_tokens: Whole,
	output_tokens: Whole,
	prompt_cost: Decimal,
	output_cost: Decimal,
	provider_request: AnyObject,
	provider_response: AnyObject,
	start_time: Time,
	end_time: Time,
	created_at: Time,
	trace_id: Opt(Id),
	trace_parent_id: Opt(Id),
	session_id: Opt(Id),
	reference_id: Text,
	sample_index: Whole,
	raw_output: Text,
	duration: Decimal,
	call_origin: AnyObject,
	updated_at: Time,
	call_log_id: Opt(Id),
	response_log_id: Opt(Id),
	reused_log_id: Opt(Id),
	feedback: Opt(Type.Array(Given)),
});
type Line = Static<typeof Line>;

/** What a log can have and this server has no place for. */
const withoutPlace = ['evaluator_logs', 'batches', 'log_status', 'reasoning_tokens'] as const;

/** What a key without a place has in it, where its name does not say so. */
const contentNames: Record<string, string> = { evaluator_logs: 'judgments of evaluators' };

/** A log as it is stored, with what its place in the export says. */
export type ImportedLog = {
	log: ArchivedLog;
	/** The version that made it, with all that the line says of it. */
	version: JsonObject & { version_id: string };
	/** The session of its trace. Those of exports of this server are in a file of their own. */
	session: Session | null;
	withoutPlace: string[];
};

const columns = Object.keys(inSnakeCase(Object.fromEntries(Object.keys(Log.properties).map((name) => [name, 0]))));
const names = Object.keys(Log.properties) as (keyof Log)[];

/** Lines of exports of this server say everything, also what is null. */
function isOurs(line: Line): boolean {
	return line.sample_index !== undefined && line.sample_index !== null;
}

/** Seconds from the start to the end of a call. */
function durationOf({ start_time: start, end_time: end }: Line): number | null {
	const [from, to] = [timeIn('start_time', start), timeIn('end_time', end)];
	return from === undefined || to === undefined ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

function textOf(message: JsonObject | null | undefined): string | null {
	const content = message?.['content'];
	return typeof content === 'string' ? content : null;
}

/** What only a line of Humanloop's has to be completed with. */
function completed(line: Line, createdAt: string): Partial<Log> {
	const output = line.output ?? textOf(line.output_message);
	return { output, rawOutput: output, duration: durationOf(line), sampleIndex: 0, updatedAt: createdAt };
}

function sessionOf(line: Line, createdAt: string): Session | null {
	const times = { createdAt, updatedAt: createdAt };
	if (typeof line.session_id === 'string') return { id: line.session_id, referenceId: null, ...times };
	if (typeof line.trace_id !== 'string') return null;
	return { id: contentId('sesh', line.trace_id), referenceId: line.trace_id, ...times };
}

/** The log's columns that the line has, under the names of the entity. */
function columnsOf(line: JsonObject): Partial<Log> {
	return Object.fromEntries(columns.map((column, index) => [names[index], line[column] ?? null])) as Partial<Log>;
}

function feedbackOn(logId: string, given: Line['feedback']): Feedback[] {
	return (given ?? []).map(({ created_at: at, user, ...one }) => {
		return { ...one, logId, user: user ?? null, createdAt: timeIn('feedback.created_at', at) as string };
	});
}

/**
 * The log in a line of an export. `projectId` is the project of its folder, `now` its time if it says none. The ID of its
 * config is that of the line. Throws ImportProblem that names what is missing or wrong.
 */
export function toLog(value: JsonObject, projectId: string | null, now: string): ImportedLog {
	const line = checked(Line, value);
	const createdAt = timeIn('created_at', line.created_at ?? line.start_time) ?? now;
	const session = sessionOf(line, createdAt);
	const log = newLog({
		...columnsOf(value),
		...(isOurs(line) ? {} : completed(line, createdAt)),
		id: line.id,
		projectId,
		configId: line.prompt.version_id,
		sessionId: session?.id ?? null,
		parentId: line.trace_parent_id ?? null,
		save: line.save ?? true,
		// It is of use to the API keys of its database only.
		answerHash: null,
		createdAt,
		...(isOurs(line) ? { updatedAt: timeIn('updated_at', line.updated_at) ?? createdAt } : {}),
	} as Log);
	if (log.referenceId === '') throw new ImportProblem('reference_id: it is empty');
	const shared = { callLogId: line.call_log_id ?? null, responseLogId: line.response_log_id ?? null };
	return {
		log: { ...log, ...shared, feedback: feedbackOn(line.id, line.feedback) },
		version: line.prompt,
		session,
		withoutPlace: filledKeys(value, withoutPlace).map((key) => contentNames[key] ?? key),
	};
}

/** The line of a log: its columns under the API's names, and its feedback. */
export function toLine({ feedback, callLogId, responseLogId, ...log }: ArchivedLog, promptId: string): JsonObject {
	const { config_id: versionId, parent_id: parentId, project_id: _, answer_hash: _hash, ...line } = inSnakeCase(log);
	return {
		...line,
		prompt: { id: promptId, version_id: versionId },
		trace_parent_id: parentId,
		call_log_id: callLogId,
		response_log_id: responseLogId,
		feedback: feedback.map(({ logId: _log, ...given }) => inSnakeCase(given)),
	};
}
