import type { ApiKey } from '../entities.ts';

/** `replaced`: rotation made a new key, and this one is still valid until it expires. */
export type KeyState = 'valid' | 'replaced' | 'expired' | 'revoked';

/** The state of a key at a time, which is in milliseconds. */
export function stateOf({ revokedAt, expiresAt, replacedBy }: ApiKey, now: number): KeyState {
	if (revokedAt !== null) return 'revoked';
	if (expiresAt !== null && Date.parse(expiresAt) <= now) return 'expired';
	return replacedBy === null ? 'valid' : 'replaced';
}
