import { contentId } from '../../src/domain/ids.ts';
import { hashOf } from '../../src/domain/keys/secret.ts';
import { apiKey } from '../setup.ts';

export type Value = string | number | null;

/**
 * A row as today's schema has it, together with the columns that earlier ones had instead. A database of an earlier schema
 * gets what that schema knows.
 */
export type StoredRow = {
	table: string;
	values: Record<string, Value>;
	/** The first migration whose server wrote such rows. Default: the first that has the table. */
	since?: string;
	/** True if the upgrade makes the row from others, where the table is not there yet. */
	isDerived?: true;
	/** True if no list of the API shows the row's ID. */
	isUnlisted?: true;
};

const made = '2026-01-01T00:00:00.000Z';
const later = '2026-01-02T00:00:00.000Z';
const production = contentId('env', 'production');
const json = JSON.stringify;

const parameters = json({
	...{ provider: 'mock', model: 'mock-1', endpoint: 'complete', prompt_template: 'Hi {{name}}', max_tokens: -1 },
	...{ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, other: {} },
});

const emptyLog = {
	...{ project_id: 'pr_one', config_id: 'config_one', session_id: null, parent_id: null, reference_id: null },
	...{ sample_index: 0, inputs: null, messages: null, output: null, raw_output: null, output_message: null },
	...{ finish_reason: null, source: null, metadata: null, save: 1, source_datapoint_id: null, user: null, error: null },
	...{ stdout: null, duration: null, provider_latency: null, prompt_tokens: null, output_tokens: null },
	...{ prompt_cost: null, output_cost: null, provider_request: null, provider_response: null },
	...{ call_log_id: null, response_log_id: null, call_origin: null, environment: null, judgment: null },
	...{ tool_choice: null, answer_hash: null, reused_log_id: null, created_at: made, updated_at: later },
};

const counts = {
	...{ shard: 0, calls: 2, failed_calls: 1, unpriced_calls: 0, prompt_tokens: 5_000_000_000, output_tokens: 7 },
	...{ cached_tokens: 1, cache_write_tokens: 2, reasoning_tokens: 3, prompt_cost_nanos: 11, output_cost_nanos: 13 },
	...{ latency_to_60: 1, latency_above: 1 },
};

const config = {
	...{ project_id: 'pr_one', hash: 'a', name: 'first', description: null, parameters, type: 'model' },
	...{ created_at: made, updated_at: later },
};

/** Rows of every table that has data of its own, in the order in which they refer to each other. */
export const rows: readonly StoredRow[] = [
	{
		table: 'projects',
		values: {
			...{ id: 'pr_one', name: 'tickets', active_config_id: 'config_one', deleted_at: null },
			...{ created_at: made, updated_at: later },
		},
	},
	{
		table: 'projects',
		values: {
			...{ id: 'pr_empty', name: 'Ünïcode 🎉', active_config_id: null, deleted_at: null },
			...{ created_at: later, updated_at: later },
		},
	},
	{
		table: 'projects',
		since: '0010_environments',
		isUnlisted: true,
		values: { id: 'pr_gone', name: 'deleted pr_gone', deleted_at: later, created_at: made, updated_at: later },
	},
	{
		table: 'feedback_types',
		values: {
			project_id: 'pr_one',
			type: 'mood',
			class: 'select',
			values: json([{ value: 'good', sentiment: 'positive' }]),
		},
	},
	{ table: 'configs', values: { ...config, id: 'config_one' } },
	{ table: 'configs', values: { ...config, id: 'config_two', hash: 'b', name: 'second', description: 'a note' } },
	{
		table: 'configs',
		since: '0011_log_fields',
		values: {
			...{ ...config, id: 'tool_one', hash: 'c', name: 'find_order', type: 'tool' },
			parameters: json({ type: 'tool', name: 'find_order', parameters: { type: 'object', properties: {} } }),
		},
	},
	{ table: 'config_aliases', values: { alias: 'config_older', config_id: 'config_one' } },
	{ table: 'environments', values: { id: 'env_staging', name: 'staging', tag: 'other' } },
	{
		table: 'deployed_configs',
		isDerived: true,
		values: { project_id: 'pr_one', environment_id: production, config_id: 'config_one' },
	},
	{
		table: 'deployments',
		isDerived: true,
		values: {
			...{ id: 'dep_one', project_id: 'pr_one', number: 1, environment_id: production },
			...{ environment_name: 'production', config_id: 'config_one', replaced_config_id: null, rollback_of: null },
			...{ actor_key_id: null, actor_name: null, created_at: made },
		},
	},
	{
		table: 'sessions',
		values: { id: 'ses_one', reference_id: 'ticket 7', created_at: made, updated_at: later },
	},
	{
		table: 'sessions',
		isUnlisted: true,
		values: { id: 'ses_empty', reference_id: null, created_at: made, updated_at: made },
	},
	{
		table: 'logs',
		values: {
			...{ ...emptyLog, id: 'data_one', session_id: 'ses_one', reference_id: 'ref 1' },
			...{ inputs: json({ name: 'Zoë' }), messages: json([{ role: 'user', content: 'hi' }]) },
			...{ output: 'Pancreas', raw_output: ' Pancreas', finish_reason: 'stop', source: 'n8n', user: 'ann' },
			...{ output_message: json({ role: 'assistant', content: 'Pancreas' }), metadata: json({ a: { b: 1 } }) },
			...{ source_datapoint_id: 'evts_1', stdout: 'line\nline', duration: 1.25, provider_latency: 0.5 },
			...{ prompt_tokens: 5_000_000_000, output_tokens: 3, prompt_cost: 0.000_1, output_cost: 1e-9 },
			...{ provider_request: json({ z: 1, a: [] }), provider_response: json({}) },
			...{ call_origin: json({ workflow_id: 'w' }), environment: 'production', judgment: json(['a', 'b']) },
			...{ tool_choice: json('auto'), answer_hash: 'h' },
		},
	},
	{
		table: 'logs',
		values: {
			...emptyLog,
			id: 'data_two',
			parent_id: 'data_one',
			output: 'Printer',
			error: 'failed',
			reused_log_id: 'data_one',
		},
	},
	{
		// A later sample of a call refers to the first one, which has its inputs.
		table: 'logs',
		since: '0005_shared_values',
		values: {
			...{ ...emptyLog, id: 'data_three', sample_index: 1, output: 'Parcel' },
			...{ call_log_id: 'data_one', response_log_id: 'data_one' },
		},
	},
	{
		table: 'logs',
		isUnlisted: true,
		values: { ...emptyLog, id: 'data_four', project_id: null, save: 0, duration: 2 },
	},
	{
		table: 'logs',
		since: '0011_log_fields',
		values: { ...emptyLog, id: 'data_five', config_id: 'tool_one', output: 'found' },
	},
	{
		table: 'session_projects',
		isDerived: true,
		values: { project_id: 'pr_one', session_created_at: made, session_id: 'ses_one' },
	},
	{
		table: 'session_usage',
		values: { ...counts, session_id: 'ses_one', project_id: 'pr_one', day: '2026-01-01' },
	},
	{
		table: 'usage',
		isUnlisted: true,
		values: {
			...{ ...counts, id: 'usage_one', day: '2026-01-01', project_id: 'pr_one', config_id: 'config_one' },
			...{ environment: 'production', api_key_id: '', workflow_id: 'w', provider: 'mock', model: 'mock-1' },
		},
	},
	{
		table: 'feedback',
		values: { id: 'ann_one', log_id: 'data_one', type: 'rating', value: json('good'), user: 'ann', created_at: later },
	},
	...(['replays', 'saved_responses'] as const).map((table) => ({
		table,
		values: {
			...{ scope: hashOf(apiKey), key: 'k', fingerprint: 'f', created_at: later },
			...{ [table === 'replays' ? 'answer' : 'response']: json({ id: 'ann_saved' }) },
		},
	})),
	{
		table: 'api_keys',
		values: {
			...{ id: contentId('key', hashOf('an earlier key')), hash: hashOf('an earlier key') },
			...{ scope: hashOf('an earlier key'), name: 'first key', role: 'admin', requests_per_minute: null },
			...{ created_at: made, created_by: 'an earlier version', last_used_at: null, expires_at: null },
			...{ revoked_at: null, replaced_by: null },
		},
	},
	{
		table: 'audit_entries',
		values: {
			...{ id: 'aud_one', at: made, actor_key_id: null, actor_name: 'command line', action: 'key.created' },
			...{ subject: 'key_one', details: json({ role: 'admin' }) },
		},
	},
	{
		table: 'deletions',
		values: {
			...{ id: 'del_one', kind: 'user', subject: null, subject_hash: 'h', deleted_logs: 1, deleted_feedback: 2 },
			...{ deleted_responses: 3, created_at: made, finished_at: later },
		},
	},
	{
		table: 'budgets',
		values: {
			...{ id: 'bud_one', kind: 'project', subject: 'pr_one', period: 'month', limit_nanos: 5_000_000_000 },
			...{ period_start: '2026-01-01', spent_nanos: 24, reserved_nanos: 5, created_at: made, updated_at: later },
		},
	},
	{
		table: 'budget_reservations',
		isUnlisted: true,
		values: {
			...{ id: 'res_one', budget_id: 'bud_one', period_start: '2026-01-01', nanos: 5, settled_nanos: null },
			expires_at: '2026-01-03T00:00:00.000Z',
		},
	},
];

/** The day on which the rows are two days old: nothing of them has expired. */
export const dayOfRows = Date.parse('2026-01-02T12:00:00.000Z');
