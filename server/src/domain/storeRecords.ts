import type { FeedbackValue } from '../contract/feedback.ts';
import type {
	ApiKey,
	Environment,
	Feedback,
	Log,
	ModelConfig,
	Project,
	SavedResponse,
	Session,
	ToolConfig,
} from './entities.ts';

/* What the store takes and returns beside the entities. */

/** A project, and what is deployed in its default environment. */
export type ProjectRecord = Project & { logCount: number; activeConfigId: string | null };

export type ConfigRecord = ModelConfig & { projectName: string };

/** A config and how it was used. */
export type ConfigUse = ConfigRecord & { logCount: number; lastUsed: string };

/** How many configs name a model, and one of them. */
export type ModelUse = { provider: string; model: string; configs: number; configId: string };

/** An environment, and what a project has deployed there. null: nothing. */
export type EnvironmentConfig = Environment & { configId: string | null; configName: string | null };

/** What identifies a new config. */
export type NewConfig = Pick<ModelConfig, 'hash' | 'name' | 'description' | 'parameters'> & { proposedId: string };

export type NewToolConfig = Pick<ToolConfig, 'hash' | 'name' | 'description' | 'parameters'> & { proposedId: string };

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

/**
 * A page. With more than 10,000 matching records, the total can be a lower bound. It is always larger than the number of
 * records up to the end of this page, as long as there are more.
 */
export type PageOf<T> = { records: T[]; total: number };

/** Which page of a list. Pages count from 0. */
export type Paging = { page: number; size: number };

export type ProjectListing = Paging & {
	/** Part of the name, in any case. */
	filter?: string;
	sortBy: 'createdAt' | 'updatedAt' | 'name';
	order: 'asc' | 'desc';
};

/** The latest feedback of the type has one of the values, as texts. */
export type FeedbackFilter = { type: string; values: string[] };

/** A column that a list is sorted by. */
export type LogSort = { column: 'source' | 'model' | 'createdAt'; isDescending: boolean };

export type LogListing = Paging & {
	/** Without it, the logs of all projects. */
	projectId?: string;
	sessionId?: string;
	/** One of these. */
	sources?: string[];
	/** None of these. */
	otherSources?: string[];
	/** One of these. */
	models?: string[];
	/** Of one of these configs. */
	configs?: string[];
	/** Of calls that ran what is deployed in one of these environments, by name. */
	environments?: string[];
	/** Whether they have an error. */
	failed?: boolean;
	/** Part of a value of the inputs or of the output, in any case. */
	search?: string;
	/** Part of a value of the metadata, in any case. */
	metadata?: string;
	feedback?: FeedbackFilter[];
	/** In this order. Without it, newest first. */
	sort?: LogSort[];
	/** Created at that time or later. */
	from?: string;
	/** Created before that time. */
	before?: string;
};

export type SessionListing = Paging & { projectId: string };

export type DeploymentListing = Paging & { projectId: string; environmentId?: string };

/** What can change of a key. */
export type KeyChanges = Partial<Pick<ApiKey, 'expiresAt' | 'revokedAt' | 'replacedBy'>>;

/** Which logs to delete: old ones, those of a project, or those of a user or a session that were stored up to a time. */
export type LogMatch =
	| { createdBefore: string }
	| { projectId: string }
	| { user: string; storedUntil: string }
	| { sessionId: string; storedUntil: string };

/** How many rows a deletion has deleted. */
export type DeletedRows = { logs: number; feedback: number; responses: number };

/** What identifies a saved response. A later one under the same key has another time. */
export type SavedKey = Pick<SavedResponse, 'scope' | 'key' | 'createdAt'>;

/** Some saved responses to delete, and where to go on. Without `next`, there are no more. */
export type ResponsesToDelete = { found: SavedKey[]; next: SavedKey | undefined };

/** Called with about how many bytes each log takes as JSON, before the logs are read. What it throws ends the read. */
export type CheckSizes = (sizes: number[]) => void;
