import { Readable } from 'node:stream';
import { type Dispatcher, errors } from 'undici';

export type ReceivedHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** What a host answered. A body that was read as a whole is a Buffer. */
export type Received = { status: number; headers: ReceivedHeaders; body: Readable | Buffer };

type Wanted = {
	/** Called with the head of the response. Whether to read its body as a whole, before `exchange` ends. */
	isWhole: (status: number, headers: ReceivedHeaders) => boolean;
	/** What to throw if no response comes, or if a body that is read as a whole breaks off. */
	toError: (error: Error, hasBegun: boolean) => Error;
};

/** A body that is read as it arrives. Destroying it closes the connection, unless all of it has come. */
function streamOf(controller: Dispatcher.DispatchController): Readable {
	let isUsed = false;
	const body = new Readable({
		read() {
			isUsed = true;
			controller.resume();
		},
		destroy(error, done) {
			const reason = error ?? (this.readableEnded ? null : new errors.RequestAbortedError());
			if (reason !== null) controller.abort(reason);
			// Who gets the body in a moment can still listen for the error.
			if (isUsed) done(reason);
			else setImmediate(done, reason);
		},
	});
	// An abort may come before anybody reads it.
	return body.on('error', () => undefined);
}

/**
 * One request, until the head of its response is there, or the whole. undici's own `request` makes a stream of every body,
 * which costs more than all the rest of it.
 */
class Exchange implements Dispatcher.DispatchHandler {
	readonly #ended = Promise.withResolvers<Received>();
	readonly #wanted: Wanted;
	readonly #signal: AbortSignal;
	readonly #abort = () => this.#controller?.abort(this.#signal.reason as Error);
	#controller: Dispatcher.DispatchController | undefined;
	#head: Omit<Received, 'body'> | undefined;
	#parts: Buffer[] = [];
	#stream: Readable | undefined;

	constructor(wanted: Wanted, signal: AbortSignal) {
		this.#wanted = wanted;
		this.#signal = signal;
	}

	get received(): Promise<Received> {
		return this.#ended.promise;
	}

	/** undici calls it again if it sends the request on another connection. */
	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#signal.aborted) this.#abort();
		else this.#signal.addEventListener('abort', this.#abort);
	}

	onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ReceivedHeaders): void {
		// There is more to come after these.
		if (status < 200) return;
		this.#head = { status, headers };
		if (this.#wanted.isWhole(status, headers)) return;
		this.#stream = streamOf(controller);
		this.#ended.resolve({ status, headers, body: this.#stream });
	}

	onResponseData(controller: Dispatcher.DispatchController, part: Buffer): void {
		if (this.#stream === undefined) this.#parts.push(part);
		else if (!this.#stream.push(part)) controller.pause();
	}

	onResponseEnd(): void {
		this.#signal.removeEventListener('abort', this.#abort);
		if (this.#stream !== undefined) return void this.#stream.push(null);
		const [first, ...others] = this.#parts;
		const body = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#parts);
		this.#ended.resolve({ ...(this.#head as Omit<Received, 'body'>), body });
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#signal.removeEventListener('abort', this.#abort);
		if (this.#stream !== undefined) this.#stream.destroy(error);
		else this.#ended.reject(this.#wanted.toError(error, this.#head !== undefined));
	}
}

/** Sends a request, and ends when the head of its response is there, or all of a body that is to be read as a whole. */
export function exchange(
	dispatcher: Dispatcher,
	request: Dispatcher.DispatchOptions,
	signal: AbortSignal,
	wanted: Wanted,
): Promise<Received> {
	const running = new Exchange(wanted, signal);
	dispatcher.dispatch(request, running);
	return running.received;
}
