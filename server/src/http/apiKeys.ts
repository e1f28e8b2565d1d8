import { createHash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';
import type { WrongKeys } from './wrongKeys.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The hash of the caller's API key. */
		apiKeyHash: string;
	}
}

/** The form in which keys are stored. They are long and random, so a plain SHA-256 is as good as a slow hash. */
export function hashOf(key: string): string {
	return createHash('sha256').update(key).digest('hex');
}

/** A new key, in the form of the hosted service's keys. */
export function newApiKey(): string {
	return `hl_sk_${randomBytes(24).toString('hex')}`;
}

/**
 * A hook that admits only requests with a known key. Throws 401, or 429 after too many wrong ones. `valid` has the hashes
 * that are valid as long as the process runs. Other hashes are looked up once with `isStored` and then added to it.
 */
export function requireApiKey(valid: Set<string>, isStored: (hash: string) => Promise<boolean>, wrongKeys: WrongKeys) {
	return async (request: FastifyRequest): Promise<void> => {
		const key = request.headers['x-api-key'];
		if (typeof key !== 'string' || key === '') {
			throw new ApiError(401, 'The API key is missing. Send it in the header X-API-KEY.');
		}
		const hash = hashOf(key);
		request.apiKeyHash = hash;
		const address = request.ip;
		if (wrongKeys.isInUse(address, hash)) return;
		wrongKeys.add(address, hash);
		if (!valid.has(hash) && !(await isStored(hash))) {
			throw new ApiError(401, 'The API key in the header X-API-KEY is not valid.');
		}
		valid.add(hash);
		wrongKeys.accept(address, hash);
	};
}
