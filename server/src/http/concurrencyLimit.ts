import type { FastifyReply, FastifyRequest } from 'fastify';
import { overloaded } from '../domain/apiError.ts';
import type { Slot } from '../domain/completions/callContext.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** Held from the arrival of the request until the handler takes it. */
		slot: Slot | undefined;
	}
}

/** A limit on concurrent calls. A call that only waits for another call's response does not count. */
class ConcurrencyLimit {
	readonly #max: number;
	#acquired = 0;

	constructor(max: number) {
		this.#max = max;
	}

	/** A slot for one call, not acquired yet. */
	slot(): Slot {
		let isAcquired = false;
		return {
			acquire: () => {
				if (!isAcquired && this.#acquired < this.#max) {
					this.#acquired += 1;
					isAcquired = true;
				}
				return isAcquired;
			},
			release: () => {
				if (isAcquired) this.#acquired -= 1;
				isAcquired = false;
			},
		};
	}
}

/**
 * A hook that gives a slot to at most `maxInFlight` calls and rejects the others with 503 before it reads their bodies.
 * Without a free slot, it still admits repeats of calls whose response is saved or on its way, because they only wait.
 * There can be as many of those again.
 */
export function limitCallsInFlight(maxInFlight: number, knows: (scope: string, key: string) => Promise<boolean>) {
	const limit = new ConcurrencyLimit(maxInFlight);
	let open = 0;
	return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
		if (open >= 2 * maxInFlight) throw overloaded();
		open += 1;
		const slot = limit.slot();
		request.slot = slot;
		reply.raw.once('close', () => {
			open -= 1;
			request.slot?.release();
		});
		if (slot.acquire()) return;
		const key = request.headers['idempotency-key'];
		if (typeof key !== 'string' || !(await knows(request.principal.scope, key))) throw overloaded();
	};
}

/** The slot of an admitted request. From now on, the caller of this function releases it. */
export function takeSlot(request: FastifyRequest): Slot {
	const slot = request.slot as Slot;
	request.slot = undefined;
	return slot;
}
