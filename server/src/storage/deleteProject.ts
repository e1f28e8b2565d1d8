import type { ToolParameters } from '../contract/toolConfigs.ts';
import type { ModelParameters } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import { fromJson } from './codec.ts';
import type { Database } from './tables.ts';

/** Deletes a project, whose row is locked, from all lists and look-ups. Its name is free again. */
export async function hideProject(db: Database, id: string, at: string): Promise<void> {
	// Names are unique. Nobody can give this one to another project, because nobody knows it.
	await db
		.updateTable('projects')
		.set({ name: newId('pr'), deletedAt: at })
		.where('id', '=', id)
		.execute();
	await db.deleteFrom('deployedConfigs').where('projectId', '=', id).execute();
	await db.deleteFrom('budgets').where('kind', '=', 'project').where('subject', '=', id).execute();
}

/** What a config must have to be shown with a log, and nothing that says what it was for. */
function withoutContent(parameters: ModelParameters): ModelParameters {
	const { provider, model, endpoint, max_tokens, temperature, top_p, presence_penalty, frequency_penalty } = parameters;
	return { provider, model, endpoint, max_tokens, temperature, top_p, presence_penalty, frequency_penalty, other: {} };
}

/** What is left of a tool config. */
const emptyTool: ToolParameters = { type: 'tool', name: 'deleted' };

/**
 * Removes what the configs of a project say, unless logs have them. The rows stay: a call that is in flight may have the
 * config. Returns how many there were.
 */
async function emptyConfigs(db: Database, projectId: string, limit: number): Promise<number> {
	const rows = await db
		.selectFrom('configs')
		.select(['id', 'type', 'parameters'])
		.where('projectId', '=', projectId)
		// An emptied one has its ID as its hash.
		.whereRef('hash', '!=', 'id')
		.where((eb) => eb.not(eb.exists(eb.selectFrom('logs').select('logs.id').whereRef('configId', '=', 'configs.id'))))
		.limit(limit)
		.execute();
	for (const { id, type, parameters } of rows) {
		const rest = type === 'tool' ? emptyTool : withoutContent(fromJson<ModelParameters>(parameters) as ModelParameters);
		const name = 'model' in rest ? rest.model : rest.name;
		await db
			.updateTable('configs')
			.set({ hash: id, name, description: null, parameters: JSON.stringify(rest) })
			.where('id', '=', id)
			// Another process can have given it to a new project of the same name meanwhile.
			.where('projectId', '=', projectId)
			.execute();
	}
	return rows.length;
}

/** Deletes at most `limit` rows of a deleted project, once its logs are deleted. Returns how many were changed. */
export async function deleteRestOfProject(db: Database, id: string, limit: number): Promise<number> {
	const some = db.selectFrom('deployments').select('id').where('projectId', '=', id).limit(limit);
	const history = await db.deleteFrom('deployments').where('id', 'in', some).executeTakeFirstOrThrow();
	const types = await db.deleteFrom('feedbackTypes').where('projectId', '=', id).executeTakeFirstOrThrow();
	const emptied = await emptyConfigs(db, id, limit);
	return Number(history.numDeletedRows) + Number(types.numDeletedRows) + emptied;
}
