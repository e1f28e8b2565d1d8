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
	/** Why a response was rejected. An SDK may hide this error in one of its own, or retry. */
	rejection: RejectedResponse | undefined;
};

/** The limit of the call that the code now running belongs to: no adapter and no SDK has to pass it on. */
export const responseLimit = new AsyncLocalStorage<ResponseLimit>();
