import type {
	DeployedConfig,
	Deployment,
	Environment,
	Feedback,
	FeedbackType,
	Log,
	ModelConfig,
	Project,
	Session,
	ToolConfig,
} from './entities.ts';

/*
 * What an export writes and an import stores: records with the IDs and times that they have, wherever they come from.
 */

export type ArchivedConfig = (ModelConfig & { type: 'model' }) | (ToolConfig & { type: 'tool' });

/** A second ID under which a config is found. */
export type ConfigAlias = { alias: string; configId: string };

/**
 * A log with all its values, and its feedback, oldest first. `callLogId` and `responseLogId` are the logs that have the
 * same inputs, messages and provider request, or the same provider response, because they belong to one call.
 */
export type ArchivedLog = Log & { callLogId: string | null; responseLogId: string | null; feedback: Feedback[] };

/** One state of all data, in an order that does not depend on the database. */
export type ArchiveReads = {
	/** By ID. */
	environments(): Promise<Environment[]>;
	/** By ID. Of deleted projects, those that have a config which other projects' logs have. */
	projects(): AsyncIterable<Project>;
	/** By type. */
	feedbackTypes(projectId: string): Promise<FeedbackType[]>;
	/** By ID. Of a deleted project, those that other projects' logs have. */
	configs(project: Project): Promise<ArchivedConfig[]>;
	/** By environment. */
	deployed(projectId: string): Promise<DeployedConfig[]>;
	/** In the order in which they were made. */
	deployments(projectId: string): AsyncIterable<Deployment>;
	/** By alias. */
	aliases(): AsyncIterable<ConfigAlias>;
	/** By ID. */
	sessions(): AsyncIterable<Session>;
	/** The logs of a project, or those without one, oldest first. The samples of a call keep their order. */
	logs(projectId: string | null): AsyncIterable<ArchivedLog>;
};

/** What an import has done with a record: stored it, or found it there. */
export type Added<T> = { stored: T; isNew: boolean };

/** How many logs and feedback were stored, and how many logs are without their parent. */
export type AddedLogs = { logs: number; feedback: number; withoutParent: number };

export type ParentLink = { id: string; parentId: string };

/** Stores records as they are. What is there already stays as it is. */
export type ArchiveWrites = {
	/**
	 * The default environment of an export is the default one here. If nothing was ever deployed there, it gets the ID and
	 * the name. Others are found by their ID and their name. Throws a 422 for another one with the name of the default one.
	 */
	addEnvironment(environment: Environment): Promise<Added<Environment>>;
	/** If another project has the name, takes the first of the other names that is free. */
	addProject(project: Project, otherNames: string[]): Promise<Added<Project>>;
	/** The types that the project does not have. */
	addFeedbackTypes(types: FeedbackType[]): Promise<void>;
	/**
	 * If the project has a config with these parameters, the ID becomes an alias of that config. Throws a 422 if the ID
	 * belongs to another config.
	 */
	addConfig(config: ArchivedConfig): Promise<Added<ArchivedConfig>>;
	/**
	 * What a project has deployed, and how that came. In an environment where something else was ever deployed, that stays.
	 * Returns how many of `deployed` were stored.
	 */
	addDeployments(projectId: string, deployed: DeployedConfig[], history: Deployment[]): Promise<number>;
	/** Throws a 404 if there is no such config, and a 422 if the alias is the ID of a config or stands for another one. */
	addAlias(alias: ConfigAlias): Promise<boolean>;
	/** The session with that ID, or with that reference ID. */
	addSession(session: Session): Promise<Added<Session>>;
	/**
	 * Stores at most 500 logs, with their feedback. A parent that is not there is left out. Throws a 422 that names a
	 * reference ID which another log has.
	 */
	addLogs(logs: ArchivedLog[]): Promise<AddedLogs>;
	/** Gives logs without a parent theirs, as far as it is there. Returns how many are still without it. */
	addParents(links: ParentLink[]): Promise<number>;
	/** Sets when sessions were last used, if that is later. */
	touchSessions(usedAt: Map<string, string>): Promise<void>;
};
