import type { CreateLogResponse, LogEntry } from '../../contract/logs.ts';
import { notFound } from '../apiError.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import { type ConfigDescription, findOrCreateConfig } from '../prompts/configs.ts';
import { findOrCreateProject, findOrCreateSession, type LogTarget, resolveLogTarget } from './logTarget.ts';
import type { Log, Project, Store, StoredConfig, Writes } from '../store.ts';
import { storedTime } from '../time.ts';

/** An entry whose references all exist. */
type Found = { entry: LogEntry; target: LogTarget; config: StoredConfig | undefined };

async function find(store: Store, projectIds: ReservedProjectIds, entry: LogEntry): Promise<Found> {
	const config = entry.config_id === undefined ? undefined : await store.configById(entry.config_id);
	if (entry.config_id !== undefined && config === undefined) throw notFound('config_id', entry.config_id);
	return { entry, config, target: await resolveLogTarget(store, entry, projectIds) };
}

function toLog(found: Found, ids: { projectId: string; sessionId: string | null; configId: string }): Log {
	const { entry, target } = found;
	const save = entry.save ?? true;
	const now = new Date().toISOString();
	return {
		id: newId('data'),
		projectId: ids.projectId,
		configId: ids.configId,
		sessionId: ids.sessionId,
		parentId: target.parentId,
		referenceId: entry.reference_id ?? null,
		sampleIndex: 0,
		inputs: save ? (entry.inputs ?? {}) : null,
		messages: save ? (entry.messages ?? null) : null,
		output: save ? (entry.output ?? null) : null,
		rawOutput: save ? (entry.output ?? null) : null,
		outputMessage: save ? (entry.output_message ?? null) : null,
		finishReason: null,
		source: entry.source ?? null,
		metadata: entry.metadata ?? null,
		save,
		sourceDatapointId: entry.source_datapoint_id ?? null,
		user: null,
		error: entry.error ?? null,
		stdout: entry.stdout ?? null,
		duration: entry.duration ?? null,
		providerLatency: null,
		promptTokens: entry.prompt_tokens ?? null,
		outputTokens: entry.output_tokens ?? null,
		promptCost: entry.prompt_cost ?? null,
		outputCost: entry.output_cost ?? null,
		providerRequest: save ? (entry.provider_request ?? null) : null,
		providerResponse: save ? (entry.provider_response ?? null) : null,
		createdAt: entry.created_at === undefined ? now : storedTime(entry.created_at),
		updatedAt: now,
	};
}

async function storeEntry(writes: Writes, found: Found): Promise<CreateLogResponse> {
	// The schema asks for a project and for a config on every entry.
	const project = (await findOrCreateProject(writes, found.target)) as Project;
	const config = found.config ?? (await findOrCreateConfig(writes, project, describedBy(found.entry)));
	const sessionId = await findOrCreateSession(writes, found.target);
	const log = toLog(found, { projectId: project.id, sessionId, configId: config.id });
	await writes.logs([log]);
	return { id: log.id, project_id: project.id, session_id: sessionId };
}

function describedBy(entry: LogEntry): ConfigDescription {
	const { type: _type, ...description } = entry.config as NonNullable<LogEntry['config']>;
	return description as ConfigDescription;
}

/**
 * POST /logs: stores all entries or none. Throws 404 for what does not exist and 422 for a reference_id that is taken.
 * A parent must have been logged before: parents are looked up before any entry is stored.
 */
export async function createLogs(
	store: Store,
	projectIds: ReservedProjectIds,
	entries: LogEntry[],
): Promise<CreateLogResponse[]> {
	const found: Found[] = [];
	for (const entry of entries) found.push(await find(store, projectIds, entry));
	return store.write(async (writes) => {
		const created: CreateLogResponse[] = [];
		for (const one of found) created.push(await storeEntry(writes, one));
		return created;
	});
}
