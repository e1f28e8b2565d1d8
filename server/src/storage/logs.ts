import type { FeedbackResponse } from '../contract/feedback.ts';
import { unprocessable } from '../domain/apiError.ts';
import type { Log, LogRecord } from '../domain/store.ts';
import { feedbackOn } from './feedback.ts';
import type { Database, LogRow } from './tables.ts';

function json(value: unknown): string | null {
	return value === null ? null : JSON.stringify(value);
}

function parsed<T>(text: string | null): T | null {
	return text === null ? null : (JSON.parse(text) as T);
}

function toRow(log: Log): LogRow {
	return {
		id: log.id,
		project_id: log.projectId,
		config_id: log.configId,
		session_id: log.sessionId,
		parent_id: log.parentId,
		reference_id: log.referenceId,
		sample_index: log.sampleIndex,
		inputs: json(log.inputs),
		messages: json(log.messages),
		output: log.output,
		raw_output: log.rawOutput,
		output_message: json(log.outputMessage),
		finish_reason: log.finishReason,
		source: log.source,
		metadata: json(log.metadata),
		save: log.save ? 1 : 0,
		source_datapoint_id: log.sourceDatapointId,
		user: log.user,
		error: log.error,
		stdout: log.stdout,
		duration: log.duration,
		provider_latency: log.providerLatency,
		prompt_tokens: log.promptTokens,
		output_tokens: log.outputTokens,
		prompt_cost: log.promptCost,
		output_cost: log.outputCost,
		provider_request: json(log.providerRequest),
		provider_response: json(log.providerResponse),
		created_at: log.createdAt,
		updated_at: log.updatedAt,
	};
}

type RecordRow = LogRow & {
	project_name: string | null;
	session_reference_id: string | null;
	parent_reference_id: string | null;
};

function toRecord(row: RecordRow, feedback: FeedbackResponse[] = []): LogRecord {
	return {
		id: row.id,
		projectId: row.project_id,
		projectName: row.project_name,
		configId: row.config_id,
		sessionId: row.session_id,
		sessionReferenceId: row.session_reference_id,
		parentId: row.parent_id,
		parentReferenceId: row.parent_reference_id,
		referenceId: row.reference_id,
		sampleIndex: row.sample_index,
		inputs: parsed(row.inputs),
		messages: parsed(row.messages),
		output: row.output,
		rawOutput: row.raw_output,
		outputMessage: parsed(row.output_message),
		finishReason: row.finish_reason,
		source: row.source,
		metadata: parsed(row.metadata),
		save: row.save === 1,
		sourceDatapointId: row.source_datapoint_id,
		user: row.user,
		error: row.error,
		stdout: row.stdout,
		duration: row.duration,
		providerLatency: row.provider_latency,
		promptTokens: row.prompt_tokens,
		outputTokens: row.output_tokens,
		promptCost: row.prompt_cost,
		outputCost: row.output_cost,
		providerRequest: parsed(row.provider_request),
		providerResponse: parsed(row.provider_response),
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		feedback,
	};
}

/** SQLite takes 32,766 values a statement; 500 rows of 30 columns stay well below. */
const rowsPerInsert = 500;

/** Adds logs. Throws a 422 that names a reference_id which another log has already. */
export async function insertLogs(db: Database, logs: Log[]): Promise<void> {
	for (const log of logs) {
		if (log.referenceId === null) continue;
		if ((await logRef(db, 'reference_id', log.referenceId)) !== undefined) {
			throw unprocessable(`A log with the reference_id ${JSON.stringify(log.referenceId)} exists already.`);
		}
	}
	for (let from = 0; from < logs.length; from += rowsPerInsert) {
		const rows = logs.slice(from, from + rowsPerInsert).map(toRow);
		await db.insertInto('logs').values(rows).execute();
	}
}

export async function logRef(db: Database, column: 'id' | 'reference_id', value: string) {
	const row = await db.selectFrom('logs').select(['id', 'session_id']).where(column, '=', value).executeTakeFirst();
	return row && { id: row.id, sessionId: row.session_id };
}

/** The logs with these IDs, in no order. */
export async function logRecords(db: Database, ids: string[]): Promise<LogRecord[]> {
	if (ids.length === 0) return [];
	const feedback = await feedbackOn(db, ids);
	const rows = await db
		.selectFrom('logs')
		.leftJoin('projects', 'projects.id', 'logs.project_id')
		.leftJoin('sessions', 'sessions.id', 'logs.session_id')
		.leftJoin('logs as parents', 'parents.id', 'logs.parent_id')
		.selectAll('logs')
		.select([
			'projects.name as project_name',
			'sessions.reference_id as session_reference_id',
			'parents.reference_id as parent_reference_id',
		])
		.where('logs.id', 'in', ids)
		.execute();
	return rows.map((row) => toRecord(row, feedback.get(row.id)));
}

export async function logRecord(db: Database, id: string): Promise<LogRecord | undefined> {
	const [record] = await logRecords(db, [id]);
	return record;
}
