import { AsyncLocalStorage } from 'node:async_hooks';
import type { MemoryShare } from '../domain/memory.ts';

/** A response that this server does not take. The message ends a sentence that says so. */
export class RejectedResponse extends Error {}

/** The limit on the responses of one call, and what became of them. */
export type ResponseLimit = {
	/** How many bytes one response may have, decompressed. */
	maxBytes: number;
	/** Where the responses count while they arrive. */
	memory: MemoryShare | undefined;
	/** How much of that memory is for parts of a stream that are not parsed yet. Below 0: what is kept is more than that. */
	unparsed: number;
	/** Why a response was rejected. An SDK may hide this error in one of its own, or retry. */
	rejection: RejectedResponse | undefined;
};

/** The limit of the call that the code now running belongs to: no adapter and no SDK has to pass it on. */
export const responseLimit = new AsyncLocalStorage<ResponseLimit>();

/**
 * Called by an adapter when it has parsed a chunk of a stream, with the memory that it keeps of it. The rest is given
 * back. One part of the response can have several chunks: what is kept of the later ones counts when the next part comes.
 * An adapter that does not call this holds everything that arrives until the call ends.
 */
export function keepOnly(bytes: number): void {
	const limit = responseLimit.getStore();
	if (limit === undefined) return;
	limit.unparsed -= bytes;
	if (limit.unparsed <= 0) return;
	limit.memory?.giveBack(limit.unparsed);
	limit.unparsed = 0;
}
