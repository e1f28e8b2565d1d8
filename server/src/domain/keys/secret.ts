import { hash, randomBytes } from 'node:crypto';

/** The form in which keys are stored. They are long and random, so a plain SHA-256 is as good as a slow hash. */
export function hashOf(key: string): string {
	return hash('sha256', key);
}

/** A new key, in the form of the hosted service's keys. */
export function newSecret(): string {
	return `hl_sk_${randomBytes(24).toString('hex')}`;
}
