import type { Kysely } from 'kysely';
import type {
	ApiKey,
	AuditEntry,
	Feedback,
	Log,
	ModelConfig,
	Project,
	SavedResponse,
	Session,
} from '../domain/entities.ts';
import type { Row } from './codec.ts';

/** The logs that have the values which a log shares, or null if it has them itself; see sharedValues.ts. */
export type References = { callLogId: string | null; responseLogId: string | null };

/** The tables, in camel case. Kysely's plugin converts all names: the table of `apiKeys` is `api_keys`. */
export type Tables = {
	apiKeys: Row<typeof ApiKey>;
	auditEntries: Row<typeof AuditEntry>;
	projects: Row<typeof Project>;
	configs: Row<typeof ModelConfig>;
	sessions: Row<typeof Session>;
	logs: Row<typeof Log> & References;
	/** Which projects have logs in a session. */
	sessionProjects: { projectId: string; sessionCreatedAt: string; sessionId: string };
	feedback: Row<typeof Feedback>;
	savedResponses: Row<typeof SavedResponse>;
};

export type Database = Kysely<Tables>;
