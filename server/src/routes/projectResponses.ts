import type { ProjectResponse } from '../contract/projects.ts';
import { found } from '../domain/apiError.ts';
import type { FeedbackType } from '../domain/entities.ts';
import { knownTypes } from '../domain/projects/feedbackTypes.ts';
import type { ConfigUse, ProjectRecord, Store } from '../domain/store.ts';
import { toProjectConfigResponse } from './modelConfigs.ts';

/** The contract requires a team. This server is one team, with an ID in the contract's form. */
const teamId = 'tm_000000000000000000000';

function toProjectResponse(
	project: ProjectRecord,
	activeConfig: ConfigUse | undefined,
	feedbackTypes: FeedbackType[],
): ProjectResponse {
	return {
		id: project.id,
		name: project.name,
		active_config: activeConfig === undefined ? null : toProjectConfigResponse(activeConfig),
		users: [],
		data_count: project.logCount,
		feedback_types: knownTypes(feedbackTypes),
		team_id: teamId,
		active_evaluators: [],
		directory_id: null,
		created_at: project.createdAt,
		updated_at: project.updatedAt,
	};
}

/** Responses with the active config of each project and the types of feedback that it has defined. */
export async function toProjectResponses(
	store: Store,
	records: ProjectRecord[],
	signal: AbortSignal,
): Promise<ProjectResponse[]> {
	const activeIds = records.flatMap(({ activeConfigId }) => activeConfigId ?? []);
	const configs = new Map((await store.configsInUse(activeIds, signal)).map((config) => [config.id, config]));
	const ids = records.map(({ id }) => id);
	const types = Map.groupBy(await store.feedbackTypesOf(ids, signal), ({ projectId }) => projectId);
	return records.map((project) =>
		toProjectResponse(project, configs.get(project.activeConfigId ?? ''), types.get(project.id) ?? []),
	);
}

/** The response for a project. Throws 404 if there is none with that ID. */
export async function readProject(store: Store, id: string, signal: AbortSignal): Promise<ProjectResponse> {
	const record = found('project', id, await store.projectRecord(id, signal));
	const [response] = await toProjectResponses(store, [record], signal);
	return response as ProjectResponse;
}
