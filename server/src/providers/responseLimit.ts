import { AsyncLocalStorage } from 'node:async_hooks';
import { type MemoryShare, memoryOf } from '../domain/memory.ts';

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
	/** Called when the head of a good response is there. */
	onResponse?: () => void;
	/** Called when there is content in a stream. */
	onContent?: () => void;
};

/** The limit of the call that the code now running belongs to: no adapter and no SDK has to pass it on. */
export const responseLimit = new AsyncLocalStorage<ResponseLimit>();

/** The limit of the call that is running. Outside of one, there is none, which is a bug. */
export function currentLimit(): ResponseLimit {
	const limit = responseLimit.getStore();
	if (limit === undefined) throw new Error('a provider was called outside of a call of the shell');
	return limit;
}

/** Notes why a response was rejected, and returns the error to throw. */
export function reject(limit: ResponseLimit, reason: string): RejectedResponse {
	limit.rejection = new RejectedResponse(reason);
	return limit.rejection;
}

/** Called by an adapter when a chunk of a stream has content: text, or reasoning, or a part of a tool call. */
export function contentCame(): void {
	responseLimit.getStore()?.onContent?.();
}

/** A response of text takes 8 bytes of memory for each byte, one with all log probabilities 12. */
const maxMemoryPerByte = 16;

/** Counts the parts of one response, after decompression. */
export class ResponseSize {
	readonly #limit: ResponseLimit;
	#bytes = 0;
	#memory = 0;

	constructor(limit: ResponseLimit) {
		this.#limit = limit;
	}

	/** Counts a part. While the memory has no room for it, returns a promise to wait for. Throws if the response is too large. */
	add(part: Uint8Array, signal: AbortSignal | undefined): Promise<void> | undefined {
		const { maxBytes, memory } = this.#limit;
		const taken = memoryOf(part);
		this.#bytes += part.length;
		this.#memory += taken;
		if (this.#bytes > maxBytes) throw this.#excess('is larger than');
		if (this.#memory > maxBytes * maxMemoryPerByte) throw this.#excess('has too many values for');
		const room = memory?.add(taken, signal);
		if (room === undefined) this.#limit.unparsed += taken;
		return room?.then(() => void (this.#limit.unparsed += taken));
	}

	#excess(is: string): RejectedResponse {
		return reject(this.#limit, `it ${is} the limit of ${this.#limit.maxBytes} bytes (MAX_RESPONSE_BYTES).`);
	}
}

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
