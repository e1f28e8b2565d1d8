import type { Kysely } from 'kysely';

/** Columns as they are stored: times as ISO 8601 text in UTC, booleans as 0 and 1, JSON as text. */
export type Tables = {
	api_keys: { hash: string; created_at: string };
	projects: {
		id: string;
		name: string;
		active_config_id: string | null;
		created_at: string;
		updated_at: string;
	};
	configs: {
		id: string;
		project_id: string;
		hash: string;
		name: string;
		description: string | null;
		parameters: string;
		created_at: string;
		updated_at: string;
	};
	sessions: { id: string; reference_id: string | null; created_at: string; updated_at: string };
	logs: LogRow;
	session_projects: { project_id: string; session_created_at: string; session_id: string };
	feedback: FeedbackRow;
	saved_responses: { scope: string; key: string; fingerprint: string; response: string; created_at: string };
};

export type FeedbackRow = {
	id: string;
	log_id: string;
	type: string;
	value: string;
	user: string | null;
	created_at: string;
};

export type LogRow = {
	id: string;
	project_id: string | null;
	config_id: string;
	session_id: string | null;
	parent_id: string | null;
	reference_id: string | null;
	sample_index: number;
	inputs: string | null;
	messages: string | null;
	output: string | null;
	raw_output: string | null;
	output_message: string | null;
	finish_reason: string | null;
	source: string | null;
	metadata: string | null;
	save: number;
	source_datapoint_id: string | null;
	user: string | null;
	error: string | null;
	stdout: string | null;
	duration: number | null;
	provider_latency: number | null;
	prompt_tokens: number | null;
	output_tokens: number | null;
	prompt_cost: number | null;
	output_cost: number | null;
	provider_request: string | null;
	provider_response: string | null;
	created_at: string;
	updated_at: string;
};

export type Database = Kysely<Tables>;
