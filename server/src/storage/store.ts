import type { LogTarget, Store, TargetIds, Writes } from '../domain/store.ts';
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
import {
	addReservations,
	allBudgets,
	budgetAmounts,
	budgetRecords,
	countBudgets,
	deleteBudget,
	lockBudgets,
	setAmounts,
	setBudget,
	settleReservations,
	takeEndedReservations,
} from './budgets.ts';
import { changeLog } from './changeLog.ts';
import { configByIdOrAlias } from './configAliases.ts';
import { ConfigCache } from './configCache.ts';
import { configByHash, configsInUse, configsOfProject, findOrCreateConfig, describeConfig } from './configs.ts';
import { deleteFeedbackOf, deleteLogs, deleteLogsById, deleteSession } from './deleteLogs.ts';
import { deleteRestOfProject, hideProject } from './deleteProject.ts';
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
import {
	addDeployment,
	deployedConfigId,
	deployedConfigs,
	deploymentById,
	listDeployments,
	setDeployedConfig,
} from './deployments.ts';
import type { Dialect } from './dialect.ts';
import {
	addEnvironment,
	deleteEnvironment,
	environmentByName,
	keepEnvironment,
	listEnvironments,
} from './environments.ts';
import { setFeedback, unsetFeedback } from './feedback.ts';
import { feedbackTypesOf, setFeedbackType } from './feedbackTypes.ts';
import type { GroupCommit } from './groupCommit.ts';
import { logCount } from './logCounts.ts';
import { insertLogs, listLogs, logRecord, logRef } from './logs.ts';
import { modelsInUse } from './models.ts';
import {
	addProject,
	findOrCreateProject,
	listProjects,
	lockProject,
	projectBy,
	projectRecord,
	renameProject,
} from './projects.ts';
import { keepReusable, reusableSamples } from './reuse.ts';
import { deleteSavedResponses, savedResponse, savedResponseHead, saveResponse } from './savedResponses.ts';
import type { SearchIndexer } from './searchIndex.ts';
import type { SharedWork } from './sharedWork.ts';
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
import { findOrCreateToolConfig, toolConfigById, toolConfigOfLog } from './toolConfigs.ts';
import { usageTotals } from './usageTotals.ts';

async function ensureTarget(
	{ name }: Dialect,
	db: Database,
	shared: SharedWork,
	{ project, session }: LogTarget,
): Promise<TargetIds | undefined> {
	let projectId = project?.id ?? null;
	if (project?.isNew) projectId = await findOrCreateProject(db, project.name, project.id);
	if (projectId !== null && !(await shared.keepProject(name, db, projectId))) return undefined;
	let sessionId = session?.id ?? null;
	if (session?.newReference) sessionId = await findOrCreateSession(db, session.newReference, session.id);
	else if (session) await keepSession(name, db, session.id);
	return { projectId, sessionId };
}

/** `onConfigsChanged` is called when a project was hidden or a config renamed, before that is committed. */
function writesOn(db: Database, shared: SharedWork, dialect: Dialect, onConfigsChanged: () => void): Writes {
	const { lockLog, tryLock } = dialect;
	return {
		archive: archiveWrites(db),
		findOrCreateProject: (name, reservedId) => findOrCreateProject(db, name, reservedId),
		ensureTarget: (target) => ensureTarget(dialect, db, shared, target),
		keepReusable: (ids) => keepReusable(dialect.name, db, ids),
		addProject: (project) => addProject(db, project),
		lockProject: (id) => lockProject(dialect.name, db, id),
		renameProject: (id, name) => renameProject(db, id, name),
		hideProject: async (id, at) => {
			await hideProject(db, id, at);
			shared.forgetProjects();
			onConfigsChanged();
		},
		deleteRestOfProject: (id, limit) => deleteRestOfProject(db, id, limit),
		findOrCreateConfig: (...config) => findOrCreateConfig(db, onConfigsChanged, ...config),
		describeConfig: async (...config) => {
			const isDone = await describeConfig(db, ...config);
			onConfigsChanged();
			return isDone;
		},
		findOrCreateToolConfig: (projectId, wanted) => findOrCreateToolConfig(db, projectId, wanted),
		addEnvironment: (environment) => addEnvironment(dialect.name, db, environment),
		keepEnvironment: (id) => keepEnvironment(dialect.name, db, id),
		deleteEnvironment: (id) => deleteEnvironment(dialect, db, id),
		setDeployedConfig: (...deployed) => setDeployedConfig(db, ...deployed),
		addDeployment: (deployment) => addDeployment(db, deployment),
		setFeedbackType: (type) => setFeedbackType(db, type),
		session: (id) => insertSession(db, id),
		logs: async (logs) => {
			const isNew = await insertLogs(dialect.name, db, logs);
			await touchSessions(db, logs);
			return isNew;
		},
		usage: async (usage) => shared.addUsage(usage),
		lockBudgets: (ids) => lockBudgets(dialect.name, db, ids),
		setAmounts: (budget) => setAmounts(db, budget),
		addReservations: (reservations) => addReservations(db, reservations),
		settleReservations: (settlements) => settleReservations(db, settlements),
		takeEndedReservations: (...which) => takeEndedReservations(db, ...which),
		setBudget: (budget) => setBudget(db, budget),
		deleteBudget: (id) => deleteBudget(db, id),
		countBudgets: () => countBudgets(db),
		changeLog: (...which) => changeLog(dialect, db, ...which),
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
		deleteLogsById: (ids) => deleteLogsById(dialect, db, ids),
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
	const cache = new ConfigCache();
	const configOfLog = (id: string) => cache.get(id, () => configByIdOrAlias(reader, id));
	const runnableConfig = async (id: string) => {
		const config = await configOfLog(id);
		return config?.projectDeletedAt === null ? config : undefined;
	};
	return {
		configById: runnableConfig,
		configByHash: (projectId, hash) => configByHash(reader, projectId, hash),
		configOfLog,
		toolConfigById: (id) => toolConfigById(reader, id),
		toolConfigOfLog: (id) => toolConfigOfLog(reader, id),
		async deployedConfig(projectId, environmentName) {
			const id = await deployedConfigId(reader, projectId, environmentName);
			return id === undefined ? undefined : runnableConfig(id);
		},
		environmentByName: (name) => environmentByName(reader, name),
		listEnvironments: (signal) => listEnvironments(lists(signal)),
		deployedConfigs: (projectId, signal) => deployedConfigs(lists(signal), projectId),
		deploymentById: (id) => deploymentById(reader, id),
		listDeployments: (wanted, signal) => listDeployments(lists(signal), wanted),
		feedbackTypesOf: (projectIds, signal) => feedbackTypesOf(lists(signal), projectIds),
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
		usageTotals: (query, signal) => usageTotals(lists(signal), query),
		budgets: () => allBudgets(reader),
		budgetAmounts: (at) => budgetAmounts(reader, at),
		budgetRecords: (at, id, signal) => budgetRecords(id === undefined ? lists(signal) : reader, at, id),
		logCount: (signal) => logCount(lists(signal)),
		modelsInUse: (signal) => modelsInUse(listing(signal)),
		savedResponse: (scope, key, notBefore) => savedResponse(reader, scope, key, notBefore),
		savedResponseHead: (scope, key, notBefore) => savedResponseHead(reader, scope, key, notBefore),
		reusableSamples: (answer, checkSizes) => reusableSamples(reader, answer, checkSizes),
		apiKeyByHash: (hash) => apiKeyByHash(reader, hash),
		hasValidApiKey: (at) => hasValidApiKey(reader, at),
		listApiKeys: (paging, signal) => listApiKeys(lists(signal), paging),
		listAudit: (paging, signal) => listAudit(lists(signal), paging),
		deletionById: (id) => deletionById(reader, id),
		listDeletions: (paging, signal) => listDeletions(lists(signal), paging),
		runningDeletions: () => runningDeletions(reader),
		responsesToDelete: (user, after, limit, signal) => responsesToDelete(dialect, lists(signal), user, after, limit),
		snapshot: (work) => snapshot(dialect, work),
		async write(work, isPatient, isLast) {
			let changesConfigs = false;
			const onConfigsChanged = () => (changesConfigs = true);
			const result = await groupCommit.write(
				(db, shared) => work(writesOn(db, shared, dialect, onConfigsChanged)),
				isPatient,
				isLast,
			);
			// In this process, nobody runs a config of a deleted project, or gets an old name, from now on.
			if (changesConfigs) cache.clear();
			searchIndexer?.wake();
			return result;
		},
		scrub: (...how) => dialect.scrub((work) => groupCommit.write(work), ...how),
	};
}
