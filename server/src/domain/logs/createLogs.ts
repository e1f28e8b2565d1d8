import type { CreateLogBody, LogEntry } from '../../contract/logs.ts';
import { notFound } from '../apiError.ts';
import type { Dependencies } from '../completions/prepare.ts';
import { newId } from '../ids.ts';
import { type ConfigDescription, settleConfig } from '../prompts/configs.ts';
import { findPlace, type Place, settleProject, settleSession } from './logTarget.ts';
import type { Log, Project, StoredConfig, Writes } from '../store.ts';
import { storedTime } from '../time.ts';

/** An entry whose references all exist. */
type Found = { entry: LogEntry; place: Place; config: StoredConfig | undefined };

async function find(deps: Dependencies, entry: LogEntry): Promise<Found> {
	const config = entry.config_id === undefined ? undefined : await deps.store.configById(entry.config_id);
	if (entry.config_id !== undefined && config === undefined) throw notFound('config_id', entry.config_id);
	return { entry, config, place: await findPlace(deps.store, entry, deps.proposedProjectId) };
}

function toLog(found: Found, settled: { projectId: string; sessionId: string | null; configId: string }): Log {
	const { entry, place } = found;
	const save = entry.save ?? true;
	const now = new Date().toISOString();
	return {
		id: newId('data'),
		projectId: settled.projectId,
		configId: settled.configId,
		sessionId: settled.sessionId,
		parentId: place.parentId,
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

async function store(writes: Writes, found: Found): Promise<CreateLogBody> {
	// The schema asks for a project and for a config on every entry.
	const project = (await settleProject(writes, found.place)) as Project;
	const config = found.config ?? (await settleConfig(writes, project, describedBy(found.entry)));
	const sessionId = await settleSession(writes, found.place);
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
export async function logEntries(deps: Dependencies, entries: LogEntry[]): Promise<CreateLogBody[]> {
	const found: Found[] = [];
	for (const entry of entries) found.push(await find(deps, entry));
	return deps.store.write(async (writes) => {
		const created: CreateLogBody[] = [];
		for (const one of found) created.push(await store(writes, one));
		return created;
	});
}
