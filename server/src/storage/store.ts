import type { ConfigRecord, LogTarget, Store, TargetIds, Writes } from '../domain/store.ts';
import {
	addApiKey,
	apiKeyByHash,
	changeApiKey,
	hasValidApiKey,
	listApiKeys,
	lockApiKeys,
	setLastUsed,
} from './apiKeys.ts';
import { snapshot } from './archiveReads.ts';
import { archiveWrites } from './archiveWrites.ts';
import { addAuditEntry, listAudit } from './audit.ts';
import { configByIdOrAlias } from './configAliases.ts';
import { configsInUse, configsOfProject, findOrCreateConfig } from './configs.ts';
import { deleteFeedbackOf, deleteLogs, deleteSession } from './deleteLogs.ts';
import {
	addDeletion,
	countDeleted,
	deleteResponses,
	deletionById,
	finishDeletion,
	listDeletions,
	responsesToDelete,
	runningDeletions,
} from './deletions.ts';
import type { Dialect } from './dialect.ts';
import { setFeedback, unsetFeedback } from './feedback.ts';
import type { GroupCommit } from './groupCommit.ts';
import { insertLogs, listLogs, logRecord, logRef } from './logs.ts';
import { findOrCreateProject, listProjects, projectBy, projectRecord } from './projects.ts';
import { deleteSavedResponses, savedResponse, savedResponseHead, saveResponse } from './savedResponses.ts';
import type { SearchIndexer } from './searchIndex.ts';
import {
	findOrCreateSession,
	insertSession,
	keepSession,
	listSessions,
	sessionBy,
	sessionRecord,
	touchSessions,
} from './sessions.ts';
import type { Database } from './tables.ts';

/** Limits of the cache, in configs and in UTF-16 code units of their JSON. */
const maxCached = 1000;
const maxCachedLength = 16 * 1024 * 1024;

/** The configs in use. They never change. When the cache is full, it starts over. */
class ConfigCache {
	readonly #configs = new Map<string, ConfigRecord>();
	#length = 0;

	async get(id: string, read: () => Promise<ConfigRecord | undefined>): Promise<ConfigRecord | undefined> {
		const cached = this.#configs.get(id);
		if (cached !== undefined) return cached;
		const config = await read();
		if (config === undefined) return undefined;
		const { length } = JSON.stringify(config);
		if (this.#configs.size >= maxCached || this.#length + length > maxCachedLength) {
			this.#configs.clear();
			this.#length = 0;
		}
		this.#configs.set(id, config);
		this.#length += length;
		return config;
	}
}

async function ensureTarget({ name }: Dialect, db: Database, { project, session }: LogTarget): Promise<TargetIds> {
	let projectId = project?.id ?? null;
	if (project?.isNew) projectId = await findOrCreateProject(db, project.name, project.id);
	let sessionId = session?.id ?? null;
	if (session?.newReference) sessionId = await findOrCreateSession(db, session.newReference, session.id);
	else if (session) await keepSession(name, db, session.id);
	return { projectId, sessionId };
}

function writesOn(db: Database, dialect: Dialect): Writes {
	const { lockLog, tryLock } = dialect;
	return {
		archive: archiveWrites(db),
		findOrCreateProject: (name, reservedId) => findOrCreateProject(db, name, reservedId),
		ensureTarget: (target) => ensureTarget(dialect, db, target),
		findOrCreateConfig: (projectId, wanted) => findOrCreateConfig(db, projectId, wanted),
		session: (id) => insertSession(db, id),
		logs: async (logs) => {
			await insertLogs(dialect.name, db, logs);
			await touchSessions(db, logs);
		},
		setFeedback: async (feedback, replaced) => {
			await lockLog(db, feedback.logId);
			return setFeedback(db, feedback, replaced);
		},
		unsetFeedback: (match) => unsetFeedback(db, match),
		saveResponse: (...saving) => saveResponse(db, ...saving),
		deleteSavedResponses: (before, limit) => deleteSavedResponses(db, before, limit),
		lockApiKeys: () => lockApiKeys(db),
		addApiKey: (key) => addApiKey(db, key),
		changeApiKey: (id, changes) => changeApiKey(db, id, changes),
		setLastUsed: (id, at, notAfter) => setLastUsed(db, id, at, notAfter),
		addAuditEntry: (entry) => addAuditEntry(db, entry),
		tryLock: (name) => tryLock(db, name),
		deleteLogs: (match, limit) => deleteLogs(dialect, db, match, limit),
		deleteFeedbackOf: (...which) => deleteFeedbackOf(db, ...which),
		deleteSession: (id, until) => deleteSession(db, id, until),
		deleteResponses: (keys) => deleteResponses(db, keys),
		addDeletion: (deletion) => addDeletion(db, deletion),
		countDeleted: (id, rows) => countDeleted(db, id, rows),
		finishDeletion: (id, at) => finishDeletion(db, id, at),
	};
}

/** The store of the domain, on a database whose schema is up to date. */
export function createStore(dialect: Dialect, groupCommit: GroupCommit, searchIndexer?: SearchIndexer): Store {
	const { reader, lists } = dialect;
	// The lists read on `lists` everything that they need.
	const listing = (signal?: AbortSignal): Dialect => ({ ...dialect, reader: lists(signal) });
	const configs = new ConfigCache();
	return {
		configById: (id) => configs.get(id, () => configByIdOrAlias(reader, id)),
		projectById: (id) => projectBy(reader, 'id', id),
		projectByName: (name) => projectBy(reader, 'name', name),
		projectRecord: (id, signal) => projectRecord(lists(signal), id),
		sessionById: (id) => sessionBy(reader, 'id', id),
		sessionByReference: (reference) => sessionBy(reader, 'referenceId', reference),
		sessionRecord: (id, signal) => sessionRecord(lists(signal), id),
		listSessions: (wanted, signal) => listSessions(lists(signal), wanted),
		logById: (id) => logRef(reader, 'id', id),
		logByReference: (reference) => logRef(reader, 'referenceId', reference),
		logRecord: (id, checkSizes, signal) => logRecord(lists(signal), id, checkSizes),
		listLogs: (wanted, checkSizes, signal) => listLogs(listing(signal), wanted, checkSizes),
		listProjects: (wanted, signal) => listProjects(listing(signal), wanted),
		configsOfProject: (projectId, signal) => configsOfProject(lists(signal), projectId),
		configsInUse: (ids, signal) => configsInUse(lists(signal), ids),
		savedResponse: (scope, key, notBefore) => savedResponse(reader, scope, key, notBefore),
		savedResponseHead: (scope, key, notBefore) => savedResponseHead(reader, scope, key, notBefore),
		apiKeyByHash: (hash) => apiKeyByHash(reader, hash),
		hasValidApiKey: (at) => hasValidApiKey(reader, at),
		listApiKeys: (paging, signal) => listApiKeys(lists(signal), paging),
		listAudit: (paging, signal) => listAudit(lists(signal), paging),
		deletionById: (id) => deletionById(reader, id),
		listDeletions: (paging, signal) => listDeletions(lists(signal), paging),
		runningDeletions: () => runningDeletions(reader),
		responsesToDelete: (user, after, limit, signal) => responsesToDelete(dialect, lists(signal), user, after, limit),
		snapshot: (work) => snapshot(dialect, work),
		async write(work, isPatient) {
			const result = await groupCommit.write((db) => work(writesOn(db, dialect)), isPatient);
			searchIndexer?.wake();
			return result;
		},
		scrub: (...how) => dialect.scrub((work) => groupCommit.write(work), ...how),
	};
}
