import type { LogChanges } from '../contract/logs.ts';
import type { ArchiveReads, ArchiveWrites } from './archive.ts';
import type { BudgetReads, BudgetWrites } from './budget.ts';
import type {
	Actor,
	ApiKey,
	AuditEntry,
	Deletion,
	Deployment,
	Environment,
	Feedback,
	FeedbackType,
	Log,
	Project,
	SavedResponse,
	Session,
	ToolConfig,
} from './entities.ts';
import type { ReuseReads, ReuseWrites } from './reuse.ts';
import type {
	ProjectRecord,
	ConfigRecord,
	ConfigUse,
	ModelUse,
	EnvironmentConfig,
	NewConfig,
	NewToolConfig,
	LogRef,
	LogTarget,
	TargetIds,
	LogRecord,
	SessionRecord,
	FeedbackMatch,
	PageOf,
	Paging,
	ProjectListing,
	LogListing,
	SessionListing,
	DeploymentListing,
	KeyChanges,
	LogMatch,
	DeletedRows,
	SavedKey,
	ResponsesToDelete,
	CheckSizes,
} from './storeRecords.ts';
import type { UsageReads, UsageWrites } from './usage.ts';

export type * from './storeRecords.ts';

/**
 * Reads what is committed. What does not exist is undefined. Records and lists can take long: when the signal is aborted,
 * they stop and throw its reason.
 */
export type Reads = ReuseReads &
	UsageReads &
	BudgetReads & {
		/** The config with that ID, or the one that it is an alias of. Without those of deleted projects: nobody can run them. */
		configById(id: string): Promise<ConfigRecord | undefined>;
		/** Without those of deleted projects. */
		toolConfigById(id: string): Promise<ToolConfig | undefined>;
		/** The project's config with that hash. */
		configByHash(projectId: string, hash: string): Promise<ConfigRecord | undefined>;
		/** A config that a log has, also if its project was deleted. */
		configOfLog(id: string): Promise<ConfigRecord | undefined>;
		/** What a project has deployed in the environment with that name; without a name, in the default one. */
		deployedConfig(projectId: string, environmentName: string | undefined): Promise<ConfigRecord | undefined>;
		/** The environment with that name. Without a name, the default one, which is always there. */
		environmentByName(name: string | undefined): Promise<Environment | undefined>;
		/** All environments, the default one first, then in the order of their names. */
		listEnvironments(signal?: AbortSignal): Promise<Environment[]>;
		/** All environments in that order, with what a project has deployed there. */
		deployedConfigs(projectId: string, signal?: AbortSignal): Promise<EnvironmentConfig[]>;
		deploymentById(id: string): Promise<Deployment | undefined>;
		/** What was deployed in a project, newest first. */
		listDeployments(listing: DeploymentListing, signal?: AbortSignal): Promise<PageOf<Deployment>>;
		/** The types of feedback that these projects have defined, in the order of their names. */
		feedbackTypesOf(projectIds: string[], signal?: AbortSignal): Promise<FeedbackType[]>;
		/** A tool config that a log has, also if its project was deleted. */
		toolConfigOfLog(id: string): Promise<ToolConfig | undefined>;
		projectById(id: string): Promise<Project | undefined>;
		projectByName(name: string): Promise<Project | undefined>;
		projectRecord(id: string, signal?: AbortSignal): Promise<ProjectRecord | undefined>;
		sessionById(id: string): Promise<Session | undefined>;
		sessionByReference(reference: string): Promise<Session | undefined>;
		sessionRecord(id: string, signal?: AbortSignal): Promise<SessionRecord | undefined>;
		/** The sessions that have logs of a project, newest first. */
		listSessions(listing: SessionListing, signal?: AbortSignal): Promise<PageOf<SessionRecord>>;
		/** How many logs are stored. */
		logCount(signal?: AbortSignal): Promise<number>;
		logById(id: string): Promise<LogRef | undefined>;
		logByReference(reference: string): Promise<LogRef | undefined>;
		logRecord(id: string, checkSizes: CheckSizes, signal?: AbortSignal): Promise<LogRecord | undefined>;
		/** The logs of a project, or of all. The samples of a call keep their order. Throws 422 for what would take too long. */
		listLogs(listing: LogListing, checkSizes: CheckSizes, signal?: AbortSignal): Promise<PageOf<LogRecord>>;
		listProjects(listing: ProjectListing, signal?: AbortSignal): Promise<PageOf<ProjectRecord>>;
		/** All configs of a project, newest first. */
		configsOfProject(projectId: string, signal?: AbortSignal): Promise<ConfigUse[]>;
		configsInUse(ids: string[], signal?: AbortSignal): Promise<ConfigUse[]>;
		/** The models that configs name, those of the most configs first. At most 1,000. */
		modelsInUse(signal?: AbortSignal): Promise<ModelUse[]>;
		/** The response that is saved under a key, unless it is older than that. */
		savedResponse(scope: string, key: string, notBefore: string): Promise<object | undefined>;
		/** Its fingerprint, when it was saved, and its length as it is stored, in bytes. Cheap, however long it is. */
		savedResponseHead(
			scope: string,
			key: string,
			notBefore: string,
		): Promise<{ fingerprint: string; createdAt: string; bytes: number } | undefined>;
		/** The key with that hash, also if it is not valid any more. */
		apiKeyByHash(hash: string): Promise<ApiKey | undefined>;
		/** Whether a key is valid at that time. */
		hasValidApiKey(at: string): Promise<boolean>;
		/** All keys, newest first. */
		listApiKeys(paging: Paging, signal?: AbortSignal): Promise<PageOf<ApiKey>>;
		/** What was recorded, newest first. */
		listAudit(paging: Paging, signal?: AbortSignal): Promise<PageOf<AuditEntry>>;
		deletionById(id: string): Promise<Deletion | undefined>;
		/** All deletions, newest first. */
		listDeletions(paging: Paging, signal?: AbortSignal): Promise<PageOf<Deletion>>;
		/** The deletions that are not done, in no order. */
		runningDeletions(): Promise<Deletion[]>;
		/**
		 * Looks at the next `limit` saved responses after a key. Returns those whose logs were deleted, and those to feedback of
		 * the user.
		 */
		responsesToDelete(
			user: string | null,
			after: SavedKey | undefined,
			limit: number,
			signal?: AbortSignal,
		): Promise<ResponsesToDelete>;
	};

/** What one transaction can do. If its work throws, nothing of it is stored. */
export type Writes = UsageWrites &
	ReuseWrites &
	BudgetWrites & {
		/** What an import stores. */
		archive: ArchiveWrites;
		/** The ID of the project with that name. If there is none, creates it with the reserved ID. */
		findOrCreateProject(name: string, reservedId: string): Promise<string>;
		/**
		 * Creates the project and the session of a target if they are new. Returns their IDs, which differ from the reserved
		 * ones if somebody else created them meanwhile. Until the transaction ends, nobody deletes the project. Undefined: the
		 * project was deleted.
		 */
		ensureTarget(target: LogTarget): Promise<TargetIds | undefined>;
		/** Creates a project, unless there is one with that name. Returns whether it did. */
		addProject(project: Project): Promise<boolean>;
		/**
		 * The project with that ID. Nobody else renames or deletes it, or deploys one of its configs, until the transaction
		 * ends.
		 */
		lockProject(id: string): Promise<Project | undefined>;
		/** Renames a project that `lockProject` has locked. Returns false if another one has that name. */
		renameProject(id: string, name: string): Promise<boolean>;
		/** Deletes a project that `lockProject` has locked from all lists and look-ups, with what it has deployed. */
		hideProject(id: string, at: string): Promise<void>;
		/**
		 * Deletes at most `limit` of the rest of a deleted project, once its logs are deleted: its history and types of
		 * feedback, and what its configs say. Returns how many rows were changed. Configs that logs of other projects have stay.
		 */
		deleteRestOfProject(id: string, limit: number): Promise<number>;
		/**
		 * The project's config with that hash. If there is none, creates it. If it is a draft, it becomes the wanted version. A
		 * project's first version is deployed in the default environment; `actor` is who did that, if it is known.
		 */
		findOrCreateConfig(projectId: string, wanted: NewConfig, actor?: Actor): Promise<ConfigRecord>;
		/** Gives a config another name or description. Returns false if it does not exist. */
		describeConfig(id: string, changes: { name?: string; description?: string }, updatedAt: string): Promise<boolean>;
		/**
		 * Stores an environment. Returns the one that has such a name, if there is one: names that differ only in case or in white
		 * space around them are the same.
		 */
		addEnvironment(environment: Environment): Promise<Environment | undefined>;
		/** The environment with that ID. Nobody deletes it until the transaction ends. */
		keepEnvironment(id: string): Promise<Environment | undefined>;
		/** Deletes an environment, unless something is deployed there. Returns in how many projects. 0: it is deleted. */
		deleteEnvironment(id: string): Promise<number>;
		/**
		 * Deploys a config, or nothing (null), in an environment of a project that `lockProject` has locked. Returns what was
		 * deployed there before.
		 */
		setDeployedConfig(projectId: string, environmentId: string, configId: string | null): Promise<string | null>;
		/** Adds to the history of a project that `lockProject` has locked. The number is the next one. */
		addDeployment(deployment: Omit<Deployment, 'number'>): Promise<void>;
		/** Stores a type of feedback, in place of the one that the project has. */
		setFeedbackType(type: FeedbackType): Promise<void>;
		/** The ID of the project's tool config with that hash. If there is none, creates it. */
		findOrCreateToolConfig(projectId: string, wanted: NewToolConfig): Promise<string>;
		session(id: string): Promise<void>;
		/** Stores logs. Returns false if all of them were stored already. Throws a 422 that names a reference ID which another log has. */
		logs(logs: Log[]): Promise<boolean>;
		/**
		 * Changes a log. Returns false for a log that does not exist. Throws 422 for an output of a log that was made with
		 * `save: false`.
		 */
		changeLog(id: string, changes: LogChanges, updatedAt: string): Promise<boolean>;
		/** Stores feedback. It replaces the feedback that matches, and gets that one's ID. */
		setFeedback(feedback: Feedback, replaced: FeedbackMatch): Promise<Feedback>;
		/** Deletes the feedback that matches, and returns it. */
		unsetFeedback(match: FeedbackMatch): Promise<Feedback | undefined>;
		/**
		 * Saves a response. It replaces an older one under the same key: one from before `notBefore`, or the one that was saved
		 * at `replaced`. Returns false, and saves nothing, if the key has another response.
		 */
		saveResponse(saved: SavedResponse, notBefore: string, replaced: string | undefined): Promise<boolean>;
		/** Deletes at most `limit` responses that were saved before a time. Returns how many. */
		deleteSavedResponses(before: string, limit: number): Promise<number>;
		/** All keys, in no order. Nobody else changes them until the transaction ends. */
		lockApiKeys(): Promise<ApiKey[]>;
		/** Stores a key. Returns false if another key has that name and is neither revoked nor replaced. */
		addApiKey(key: ApiKey): Promise<boolean>;
		changeApiKey(id: string, changes: KeyChanges): Promise<void>;
		/** Sets when a key was last used, unless that was set for a time after `notAfter` already. */
		setLastUsed(id: string, at: string, notAfter: string): Promise<void>;
		addAuditEntry(entry: AuditEntry): Promise<void>;
		/** Keeps other processes from what has that name, until the transaction ends. Returns false if one of them is at it. */
		tryLock(name: string): Promise<boolean>;
		/**
		 * Deletes at most `limit` logs that match, and the rest of their calls, with their feedback and with the sessions that
		 * have no log left.
		 */
		deleteLogs(match: LogMatch, limit: number): Promise<Pick<DeletedRows, 'logs' | 'feedback'>>;
		/** Deletes those of the logs that are there, with their feedback. Other samples of their calls stay. Returns the IDs of the deleted. */
		deleteLogsById(ids: string[]): Promise<{ ids: string[]; feedback: number }>;
		/** Deletes at most `limit` entries of feedback that the user gave up to that time. Returns how many. */
		deleteFeedbackOf(user: string, until: string, limit: number): Promise<number>;
		/** Deletes a session that was made up to that time and has no log. */
		deleteSession(id: string, until: string): Promise<void>;
		/** Deletes these responses, unless they were replaced meanwhile. Returns how many. */
		deleteResponses(keys: SavedKey[]): Promise<number>;
		addDeletion(deletion: Deletion): Promise<void>;
		countDeleted(id: string, rows: Partial<DeletedRows>): Promise<void>;
		/** Says that a deletion is done, and forgets its subject. */
		finishDeletion(id: string, at: string): Promise<void>;
	};

export type Store = Reads & {
	/** Runs the work on one state of all data. It does not see what is written meanwhile. */
	snapshot<T>(work: (reads: ArchiveReads) => Promise<T>): Promise<T>;
	/**
	 * Runs the work in a transaction. Returns when it is committed to disk. Throws StoreUnavailable if the database cannot
	 * be written at the moment. The work may run more than once, so it must not change anything else. Without
	 * `isPatient` (the default is true), it hardly waits for another process's lock. With `isLast`, it runs after the other
	 * work of its transaction, so that what it locks is locked briefly.
	 */
	write<T>(work: (writes: Writes) => Promise<T>, isPatient?: boolean, isLast?: boolean): Promise<T>;
	/**
	 * Removes what is left of deleted rows from the database's files, as far as the database can. With `isThorough`, also from
	 * the search index, which takes long. In small steps.
	 */
	scrub(isThorough: boolean, signal: AbortSignal): Promise<void>;
};
