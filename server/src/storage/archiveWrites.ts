import { unprocessable } from '../domain/apiError.ts';
import type { Added, ArchiveWrites } from '../domain/archive.ts';
import { FeedbackType, type Project, type Session } from '../domain/entities.ts';
import { addConfig } from './archivedConfigs.ts';
import { addDeployments, addEnvironment } from './archivedDeployments.ts';
import { addArchivedLogs, addParents } from './archivedLogs.ts';
import { codecOf } from './codec.ts';
import { addAlias } from './configAliases.ts';
import { addProject as insertProject } from './projects.ts';
import { sessionBy } from './sessions.ts';
import type { Database } from './tables.ts';

const feedbackTypes = codecOf(FeedbackType);

async function addProject(db: Database, project: Project, otherNames: string[]): Promise<Added<Project>> {
	// Also if it was deleted.
	const known = await db.selectFrom('projects').selectAll().where('id', '=', project.id).executeTakeFirst();
	if (known !== undefined) return { stored: known, isNew: false };
	for (const name of [project.name, ...otherNames])
		if (await insertProject(db, { ...project, name })) return { stored: { ...project, name }, isNew: true };
	throw unprocessable(`Other projects have the names ${[project.name, ...otherNames].join(', ')}.`);
}

async function addFeedbackTypes(db: Database, types: FeedbackType[]): Promise<void> {
	if (types.length === 0) return;
	await db
		.insertInto('feedbackTypes')
		.values(types.map((type) => feedbackTypes.encode(type)))
		.onConflict((conflict) => conflict.doNothing())
		.execute();
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
		addEnvironment: (environment) => addEnvironment(db, environment),
		addProject: (project, otherNames) => addProject(db, project, otherNames),
		addFeedbackTypes: (types) => addFeedbackTypes(db, types),
		addDeployments: (...deployments) => addDeployments(db, ...deployments),
		addConfig: (config) => addConfig(db, config),
		addAlias: (alias) => addAlias(db, alias),
		addSession: (session) => addSession(db, session),
		addLogs: (logs) => addArchivedLogs(db, logs),
		addParents: (links) => addParents(db, links),
		touchSessions: (usedAt) => touch(db, usedAt),
	};
}
