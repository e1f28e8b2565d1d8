import type { FeedbackValue } from '../contract/feedback.ts';
import type { Feedback, Log, ModelConfig, Project, SavedResponse, Session } from './entities.ts';

export type ProjectRecord = Project & { logCount: number };

export type ConfigRecord = ModelConfig & { projectName: string };

/** A config and how it was used. */
export type ConfigUse = ConfigRecord & { logCount: number; lastUsed: string };

/** What identifies a new config. */
export type NewConfig = Pick<ModelConfig, 'hash' | 'name' | 'description' | 'parameters'> & { proposedId: string };

/** The IDs of a log that its children need. */
export type LogRef = Pick<Log, 'id' | 'sessionId'>;

/**
 * Where logs go. A project or session that does not exist yet has a reserved ID and is created together with the logs:
 * a rejected call leaves nothing behind.
 */
export type LogTarget = {
	project: { id: string; name: string; isNew: boolean } | null;
	session: { id: string; newReference: string | null } | null;
	parentId: string | null;
};

/** The IDs of the project and session of stored logs. */
export type TargetIds = Pick<Log, 'projectId' | 'sessionId'>;

/** A log, the names of what its IDs stand for, and its feedback, oldest first. */
export type LogRecord = Log & {
	projectName: string | null;
	sessionReferenceId: string | null;
	parentReferenceId: string | null;
	feedback: Feedback[];
};

/** A session, and what follows from its logs. */
export type SessionRecord = Session & {
	projects: { id: string; name: string }[];
	logCount: number;
	firstInputs: Log['inputs'];
	lastOutput: string | null;
};

/** Which feedback on a log is meant. Without a value, any value matches. */
export type FeedbackMatch = { logId: string; type: string; user: string | null; value?: FeedbackValue };

export type PageOf<T> = { records: T[]; total: number };

/** Which page of a list. Pages count from 0. */
type Paging = { page: number; size: number };

export type ProjectListing = Paging & {
	/** Part of the name, in any case. */
	filter?: string;
	sortBy: 'createdAt' | 'updatedAt' | 'name';
	order: 'asc' | 'desc';
};

export type LogListing = Paging & {
	projectId: string;
	sessionId?: string;
	source?: string;
	/** Part of a value of the inputs or of the output, in any case. */
	search?: string;
	/** Created at that time or later. */
	from?: string;
	/** Created before that time. */
	before?: string;
};

export type SessionListing = Paging & { projectId: string };

/** Called with about how many bytes each log takes as JSON, before the logs are read. What it throws ends the read. */
export type CheckSizes = (sizes: number[]) => void;

/** Reads what is committed. What does not exist is undefined. */
export type Reads = {
	configById(id: string): Promise<ConfigRecord | undefined>;
	projectById(id: string): Promise<Project | undefined>;
	projectByName(name: string): Promise<Project | undefined>;
	projectRecord(id: string): Promise<ProjectRecord | undefined>;
	sessionById(id: string): Promise<Session | undefined>;
	sessionByReference(reference: string): Promise<Session | undefined>;
	sessionRecord(id: string): Promise<SessionRecord | undefined>;
	/** The sessions that have logs of a project, newest first. */
	listSessions(listing: SessionListing): Promise<PageOf<SessionRecord>>;
	logById(id: string): Promise<LogRef | undefined>;
	logByReference(reference: string): Promise<LogRef | undefined>;
	logRecord(id: string, checkSizes: CheckSizes): Promise<LogRecord | undefined>;
	/** A project's logs, newest first. The samples of a call keep their order. */
	listLogs(listing: LogListing, checkSizes: CheckSizes): Promise<PageOf<LogRecord>>;
	listProjects(listing: ProjectListing): Promise<PageOf<ProjectRecord>>;
	/** All configs of a project, newest first. */
	configsOfProject(projectId: string): Promise<ConfigUse[]>;
	configsInUse(ids: string[]): Promise<ConfigUse[]>;
	/** The response that is saved under a key, unless it is older than that. */
	savedResponse(scope: string, key: string, notBefore: string): Promise<object | undefined>;
	/** Its fingerprint, when it was saved, and its length as it is stored, in bytes. Cheap, however long it is. */
	savedResponseHead(
		scope: string,
		key: string,
		notBefore: string,
	): Promise<{ fingerprint: string; createdAt: string; bytes: number } | undefined>;
};

/** What one transaction can do. If its work throws, nothing of it is stored. */
export type Writes = {
	/** The ID of the project with that name. If there is none, creates it with the reserved ID. */
	findOrCreateProject(name: string, reservedId: string): Promise<string>;
	/**
	 * Creates the project and the session of a target if they are new. Returns their IDs, which differ from the reserved
	 * ones if somebody else created them meanwhile.
	 */
	ensureTarget(target: LogTarget): Promise<TargetIds>;
	/** The project's config with that hash. If there is none, creates it. */
	findOrCreateConfig(projectId: string, wanted: NewConfig): Promise<ConfigRecord>;
	session(id: string): Promise<void>;
	/** Stores logs. Throws a 422 that names a reference ID which another log has. */
	logs(logs: Log[]): Promise<void>;
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
};

export type Store = Reads & {
	/**
	 * Runs the work in a transaction. Returns when it is committed to disk. Throws StoreUnavailable if the database cannot
	 * be written at the moment. The work may run more than once, so it must not change anything else. Without
	 * `isPatient` (the default is true), it hardly waits for another process's lock.
	 */
	write<T>(work: (writes: Writes) => Promise<T>, isPatient?: boolean): Promise<T>;
};
