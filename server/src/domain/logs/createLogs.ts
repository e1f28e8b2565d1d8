import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { CreateLogResponse, LogEntry } from '../../contract/logs.ts';
import type { ToolParameters } from '../../contract/toolConfigs.ts';
import { found, unprocessable } from '../apiError.ts';
import { newLog } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import { type ConfigDescription, findOrCreateConfig } from '../prompts/configs.ts';
import type { LogTarget, Store, Writes } from '../store.ts';
import { storedTime } from '../time.ts';
import { checkLogFeedback, storeFeedback } from './feedback.ts';
import { resolveLogTarget } from './logTarget.ts';
import { newToolConfig } from './toolConfigs.ts';

/** After so many entries, other requests get their turn. Reads see nothing of the batch until it is committed. */
const entriesPerTurn = 25;

/** An entry whose references all exist. */
type ResolvedEntry = { entry: LogEntry; target: LogTarget; configId: string | undefined };

/** The ID of the config that an entry names: the entry can have an alias of it. */
async function configIdOf(store: Store, { config_id: id }: LogEntry): Promise<string | undefined> {
	if (id === undefined) return undefined;
	return found('config_id', id, (await store.configById(id)) ?? (await store.toolConfigById(id))).id;
}

async function resolve(store: Store, projectIds: ReservedProjectIds, entry: LogEntry): Promise<ResolvedEntry> {
	const configId = await configIdOf(store, entry);
	const { environment } = entry;
	if (environment !== undefined && (await store.environmentByName(environment)) === undefined) {
		throw unprocessable(
			`There is no environment ${JSON.stringify(environment)}. Make it with POST /v4/environments, or leave environment out.`,
		);
	}
	checkLogFeedback([entry.feedback ?? []].flat());
	return { entry, configId, target: await resolveLogTarget(store, entry, projectIds) };
}

/** The ID of the config that an entry describes. */
async function storeConfig(writes: Writes, project: { id: string; name: string }, entry: LogEntry): Promise<string> {
	// The schema requires a config or its ID in every entry, and chooses its fields by the type.
	const { type, ...description } = entry.config as NonNullable<LogEntry['config']>;
	if (type === 'tool') {
		const tool = newToolConfig(project.name, entry.config as ToolParameters);
		return writes.findOrCreateToolConfig(project.id, tool);
	}
	return (await findOrCreateConfig(writes, project, description as ConfigDescription)).id;
}

async function storeEntry(
	writes: Writes,
	{ entry, target, configId: known }: ResolvedEntry,
	callOrigin: CallOrigin | null,
): Promise<CreateLogResponse> {
	const name = target.project?.name as string;
	// The schema requires a project in every entry. It may have been deleted since it was resolved.
	const ids = found('project', entry.project_id ?? name, await writes.ensureTarget(target));
	const project = { id: ids.projectId as string, name };
	const now = new Date().toISOString();
	const log = newLog({
		id: newId('data'),
		...ids,
		configId: known ?? (await storeConfig(writes, project, entry)),
		parentId: target.parentId,
		referenceId: entry.reference_id,
		sampleIndex: 0,
		inputs: entry.inputs ?? {},
		messages: entry.messages,
		output: entry.output,
		rawOutput: entry.output,
		outputMessage: entry.output_message,
		judgment: entry.judgment,
		environment: entry.environment,
		source: entry.source,
		metadata: entry.metadata,
		save: entry.save ?? true,
		sourceDatapointId: entry.source_datapoint_id,
		error: entry.error,
		stdout: entry.stdout,
		duration: entry.duration,
		promptTokens: entry.prompt_tokens,
		outputTokens: entry.output_tokens,
		promptCost: entry.prompt_cost,
		outputCost: entry.output_cost,
		providerRequest: entry.provider_request,
		providerResponse: entry.provider_response,
		callOrigin,
		createdAt: entry.created_at === undefined ? now : storedTime(entry.created_at),
		updatedAt: now,
	});
	await writes.logs([log]);
	await storeFeedback(writes, log.id, [entry.feedback ?? []].flat());
	return { id: log.id, project_id: project.id, session_id: ids.sessionId };
}

/** Calls `work` for one entry after the other, and lets other requests in between. */
async function inTurns<In, Out>(entries: In[], work: (entry: In) => Promise<Out>): Promise<Out[]> {
	const results: Out[] = [];
	for (const entry of entries) {
		if (results.length > 0 && results.length % entriesPerTurn === 0) await nextTurn();
		results.push(await work(entry));
	}
	return results;
}

/**
 * POST /logs: stores all entries or none. A parent must have been logged by an earlier request, because parents are
 * resolved before any entry is stored. Throws 404 for what does not exist and 422 for a reference_id that is taken.
 */
export async function createLogs(
	store: Store,
	projectIds: ReservedProjectIds,
	entries: LogEntry[],
	origin: CallOrigin | null,
): Promise<CreateLogResponse[]> {
	const resolved = await inTurns(entries, (entry) => resolve(store, projectIds, entry));
	return store.write((writes) => inTurns(resolved, (entry) => storeEntry(writes, entry, origin)));
}
