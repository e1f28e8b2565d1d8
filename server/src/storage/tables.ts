import type { Kysely } from 'kysely';
import type { Feedback, Log, ModelConfig, Project, SavedResponse, Session } from '../domain/entities.ts';
import type { Row } from './codec.ts';

/** The tables, in camel case. Kysely's plugin converts all names: the table of `apiKeys` is `api_keys`. */
export type Tables = {
	apiKeys: { hash: string; createdAt: string };
	projects: Row<typeof Project>;
	configs: Row<typeof ModelConfig>;
	sessions: Row<typeof Session>;
	logs: Row<typeof Log>;
	/** Which projects have logs in a session. */
	sessionProjects: { projectId: string; sessionCreatedAt: string; sessionId: string };
	feedback: Row<typeof Feedback>;
	savedResponses: Row<typeof SavedResponse>;
};

export type Database = Kysely<Tables>;
