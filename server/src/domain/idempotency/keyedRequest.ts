import { createHash } from 'node:crypto';
import { canonicalJson } from '../ids.ts';

/** Who sent a request, and how. */
export type Caller = {
	/** The hash of the API key. Only requests with the same API key share responses. */
	scope: string;
	/** The Idempotency-Key. */
	key: string | undefined;
	/** Aborted when the caller disconnects. */
	signal: AbortSignal;
};

/** A request with an Idempotency-Key. A repeat has the same key and the same fingerprint. */
export type KeyedRequest = { scope: string; key: string; fingerprint: string };

/** The SHA-256 of method, path and body. The order of keys in the body makes no difference. */
export function fingerprintOf(operation: string, body: unknown): string {
	return createHash('sha256')
		.update(`${operation}\n${canonicalJson(body)}`)
		.digest('hex');
}
