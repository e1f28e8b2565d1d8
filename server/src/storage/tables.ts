import type { Generated, Kysely } from 'kysely';
import type { ConfigAlias } from '../domain/archive.ts';
import type { Budget, Reservation } from '../domain/budget.ts';
import type {
	ApiKey,
	AuditEntry,
	Deletion,
	DeployedConfig,
	Deployment,
	Environment,
	Feedback,
	FeedbackType,
	Log,
	ModelConfig,
	Project,
	SavedResponse,
	Session,
} from '../domain/entities.ts';
import type { UsageCounts, UsageKey } from '../domain/usage.ts';
import type { Row } from './codec.ts';

/** The logs that have the values which a log shares, or null if it has them itself; see sharedValues.ts. */
export type References = { callLogId: string | null; responseLogId: string | null };

/**
 * What the search index has a text of. With `isCall`, the text is the inputs of a call with several samples: finding it
 * finds them all, and `logId` is the first of them. A log with a long text has several rows.
 */
export type LogText = {
	logId: string;
	isCall: number;
	projectId: string;
	sessionId: string | null;
	source: string | null;
	createdAt: string;
	sampleIndex: number;
};

/** The tables, in camel case. Kysely's plugin converts all names: the table of `apiKeys` is `api_keys`. */
export type Tables = {
	apiKeys: Row<typeof ApiKey>;
	auditEntries: Row<typeof AuditEntry>;
	deletions: Row<typeof Deletion>;
	projects: Row<typeof Project>;
	feedbackTypes: Row<typeof FeedbackType>;
	environments: Row<typeof Environment>;
	deployedConfigs: Row<typeof DeployedConfig>;
	deployments: Row<typeof Deployment>;
	/** Model configs and tool configs. */
	configs: Row<typeof ModelConfig> & { type: Generated<'model' | 'tool'> };
	configAliases: ConfigAlias;
	sessions: Row<typeof Session>;
	logs: Row<typeof Log> & References;
	/** Which projects have logs in a session. */
	sessionProjects: { projectId: string; sessionCreatedAt: string; sessionId: string };
	feedback: Row<typeof Feedback>;
	savedResponses: Row<typeof SavedResponse>;
	/** What calls cost, by what they are counted by. `id` is a hash of that. */
	usage: UsageKey & UsageCounts & { id: string; shard: number };
	/** The same of each session. It is deleted with the session. */
	sessionUsage: UsageCounts & { sessionId: string; projectId: string; day: string; shard: number };
	budgets: Budget;
	/** What is set aside in budgets for calls. */
	budgetReservations: Reservation;
	/** How many logs there are. A log without a project counts under an empty project ID. Triggers keep it right. */
	logCounts: { projectId: string; configId: string; shard: number; count: number };
	logTexts: LogText & { id: Generated<number> };
	/** Logs whose text is not in the search index yet, or not all of it. `pieces` says how much is. Triggers fill it. */
	searchQueue: { id: Generated<number>; logId: string; pieces: Generated<number> };
};

export type Database = Kysely<Tables>;
