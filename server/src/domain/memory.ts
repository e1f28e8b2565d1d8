import { getHeapStatistics } from 'node:v8';
import { ApiError } from './apiError.ts';

/*
 * How much memory JSON takes while a call holds it: as text, parsed, and written again for the provider, the database
 * and the caller. These numbers are estimates from counting those copies. test/memory.test.ts shows that a small heap
 * survives with them, not that they are exact.
 */

/** For each byte of text. */
export const memoryPerByte = 8;
/** For each byte of what is stored: read as text, parsed, and written as text and as bytes for the caller. */
export const memoryPerStoredByte = 4;
/** For each object and list. An empty one has 2 bytes as text and 56 in memory, and is copied once. */
const perObject = 128;
/** For each further value in an object or list. */
const perValue = 16;

/** By the byte, what it adds to that. */
const perByte = new Uint8Array(256);
perByte[','.charCodeAt(0)] = perValue;
perByte['['.charCodeAt(0)] = perObject;
perByte['{'.charCodeAt(0)] = perObject;

/** The memory that a piece of JSON text takes, in bytes. Text inside strings may look like objects: that counts too. */
export function memoryOf(json: Uint8Array): number {
	let bytes = json.length * memoryPerByte;
	// An index: `for (… of …)` takes four times as long, which is 4 ms for a megabyte.
	for (let index = 0; index < json.length; index += 1) bytes += perByte[json[index] as number] as number;
	return bytes;
}

/** The memory that a piece of a stream takes while it is kept: its texts (of tool calls too), and its log probabilities. */
export function memoryOfPieces(texts: readonly string[], logprobs: unknown): number {
	const values = logprobs === null ? 0 : memoryOfValue(logprobs);
	return texts.reduce((sum, text) => sum + perObject + Buffer.byteLength(text) * memoryPerByte, values);
}

/** The memory that a value which was parsed from JSON takes. */
export function memoryOfValue(value: unknown): number {
	return memoryOf(Buffer.from(JSON.stringify(value)));
}

const mebibyte = 1024 * 1024;

const heapLimit = getHeapStatistics().heap_size_limit;

/** The limits in bytes, if the operator sets no others. Those that a small heap does not survive depend on its size. */
export const defaultBytes = {
	/** All requests in flight. */
	inFlight: Math.floor(heapLimit / 4),
	/** One response of a provider. With a heap below a gibibyte, a thirty-second of it. */
	response: Math.min(32 * mebibyte, Math.floor(heapLimit / 32)),
	/** What one completion call stores and returns. */
	call: 64 * mebibyte,
	/** A page of logs. With a heap below a gibibyte, a sixteenth of it. */
	page: Math.min(64 * mebibyte, Math.floor(heapLimit / 16)),
};

/** Bytes as a person reads them. */
export function inMebibytes(bytes: number): string {
	return `${Math.ceil((bytes / mebibyte) * 10) / 10} MiB`;
}

/** What one request holds in memory. It is released when its response is sent and its work has ended. */
export class MemoryShare {
	readonly #limit: MemoryLimit;
	/** The response, and the work that goes on after the caller has disconnected. */
	#users = 1;
	#bytes = 0;
	/** How many parts of a response wait for room, since when, and how long others waited before. */
	#waiting = 0;
	#waitsSince = 0;
	#waitedMs = 0;

	constructor(limit: MemoryLimit) {
		this.#limit = limit;
	}

	/** Makes sure that this share has room for that many bytes in all. Throws 503 if there is none now, 413 if there never is. */
	growTo(bytes: number): void {
		if (bytes <= this.#bytes) return;
		this.#limit.take(bytes - this.#bytes, bytes);
		this.#bytes = bytes;
	}

	/** The same for what is stored and can be read later: if it is larger than the limit, it fits when nothing else is there. */
	growForStored(bytes: number): void {
		this.growTo(Math.min(bytes, this.#limit.max));
	}

	/** Adds bytes that have been paid for and must not be lost. While there is no room, returns a promise to wait for. */
	add(bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined {
		const room = this.#limit.wait({ share: this, bytes, taken: () => void (this.#bytes += bytes) }, signal);
		if (room === undefined) return undefined;
		if (this.#waiting === 0) this.#waitsSince = performance.now();
		this.#waiting += 1;
		return room.finally(() => {
			this.#waitedMs = this.waitedMs;
			this.#waitsSince = performance.now();
			this.#waiting -= 1;
		});
	}

	/** Gives bytes back that are not needed any more. */
	giveBack(bytes: number): void {
		// When the request has ended, all of them are back already.
		const held = Math.min(bytes, this.#bytes);
		this.#bytes -= held;
		this.#limit.giveBack(held);
	}

	/** Whether a response is there and waits for room. */
	get isWaiting(): boolean {
		return this.#waiting > 0;
	}

	/** How long responses have waited for room so far, in milliseconds. */
	get waitedMs(): number {
		return this.#waitedMs + (this.isWaiting ? performance.now() - this.#waitsSince : 0);
	}

	/** Keeps the share until the work has ended. */
	async during<T>(work: Promise<T>): Promise<T> {
		this.#users += 1;
		try {
			return await work;
		} finally {
			this.done();
		}
	}

	/** One of its users is done. */
	done(): void {
		this.#users -= 1;
		if (this.#users > 0) return;
		const bytes = this.#bytes;
		this.#bytes = 0;
		this.#limit.end(this, bytes);
	}
}

/** Bytes that a share wants for a response. `taken` is called when it has them. */
type Wanted = { share: MemoryShare; bytes: number; taken: () => void };
type Waiting = Wanted & { proceed: () => void };

/** Paid responses may take this much more than the limit, so that new requests do not keep them waiting. */
const headroom = 0.5;

/**
 * A limit on the memory that all requests in flight hold together, in bytes. Responses that are paid for have some
 * headroom above it. Beyond that, one share at a time may go on, until its request ends or all are within the headroom
 * again. So together they hold no more than the limit, the headroom and one response. The share that may go on never
 * waits for room, and its own time limits end its request, so the others get their turn.
 */
export class MemoryLimit {
	readonly max: number;
	readonly #maxWithResponses: number;
	#held = 0;
	#waiting: Waiting[] = [];
	/** The one share that may exceed the limit and the headroom. */
	#exceeding: MemoryShare | undefined;

	constructor(max: number) {
		this.max = max;
		this.#maxWithResponses = max * (1 + headroom);
	}

	/** How many bytes are held. */
	get held(): number {
		return this.#held;
	}

	/** How many parts of responses wait for room. */
	get waiting(): number {
		return this.#waiting.length;
	}

	share(): MemoryShare {
		return new MemoryShare(this);
	}

	/** Takes bytes for a request that needs `total` in all. */
	take(bytes: number, total: number): void {
		if (total > this.max) {
			throw new ApiError(
				413,
				`This request takes about ${inMebibytes(total)} of memory, and all in flight together may take ` +
					`${inMebibytes(this.max)} (MAX_BYTES_IN_FLIGHT). Send less, or give the server a larger heap.`,
			);
		}
		if (this.#held + bytes > this.max) {
			throw new ApiError(503, 'The requests in flight take too much memory. Try again in a moment.', {
				retryAfterMs: 1000,
				rejection: 'no_memory',
			});
		}
		this.#held += bytes;
	}

	/** Takes bytes for a response that arrives, now or when there is room. */
	wait(wanted: Wanted, signal: AbortSignal | undefined): Promise<void> | undefined {
		if (this.#tryTake(wanted)) return undefined;
		return new Promise((resolve, reject) => {
			const abort = () => {
				this.#waiting = this.#waiting.filter((other) => other !== waiting);
				reject(signal?.reason as Error);
			};
			const waiting = { ...wanted, proceed: () => (signal?.removeEventListener('abort', abort), resolve()) };
			if (signal?.aborted) return reject(signal.reason as Error);
			signal?.addEventListener('abort', abort);
			this.#waiting.push(waiting);
		});
	}

	/** A share ends and gives back what it has left. */
	end(share: MemoryShare, bytes: number): void {
		if (this.#exceeding === share) this.#exceeding = undefined;
		this.giveBack(bytes);
	}

	/** Gives bytes back. Those who wait for room get it in their order. */
	giveBack(bytes: number): void {
		this.#held -= bytes;
		if (this.#held <= this.#maxWithResponses) this.#exceeding = undefined;
		for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
			if (!this.#tryTake(next)) return;
			this.#waiting.shift();
			next.proceed();
		}
	}

	#tryTake({ share, bytes, taken }: Wanted): boolean {
		const fits = this.#held + bytes <= this.#maxWithResponses;
		if (!fits) this.#exceeding ??= share;
		if (!fits && this.#exceeding !== share) return false;
		this.#held += bytes;
		taken();
		return true;
	}
}
