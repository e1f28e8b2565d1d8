import { type Static, Type } from 'typebox';
import type { FeedbackValue } from '../contract/feedback.ts';
import type { FeedbackClass, FeedbackLabel } from '../contract/feedbackTypes.ts';
import type { Role } from '../contract/keys.ts';
import type { ChatMessage } from '../contract/messages.ts';
import type { Other } from '../contract/modelConfigs.ts';
import type { ToolParameters } from '../contract/toolConfigs.ts';
import { Json, type JsonObject, nullableNumber, nullableText, text } from './columns.ts';

export * from './log.ts';

/*
 * What is stored. Each entity is declared once: its type, its database row and which columns hold JSON follow from the
 * schema. Times are ISO 8601 in UTC, durations are seconds, costs are US dollars.
 */

/** How a model is called, under the contract's names and with its defaults. A field that is not set is absent. */
export type ModelParameters = {
	/** One of `providerNames`, or a name of the operator's. */
	provider: string;
	model: string;
	endpoint: 'complete' | 'chat' | 'edit';
	prompt_template?: string;
	chat_template?: ChatMessage[];
	template_language?: 'default' | 'jinja';
	max_tokens: number;
	temperature: number;
	top_p: number;
	stop?: string | string[];
	presence_penalty: number;
	frequency_penalty: number;
	other: Other;
	seed?: number;
	response_format?: JsonObject;
	reasoning_effort?: string | number;
	tools?: JsonObject[];
};

export const Project = Type.Object({
	id: text,
	/** Nobody knows it once the project is deleted: the name is free again. */
	name: text,
	createdAt: text,
	updatedAt: text,
	/** The row stays, because logs can refer to it. */
	deletedAt: nullableText,
});
export type Project = Static<typeof Project>;

/** Where configs are deployed. Exactly one has the tag `default`. */
export const Environment = Type.Object({ id: text, name: text, tag: Type.Unsafe<'default' | 'other'>(text) });
export type Environment = Static<typeof Environment>;

/** Which config a project has deployed in an environment. The one in the default environment is its active config. */
export const DeployedConfig = Type.Object({ projectId: text, environmentId: text, configId: text });
export type DeployedConfig = Static<typeof DeployedConfig>;

/** A change of what is deployed. It stays, also when the environment is deleted. */
export const Deployment = Type.Object({
	id: text,
	projectId: text,
	/** Counts from 1 in each project, in the order in which they were made. */
	number: Type.Integer(),
	environmentId: text,
	environmentName: text,
	/** null: from then on, nothing was deployed. */
	configId: nullableText,
	/** What was deployed before. null: nothing. */
	replacedConfigId: nullableText,
	/** The ID of the deployment that it took back. */
	rollbackOf: nullableText,
	/** The ID of the key that made it, and its name. null if it was the project's first config, unless that is known. */
	actorKeyId: nullableText,
	actorName: nullableText,
	createdAt: text,
});
export type Deployment = Static<typeof Deployment>;

/** A type of feedback that a project has defined. */
export const FeedbackType = Type.Object({
	projectId: text,
	type: text,
	class: Type.Unsafe<FeedbackClass>(text),
	values: Json<FeedbackLabel[]>(),
});
export type FeedbackType = Static<typeof FeedbackType>;

export const ModelConfig = Type.Object({
	id: text,
	projectId: text,
	/** Identifies the parameters within the project. */
	hash: text,
	name: text,
	description: nullableText,
	parameters: Json<ModelParameters>(),
	createdAt: text,
	updatedAt: text,
});
export type ModelConfig = Static<typeof ModelConfig>;

/** A tool that was called elsewhere, beside the model configs of its project. Only logs refer to it. */
export const ToolConfig = Type.Object({ ...ModelConfig.properties, parameters: Json<ToolParameters>() });
export type ToolConfig = Static<typeof ToolConfig>;

export const Session = Type.Object({ id: text, referenceId: nullableText, createdAt: text, updatedAt: text });
export type Session = Static<typeof Session>;

export const Feedback = Type.Object({
	id: text,
	logId: text,
	type: text,
	value: Json<FeedbackValue>(),
	user: nullableText,
	createdAt: text,
});
export type Feedback = Static<typeof Feedback>;

/** A response that repeats of its request get. */
export const SavedResponse = Type.Object({
	scope: text,
	key: text,
	fingerprint: text,
	response: Json<object>(),
	createdAt: text,
});
export type SavedResponse = Static<typeof SavedResponse>;

export const ApiKey = Type.Object({
	id: text,
	/** Of the key itself, which is stored nowhere. */
	hash: text,
	/** The hash of the first key in a chain of rotations. Requests with the same scope share saved responses. */
	scope: text,
	name: text,
	role: Type.Unsafe<Role>(text),
	requestsPerMinute: nullableNumber,
	createdAt: text,
	/** The name of who made it. */
	createdBy: text,
	lastUsedAt: nullableText,
	expiresAt: nullableText,
	revokedAt: nullableText,
	/** The ID of the key that took its place by rotation. */
	replacedBy: nullableText,
});
export type ApiKey = Static<typeof ApiKey>;

/** Who does something: a stored key, or somebody without one, who has only a name. */
export type Actor = { keyId: string | null; name: string };

/** Who did what. It must not contain anything secret. */
export const AuditEntry = Type.Object({
	id: text,
	at: text,
	/** null if it was done by somebody without a stored key. */
	actorKeyId: nullableText,
	actorName: text,
	action: text,
	/** The ID of what was changed. */
	subject: text,
	details: Json<JsonObject>(),
});
export type AuditEntry = Static<typeof AuditEntry>;

/** A request to delete what belongs to a user, a session or a project, or some logs. */
export const Deletion = Type.Object({
	id: text,
	kind: Type.Unsafe<'user' | 'session_id' | 'session_reference_id' | 'project' | 'logs'>(text),
	/**
	 * The user, the session, the ID of the project, or those of the logs. null once the deletion is done: it may be the name
	 * of a person.
	 */
	subject: nullableText,
	/** The SHA-256 of the subject. */
	subjectHash: text,
	deletedLogs: Type.Integer(),
	deletedFeedback: Type.Integer(),
	deletedResponses: Type.Integer(),
	/** What was stored later stays. */
	createdAt: text,
	finishedAt: nullableText,
});
export type Deletion = Static<typeof Deletion>;
