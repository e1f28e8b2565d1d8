import type { FastifyReply } from 'fastify';
import { ApiError } from '../domain/apiError.ts';
import type { Principal } from '../domain/keys/keyCheck.ts';

const minuteMs = 60_000;

/** The requests of one minute. */
type Window = { endsAt: number; requests: number };

/**
 * Limits the requests of API keys that have a limit. A minute begins with the first request after the last minute has
 * ended. A key and the one that rotation made of it count together.
 */
export class RequestLimit {
	readonly #windows = new Map<string, Window>();

	/** Counts a request, and sets the headers that tell the limit. Throws 429 above it. */
	count({ scope, requestsPerMinute: max, actor }: Principal, reply: FastifyReply): void {
		if (max === null) return;
		const now = performance.now();
		const window = this.#windowOf(scope, now);
		const isAdmitted = window.requests < max;
		if (isAdmitted) window.requests += 1;
		const waitMs = window.endsAt - now;
		// The form of the IETF draft "RateLimit header fields for HTTP", version 10.
		reply.header('RateLimit-Policy', `"minute";q=${max};w=60`);
		reply.header('RateLimit', `"minute";r=${max - window.requests};t=${Math.ceil(waitMs / 1000)}`);
		if (isAdmitted) return;
		throw new ApiError(
			429,
			`The API key ${JSON.stringify(actor.name)} may send ${max} requests per minute, and this one is above that. ` +
				'Try again after the time in Retry-After.',
			{ rejection: 'too_many_requests', retryAfterMs: waitMs },
		);
	}

	#windowOf(scope: string, now: number): Window {
		const known = this.#windows.get(scope);
		if (known !== undefined && known.endsAt > now) return known;
		const window = { endsAt: now + minuteMs, requests: 0 };
		this.#windows.set(scope, window);
		return window;
	}
}
