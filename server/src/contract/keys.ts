import { Type, type Static } from 'typebox';
import { Body, Described, Int, Nullable, OneOf, Opt, Time } from './fields.ts';
import { pagingFields } from './lists.ts';

/** What an API key may do. Each role may do what the ones before it may. */
export const roleNames = ['read', 'run', 'edit', 'deploy', 'admin'] as const;
export type Role = (typeof roleNames)[number];

const Role = OneOf(
	roleNames,
	'read: every GET but keys, audit, budgets and deletions. run: also completions, logs, feedback and sessions, and the projects that these ' +
		'name. edit: also model configs, new projects, types of feedback and deleting logs by ID. ' +
		'deploy: also deployments, environments and names of projects. admin: everything, keys and deletions too.',
);

export const maxKeyNameLength = 64;
export const maxRequestsPerMinute = 1_000_000;

const expiresAt = Opt(
	Type.String({
		description: 'From when on the key is not valid: a date (2027-01-31) or a time (2027-01-31T08:00:00Z).',
	}),
);

export const CreateKeyRequest = Body(
	{
		name: Type.String({ description: `For people. 1 to ${maxKeyNameLength} characters.` }),
		role: Role,
		requests_per_minute: Opt(
			Int({ minimum: 1, maximum: maxRequestsPerMinute, description: 'Without it, there is no limit.' }),
		),
		expires_at: expiresAt,
	},
	{ title: 'CreateKeyRequest', description: 'A new API key.' },
);

export const RotateKeyRequest = Body(
	{
		valid_until: Opt(
			Type.String({
				description:
					'Until when the old key stays valid: a date or a time. Default: for seven days, or until it expires.',
			}),
		),
		expires_at: expiresAt,
	},
	{
		title: 'RotateKeyRequest',
		description:
			'When the old key ends, and when the new one does. The new one ends when the old one would have, by default.',
	},
);

export const KeyById = Type.Object({ id: Type.String({ description: 'The ID of the key, or its name.' }) });

const keyFields = {
	id: Type.String(),
	name: Type.String(),
	role: Type.String({ description: 'read, run, edit, deploy or admin.' }),
	state: Type.String({ description: 'valid, replaced (still valid, until expires_at), expired or revoked.' }),
	requests_per_minute: Nullable(Type.Integer()),
	created_at: Time,
	created_by: Type.String({ description: 'The name of the key that made it, or `command line`.' }),
	last_used_at: Nullable(Described(Time, 'Up to a minute behind.')),
	expires_at: Nullable(Time),
	revoked_at: Nullable(Time),
	replaced_by: Nullable(Type.String({ description: 'The ID of the key that rotation made.' })),
};

export const KeyResponse = Type.Object(keyFields, { title: 'KeyResponse' });
export type KeyResponse = Static<typeof KeyResponse>;

export const NewKeyResponse = Type.Object(
	{ ...keyFields, key: Type.String({ description: 'The key itself. It cannot be shown again.' }) },
	{ title: 'NewKeyResponse' },
);

/** The query of a list that has pages and no filter. Pages count from 0. */
export const PagedQuery = Type.Object(pagingFields(50), { additionalProperties: false });

export const AuditResponse = Type.Object(
	{
		id: Type.String(),
		at: Time,
		actor_key_id: Nullable(Type.String({ description: 'null if no stored key did it.' })),
		actor_name: Type.String({
			description: 'The name of the key, `HUMANLOOP_API_KEY`, `command line` or `first start`.',
		}),
		action: Type.String({ description: 'For example key.created, key.rotated or key.revoked.' }),
		subject: Type.String({ description: 'The ID of what was changed.' }),
		details: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
	},
	{ title: 'AuditResponse' },
);
export type AuditResponse = Static<typeof AuditResponse>;
