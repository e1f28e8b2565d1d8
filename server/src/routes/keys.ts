import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import {
	AuditResponse,
	CreateKeyRequest,
	KeyById,
	KeyResponse,
	NewKeyResponse,
	PagedQuery,
	RotateKeyRequest,
} from '../contract/keys.ts';
import { Page } from '../contract/lists.ts';
import type { ApiKey, AuditEntry } from '../domain/entities.ts';
import { createKey, revokeKey, rotateKey } from '../domain/keys/changeKeys.ts';
import { stateOf } from '../domain/keys/keyState.ts';
import type { Store } from '../domain/store.ts';
import { timeOf } from '../domain/time.ts';
import { disconnectSignal } from '../http/disconnect.ts';

/** What a response shows of a key: neither its hash nor its scope. */
function toKeyResponse(key: ApiKey, now: number): KeyResponse {
	return {
		id: key.id,
		name: key.name,
		role: key.role,
		state: stateOf(key, now),
		requests_per_minute: key.requestsPerMinute,
		created_at: key.createdAt,
		created_by: key.createdBy,
		last_used_at: key.lastUsedAt,
		expires_at: key.expiresAt,
		revoked_at: key.revokedAt,
		replaced_by: key.replacedBy,
	};
}

function toAuditResponse({ id, at, actorKeyId, actorName, action, subject, details }: AuditEntry): AuditResponse {
	return { id, at, actor_key_id: actorKeyId, actor_name: actorName, action, subject, details };
}

function optionalTime(field: string, text: string | undefined): string | undefined {
	return text === undefined ? undefined : timeOf(field, text);
}

const config = { role: 'admin' } as const;
const tags = ['Keys'];
const ours = "Not part of Humanloop's v4 API.";
const shownOnce = 'The new key. `key` is shown only once.';

/** `now` is the time of day in milliseconds. `hasUnstoredKey`: whether an admin's key is valid that is not stored. */
export function keyRoutes(store: Store, now: () => number, hasUnstoredKey: boolean): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/keys',
			{
				config,
				schema: {
					operationId: 'list_keys',
					summary: 'List the API keys',
					description: ours,
					tags,
					querystring: PagedQuery,
					response: { 200: Described(Page(KeyResponse), 'One page of keys, newest first.'), ...errorResponses },
				},
			},
			async ({ query: { page = 0, size = 50 } }, reply) => {
				const { records, total } = await store.listApiKeys({ page, size }, disconnectSignal(reply));
				return { records: records.map((key) => toKeyResponse(key, now())), page, size, total };
			},
		);

		app.post(
			'/keys',
			{
				config,
				schema: {
					operationId: 'create_key',
					summary: 'Make an API key',
					description: ours,
					tags,
					body: CreateKeyRequest,
					response: { 201: Described(NewKeyResponse, shownOnce), ...bodyErrorResponses },
				},
			},
			async ({ body, principal: { actor } }, reply) => {
				const { name, role, requests_per_minute: requestsPerMinute, expires_at: expires } = withoutNulls(body);
				const expiresAt = optionalTime('expires_at', expires);
				const by = { actor, now: now() };
				const { key, secret } = await createKey(store, { name, role, requestsPerMinute, expiresAt }, by);
				reply.header('Cache-Control', 'no-store');
				return reply.status(201).send({ ...toKeyResponse(key, now()), key: secret });
			},
		);

		app.post(
			'/keys/:id/rotate',
			{
				config,
				preValidation: async (request) => {
					request.body ??= {};
				},
				schema: {
					operationId: 'rotate_key',
					summary: 'Make a new API key that takes the place of an old one',
					description: `Both are valid until the old one ends. Repeats of a call with the new key get saved responses of the old one. ${ours}`,
					tags,
					params: KeyById,
					body: RotateKeyRequest,
					response: { 201: Described(NewKeyResponse, shownOnce), ...bodyErrorResponses },
				},
			},
			async ({ params: { id }, body, principal: { actor } }, reply) => {
				const { valid_until: until, expires_at: expires } = withoutNulls(body);
				const times = {
					validUntil: optionalTime('valid_until', until),
					expiresAt: optionalTime('expires_at', expires),
				};
				const { key, secret } = await rotateKey(store, id, times, { actor, now: now() });
				reply.header('Cache-Control', 'no-store');
				return reply.status(201).send({ ...toKeyResponse(key, now()), key: secret });
			},
		);

		app.delete(
			'/keys/:id',
			{
				config,
				schema: {
					operationId: 'revoke_key',
					summary: 'Revoke an API key',
					description: `The key is rejected after a second at most. Its calls that are running end normally. ${ours}`,
					tags,
					params: KeyById,
					response: { 200: Described(KeyResponse, 'The revoked key.'), ...errorResponses },
				},
			},
			async ({ params: { id }, principal: { actor } }) => {
				return toKeyResponse(await revokeKey(store, id, { actor, now: now() }, hasUnstoredKey), now());
			},
		);

		app.get(
			'/audit',
			{
				config,
				schema: {
					operationId: 'list_audit',
					summary: 'List who made, rotated or revoked a key, and who deleted data',
					description: ours,
					tags,
					querystring: PagedQuery,
					response: { 200: Described(Page(AuditResponse), 'One page of entries, newest first.'), ...errorResponses },
				},
			},
			async ({ query: { page = 0, size = 50 } }, reply) => {
				const { records, total } = await store.listAudit({ page, size }, disconnectSignal(reply));
				return { records: records.map(toAuditResponse), page, size, total };
			},
		);
	};
}
