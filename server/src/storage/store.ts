import type { ConfigRecord, LogTarget, Store, TargetIds, Writes } from '../domain/store.ts';
import { configById, configsInUse, configsOfProject, findOrCreateConfig } from './configs.ts';
import type { GroupCommit } from './groupCommit.ts';
import { setFeedback, unsetFeedback } from './feedback.ts';
import { insertLogs, listLogs, logRecord, logRef } from './logs.ts';
import { listProjects, projectBy, findOrCreateProject, projectRecord } from './projects.ts';
import { deleteSavedResponses, savedResponse, saveResponse } from './savedResponses.ts';
import {
	insertSession,
	listSessions,
	sessionBy,
	sessionRecord,
	findOrCreateSession,
	touchSessions,
} from './sessions.ts';
import type { Database } from './tables.ts';

/** Configs never change, so those in use are kept; beyond this many, or this much text, all are let go. */
const configLimit = 1000;
const configLengthLimit = 16 * 1024 * 1024;

async function ensureTarget(db: Database, { project, session }: LogTarget): Promise<TargetIds> {
	let projectId = project?.id ?? null;
	if (project?.isNew) projectId = await findOrCreateProject(db, project.name, project.id);
	let sessionId = session?.id ?? null;
	if (session?.newReference) sessionId = await findOrCreateSession(db, session.newReference, session.id);
	return { projectId, sessionId };
}

function writesOn(db: Database): Writes {
	return {
		findOrCreateProject: (name, reservedId) => findOrCreateProject(db, name, reservedId),
		ensureTarget: (target) => ensureTarget(db, target),
		findOrCreateConfig: (projectId, wanted) => findOrCreateConfig(db, projectId, wanted),
		session: (id) => insertSession(db, id),
		logs: async (rows) => {
			await insertLogs(db, rows);
			await touchSessions(db, rows);
		},
		setFeedback: (feedback, replaced) => setFeedback(db, feedback, replaced),
		unsetFeedback: (match) => unsetFeedback(db, match),
		saveResponse: (saved) => saveResponse(db, saved),
		deleteSavedResponses: (before, limit) => deleteSavedResponses(db, before, limit),
	};
}

/** The storage that the domain asks for, on two connections: reads see only what is committed. */
export function createStore(reader: Database, commit: GroupCommit): Store {
	const configs = new Map<string, ConfigRecord>();
	let configLength = 0;
	return {
		async configById(id) {
			const known = configs.get(id);
			if (known !== undefined) return known;
			const config = await configById(reader, id);
			if (config === undefined) return undefined;
			const length = JSON.stringify(config).length;
			if (configs.size >= configLimit || configLength + length > configLengthLimit) {
				configs.clear();
				configLength = 0;
			}
			configs.set(id, config);
			configLength += length;
			return config;
		},
		projectById: (id) => projectBy(reader, 'id', id),
		projectByName: (name) => projectBy(reader, 'name', name),
		projectRecord: (id) => projectRecord(reader, id),
		sessionById: (id) => sessionBy(reader, 'id', id),
		sessionByReference: (reference) => sessionBy(reader, 'referenceId', reference),
		sessionRecord: (id) => sessionRecord(reader, id),
		listSessions: (listing) => listSessions(reader, listing),
		logById: (id) => logRef(reader, 'id', id),
		logByReference: (reference) => logRef(reader, 'referenceId', reference),
		logRecord: (id) => logRecord(reader, id),
		listLogs: (listing) => listLogs(reader, listing),
		listProjects: (listing) => listProjects(reader, listing),
		configsOfProject: (projectId) => configsOfProject(reader, projectId),
		configsInUse: (ids) => configsInUse(reader, ids),
		savedResponse: (scope, key, notBefore) => savedResponse(reader, scope, key, notBefore),
		write: (work) => commit.write((db) => work(writesOn(db))),
	};
}
