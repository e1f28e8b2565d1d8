import { maxKeyNameLength, type Role } from '../../contract/keys.ts';
import { ApiError, unprocessable } from '../apiError.ts';
import { type Actor, recordAudit } from '../audit.ts';
import type { ApiKey } from '../entities.ts';
import { newId } from '../ids.ts';
import type { Store, Writes } from '../store.ts';
import { stateOf } from './keyState.ts';
import { hashOf, newSecret } from './secret.ts';

/** What a new key can be given. Times are ISO 8601 in UTC. */
export type KeySettings = {
	name: string;
	role: Role;
	requestsPerMinute?: number | undefined;
	expiresAt?: string | undefined;
};

/** A key that was just made, and the secret that its owner sends. The secret is stored nowhere. */
export type MadeKey = { key: ApiKey; secret: string };

/** Who makes a change, and when, in milliseconds. */
export type By = { actor: Actor; now: number };

const rotationMs = 7 * 24 * 60 * 60 * 1000;

function toIso(ms: number): string {
	return new Date(ms).toISOString();
}

/** Names are printed in terminals, and a command takes either a name or an ID. */
function checkName(name: string): void {
	const isPrintable = !/\p{C}/u.test(name) && name.trim() === name;
	if (name === '' || [...name].length > maxKeyNameLength || !isPrintable) {
		throw unprocessable(
			`The name of an API key must have 1 to ${maxKeyNameLength} characters, no control characters, and no white space ` +
				'at its beginning or end.',
		);
	}
	// The name is not shown: it may be a key that was pasted in the wrong place.
	if (/^(key_|hl_sk_)/.test(name))
		throw unprocessable('The name of an API key must not begin with "key_" or "hl_sk_". Choose another name.');
}

function checkFuture(field: string, at: string | undefined, now: number): void {
	if (at !== undefined && Date.parse(at) < now) throw unprocessable(`${field} is in the past: ${at}.`);
}

async function store(writes: Writes, key: ApiKey): Promise<void> {
	if (await writes.addApiKey(key)) return;
	throw unprocessable(
		`Another API key has the name ${JSON.stringify(key.name)}. Choose another name, or rotate or revoke that key.`,
	);
}

/** Makes the values of a key and its secret, without storing them. */
export function newKey({ name, role, requestsPerMinute, expiresAt }: KeySettings, { actor, now }: By): MadeKey {
	checkName(name);
	checkFuture('expires_at', expiresAt, now);
	const secret = newSecret();
	const hash = hashOf(secret);
	const key: ApiKey = {
		id: newId('key'),
		hash,
		scope: hash,
		name,
		role,
		requestsPerMinute: requestsPerMinute ?? null,
		createdAt: toIso(now),
		createdBy: actor.name,
		lastUsedAt: null,
		expiresAt: expiresAt ?? null,
		revokedAt: null,
		replacedBy: null,
	};
	return { key, secret };
}

/** Stores a key that `newKey` made. Throws 422 if another key has its name. */
export async function addKey(db: Store, key: ApiKey, { actor, now }: By): Promise<void> {
	const { id, name, role, requestsPerMinute, expiresAt } = key;
	const details = { name, role, requests_per_minute: requestsPerMinute, expires_at: expiresAt };
	await db.write(async (writes) => {
		await store(writes, key);
		await recordAudit(writes, actor, { action: 'key.created', subject: id, details }, toIso(now));
	});
}

export async function createKey(db: Store, settings: KeySettings, by: By): Promise<MadeKey> {
	const made = newKey(settings, by);
	await addKey(db, made.key, by);
	return made;
}

/**
 * The key with that ID, or the only one with that name that is neither revoked nor expired. Rotation means the newest
 * one. If all are revoked, one of those. Throws 404 if there is none, and 422 if there are several. The reference is not shown: it may be a key itself.
 */
export function findKey(keys: ApiKey[], reference: string, now: number, isRotation: boolean): ApiKey {
	const byId = keys.find(({ id }) => id === reference);
	if (byId !== undefined) return byId;
	const usable = keys.filter((key) => {
		const state = stateOf(key, now);
		return key.name === reference && (state === 'valid' || (state === 'replaced' && !isRotation));
	});
	// The caller says what is wrong with a revoked one.
	const revoked = keys.findLast(({ name, revokedAt }) => name === reference && revokedAt !== null);
	const [found = revoked, ...others] = usable;
	if (found === undefined) throw new ApiError(404, 'There is no such API key. Look for its ID in the list of keys.');
	if (others.length === 0) return found;
	const ids = usable.map((key) => `${key.id} (${stateOf(key, now)})`).join(', ');
	throw unprocessable(`Several API keys have this name: ${ids}. Name one by its ID.`);
}

/**
 * Revokes a key: from now on, it is not valid. Throws 422 if it is the last valid key of an admin, unless there is
 * `anotherAdmin` that is not stored.
 */
export async function revokeKey(db: Store, reference: string, by: By, anotherAdmin: boolean): Promise<ApiKey> {
	const { actor, now } = by;
	return db.write(async (writes) => {
		const keys = await writes.lockApiKeys();
		const key = findKey(keys, reference, now, false);
		if (key.revokedAt !== null)
			throw unprocessable(`${JSON.stringify(key.name)} was revoked already, on ${key.revokedAt}.`);
		const admins = keys.filter((one) => one.role === 'admin' && stateOf(one, now) === 'valid');
		if (!anotherAdmin && admins.length === 1 && admins[0] === key) {
			throw unprocessable(
				'This is the last valid API key with the role "admin". Make another one first, or set HUMANLOOP_API_KEY.',
			);
		}
		const revokedAt = toIso(now);
		await writes.changeApiKey(key.id, { revokedAt });
		const details = { name: key.name, role: key.role };
		await recordAudit(writes, actor, { action: 'key.revoked', subject: key.id, details }, revokedAt);
		return { ...key, revokedAt };
	});
}

/** When a rotated key and its successor end. */
export type RotationTimes = { validUntil?: string | undefined; expiresAt?: string | undefined };

function checkRotation(key: ApiKey, now: number): void {
	const state = stateOf(key, now);
	if (state === 'revoked' || state === 'expired')
		throw unprocessable(`The API key ${key.id} is ${state}. Make a new key instead.`);
	if (key.replacedBy !== null)
		throw unprocessable(`The API key ${key.id} was rotated already. Rotate ${key.replacedBy} instead.`);
}

/** The end of the old key: as asked, but not later than it would have been anyway. */
function endOf(key: ApiKey, validUntil: string | undefined, now: number): string {
	const end = validUntil ?? toIso(now + rotationMs);
	return key.expiresAt !== null && key.expiresAt < end ? key.expiresAt : end;
}

/**
 * Makes a new key with the name, role, limit and saved responses of an old one. The old one stays valid until `validUntil`,
 * for seven days by default. The new one expires when the old one would have, unless `expiresAt` says otherwise.
 */
export async function rotateKey(db: Store, reference: string, times: RotationTimes, by: By) {
	const { actor, now } = by;
	checkFuture('valid_until', times.validUntil, now);
	return db.write(async (writes) => {
		const old = findKey(await writes.lockApiKeys(), reference, now, true);
		checkRotation(old, now);
		const { name, role, requestsPerMinute, scope } = old;
		const made = newKey(
			{
				name,
				role,
				requestsPerMinute: requestsPerMinute ?? undefined,
				expiresAt: times.expiresAt ?? old.expiresAt ?? undefined,
			},
			by,
		);
		const key = { ...made.key, scope };
		const validUntil = endOf(old, times.validUntil, now);
		await writes.changeApiKey(old.id, { replacedBy: key.id, expiresAt: validUntil });
		await store(writes, key);
		const details = { name, role, replaced_by: key.id, valid_until: validUntil };
		await recordAudit(writes, actor, { action: 'key.rotated', subject: old.id, details }, toIso(now));
		return { key, secret: made.secret, validUntil };
	});
}
