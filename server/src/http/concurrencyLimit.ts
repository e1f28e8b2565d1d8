import type { FastifyReply, FastifyRequest } from 'fastify';
import { overloaded } from '../domain/apiError.ts';
import type { Calls } from '../domain/completions/createCompletion.ts';
import { createSeats, type Seat } from '../domain/seats.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** Held from arrival on; the handler takes it over. */
		seat: Seat | undefined;
	}
}

/**
 * A hook that lets in as many calls as there are seats and answers the others 503 before their bodies are read. When
 * all seats are taken, repeats of calls that are kept or on their way are still let in, as many again: they only wait.
 */
export function admission(maxInFlight: number, knows: Calls['knows']) {
	const seats = createSeats(maxInFlight);
	let open = 0;
	return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
		if (open >= 2 * maxInFlight) throw overloaded();
		open += 1;
		const seat = seats.seat();
		request.seat = seat;
		reply.raw.once('close', () => {
			open -= 1;
			request.seat?.free();
		});
		if (seat.take()) return;
		const key = request.headers['idempotency-key'];
		if (typeof key !== 'string' || !(await knows(request.apiKeyHash, key))) throw overloaded();
	};
}

/** The seat of an admitted request, which now is the call's own to free. */
export function seatOf(request: FastifyRequest): Seat {
	const seat = request.seat as Seat;
	request.seat = undefined;
	return seat;
}
