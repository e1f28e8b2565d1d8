import { unprocessable } from '../domain/apiError.ts';
import type { Added, ArchiveWrites } from '../domain/archive.ts';
import type { ModelConfig, Project, Session } from '../domain/entities.ts';
import { addArchivedLogs, addParents } from './archivedLogs.ts';
import { addAlias, configByIdOrAlias } from './configAliases.ts';
import { configByHash, insertConfig } from './configs.ts';
import { projectBy } from './projects.ts';
import { sessionBy } from './sessions.ts';
import type { Database } from './tables.ts';

async function addProject(db: Database, project: Project, otherNames: string[]): Promise<Added<Project>> {
	const known = await projectBy(db, 'id', project.id);
	if (known !== undefined) return { stored: known, isNew: false };
	for (const name of [project.name, ...otherNames]) {
		const { numInsertedOrUpdatedRows } = await db
			.insertInto('projects')
			.values({ ...project, name })
			.onConflict((conflict) => conflict.doNothing())
			.executeTakeFirstOrThrow();
		if (Number(numInsertedOrUpdatedRows) > 0) return { stored: { ...project, name }, isNew: true };
	}
	throw unprocessable(`Other projects have the names ${[project.name, ...otherNames].join(', ')}.`);
}

async function addConfig(db: Database, config: ModelConfig): Promise<Added<ModelConfig>> {
	const known = await configByIdOrAlias(db, config.id);
	if (known !== undefined) {
		if (known.projectId === config.projectId && known.hash === config.hash) return { stored: known, isNew: false };
		throw unprocessable(`${config.id} is the ID of another version here, of the project "${known.projectName}".`);
	}
	const equal = await configByHash(db, config.projectId, config.hash);
	if (equal !== undefined) {
		await addAlias(db, { alias: config.id, configId: equal.id });
		return { stored: equal, isNew: false };
	}
	await insertConfig(db, config);
	return { stored: config, isNew: true };
}

async function knownSession(db: Database, { id, referenceId }: Session): Promise<Session | undefined> {
	const known = await sessionBy(db, 'id', id);
	return known ?? (referenceId === null ? undefined : sessionBy(db, 'referenceId', referenceId));
}

async function addSession(db: Database, session: Session): Promise<Added<Session>> {
	const known = await knownSession(db, session);
	if (known !== undefined) return { stored: known, isNew: false };
	await db
		.insertInto('sessions')
		.values(session)
		.onConflict((conflict) => conflict.doNothing())
		.execute();
	// Another process can have added it meanwhile.
	return { stored: (await knownSession(db, session)) ?? session, isNew: true };
}

async function touch(db: Database, usedAt: Map<string, string>): Promise<void> {
	for (const [id, updatedAt] of usedAt)
		await db
			.updateTable('sessions')
			.set({ updatedAt })
			.where('id', '=', id)
			.where('updatedAt', '<', updatedAt)
			.execute();
}

/** What an import does in a transaction of `db`. */
export function archiveWrites(db: Database): ArchiveWrites {
	return {
		addProject: (project, otherNames) => addProject(db, project, otherNames),
		addConfig: (config) => addConfig(db, config),
		addAlias: (alias) => addAlias(db, alias),
		addSession: (session) => addSession(db, session),
		addLogs: (logs) => addArchivedLogs(db, logs),
		addParents: (links) => addParents(db, links),
		touchSessions: (usedAt) => touch(db, usedAt),
	};
}
