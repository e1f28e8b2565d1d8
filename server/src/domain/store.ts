import type { FeedbackResponse, FeedbackValue } from '../contract/feedback.ts';
import type { Parameters } from './prompts/configs.ts';

export type Project = { id: string; name: string; activeConfigId: string | null; createdAt: string; updatedAt: string };
export type Session = { id: string; referenceId: string | null };

export type StoredConfig = {
	id: string;
	projectId: string;
	projectName: string;
	name: string;
	description: string | null;
	parameters: Parameters;
	createdAt: string;
	updatedAt: string;
};

/** A config with what is known of its use. */
export type ConfigInUse = StoredConfig & { logCount: number; lastUsed: string };

/** One row per sample. Times are ISO 8601 in UTC, durations seconds, costs US dollars; JSON values as parsed. */
export type Log = {
	id: string;
	projectId: string | null;
	configId: string;
	sessionId: string | null;
	parentId: string | null;
	referenceId: string | null;
	sampleIndex: number;
	inputs: Record<string, unknown> | null;
	messages: unknown[] | null;
	output: string | null;
	rawOutput: string | null;
	outputMessage: Record<string, unknown> | null;
	finishReason: string | null;
	source: string | null;
	metadata: Record<string, unknown> | null;
	save: boolean;
	sourceDatapointId: string | null;
	user: string | null;
	error: string | null;
	stdout: string | null;
	duration: number | null;
	providerLatency: number | null;
	promptTokens: number | null;
	outputTokens: number | null;
	promptCost: number | null;
	outputCost: number | null;
	providerRequest: Record<string, unknown> | null;
	providerResponse: Record<string, unknown> | null;
	createdAt: string;
	updatedAt: string;
};

/** A log as it is shown: with the names that its IDs stand for. */
export type LogRecord = Log & {
	projectName: string | null;
	sessionReferenceId: string | null;
	parentReferenceId: string | null;
	/** Oldest first. */
	feedback: FeedbackResponse[];
};

/** Which feedback on a log is meant; without a value, whatever its value is. */
export type FeedbackMatch = { dataId: string; type: string; user: string | null; value?: FeedbackValue };

/** A session with what its logs tell. */
export type SessionRecord = Session & {
	projects: { id: string; name: string }[];
	logCount: number;
	firstInputs: Record<string, unknown> | null;
	lastOutput: string | null;
	createdAt: string;
	updatedAt: string;
};

export type ProjectRecord = Project & { logCount: number };
export type PageOf<T> = { records: T[]; total: number };

export type ProjectListing = {
	page: number;
	size: number;
	filter?: string;
	sortBy: 'created_at' | 'updated_at' | 'name';
	order: 'asc' | 'desc';
};
export type LogListing = {
	projectId: string;
	page: number;
	size: number;
	sessionId?: string;
	source?: string;
	search?: string;
	/** Created at that time or later. */
	from?: string;
	/** Created before that time. */
	before?: string;
};
/** Pages from 0. */
export type SessionListing = { projectId: string; page: number; size: number };

/** A response that repeats of its request get. */
export type SavedResponse = { scope: string; key: string; fingerprint: string; response: object; createdAt: string };

/** What is committed. Nothing here changes anything; what is not found is undefined. */
export type Reads = {
	configById(id: string): Promise<StoredConfig | undefined>;
	projectById(id: string): Promise<Project | undefined>;
	projectByName(name: string): Promise<Project | undefined>;
	projectRecord(id: string): Promise<ProjectRecord | undefined>;
	sessionById(id: string): Promise<Session | undefined>;
	sessionByReference(reference: string): Promise<Session | undefined>;
	sessionRecord(id: string): Promise<SessionRecord | undefined>;
	/** The sessions with logs of a project, newest first. */
	listSessions(listing: SessionListing): Promise<PageOf<SessionRecord>>;
	/** Where a log is, to hang a child below it. */
	logById(id: string): Promise<{ id: string; sessionId: string | null } | undefined>;
	logByReference(reference: string): Promise<{ id: string; sessionId: string | null } | undefined>;
	logRecord(id: string): Promise<LogRecord | undefined>;
	listLogs(listing: LogListing): Promise<PageOf<LogRecord>>;
	listProjects(listing: ProjectListing): Promise<PageOf<ProjectRecord>>;
	configsOfProject(projectId: string): Promise<ConfigInUse[]>;
	configsInUse(ids: string[]): Promise<ConfigInUse[]>;
	/** The response that is saved under a key, unless it is older than that. */
	savedResponse(
		scope: string,
		key: string,
		notBefore: string,
	): Promise<Pick<SavedResponse, 'fingerprint' | 'response'> | undefined>;
};

/** What one transaction can do. All of it is kept, or, when the work throws, none. */
export type Writes = {
	/** The project of that name; made with the proposed ID when there is none. */
	findOrCreateProject(name: string, proposedId: string): Promise<Project>;
	/** The ID of the session with that reference; made with the proposed ID when there is none. */
	findOrCreateSession(reference: string, proposedId: string): Promise<string>;
	session(id: string): Promise<void>;
	/** The config with these parameters in that project; made when there is none. `hash` identifies the parameters. */
	findOrCreateConfig(project: Project, wanted: NewConfig): Promise<StoredConfig>;
	logs(rows: Log[]): Promise<void>;
	/** Stores feedback in place of the one that matches, whose ID it takes over; or as it is. */
	setFeedback(feedback: FeedbackResponse, replaced: FeedbackMatch): Promise<FeedbackResponse>;
	/** Removes the feedback that matches; what it was. */
	unsetFeedback(match: FeedbackMatch): Promise<FeedbackResponse | undefined>;
	/** Saves a response. It replaces an older one under the same key. */
	saveResponse(saved: SavedResponse): Promise<void>;
	/** Deletes at most `most` responses that were saved before a time. Returns how many. */
	deleteSavedResponses(before: string, most: number): Promise<number>;
};

export type NewConfig = {
	proposedId: string;
	hash: string;
	name: string;
	description: string | null;
	parameters: Parameters;
};

export type Store = Reads & {
	/** Runs the work in a transaction and returns when it is committed to disk. */
	write<T>(work: (writes: Writes) => Promise<T>): Promise<T>;
};
