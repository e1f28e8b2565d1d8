import type { Readable } from 'node:stream';
import { type Dispatcher, fetch, Response } from 'undici';
import { decoded } from './contentEncoding.ts';
import { exchange, type ReceivedHeaders } from './exchange.ts';
import { causesOf } from './hostErrors.ts';
import { pool } from './pool.ts';
import { currentLimit, reject, RejectedResponse, type ResponseLimit, ResponseSize } from './responseLimit.ts';

/** No response came: the host could not be reached, or the connection broke before. The cause says why. */
export class NoResponse extends Error {
	/** Whether it failed so soon that no model can have been at work. */
	readonly isImmediate: boolean;

	/** `sentAt` is when the request was sent, as a reading of `performance.now()`. */
	constructor(cause: unknown, sentAt: number) {
		super('no response', { cause });
		this.isImmediate = performance.now() - sentAt < immediateMs;
	}
}

/**
 * A host that closes the connection within this time has not run a model: it restarts, or had closed a connection that was
 * kept open just before the request came.
 */
const immediateMs = 250;

/** The response broke off in the middle. The cause says why. */
export class BrokenResponse extends Error {
	constructor(cause: unknown) {
		super('broken response', { cause });
	}
}

/** The host refused the request, or failed. */
export class HttpFailure extends Error {
	readonly status: number;
	readonly headers: Headers;
	/** The body: parsed, if it is JSON, else its text. */
	readonly body: unknown;

	constructor(status: number, headers: Headers, body: unknown) {
		super(`status ${status}`);
		this.status = status;
		this.headers = headers;
		this.body = body;
	}
}

export type PostRequest = {
	/** The path and the query come with it. */
	url: URL;
	headers: Record<string, string>;
	/** JSON. */
	body: string;
	/** Where its connections come from, if the caller has chosen the host. */
	dispatcher?: Dispatcher | undefined;
};

/** Following a redirect would send the prompt to a host that nobody has chosen. */
function redirectReason(url: string, location: string | null): string {
	const target = location === null ? null : URL.parse(location, url);
	if (target === null) return 'it is a redirect without a usable address.';
	return (
		`it is a redirect to ${target.host}. This server does not follow redirects. ` +
		"If you trust that host, set it as the provider's address."
	);
}

function isRedirect(status: number): boolean {
	return status >= 300 && status < 400;
}

/** How long a host may take to end a response of which nothing more is wanted, and how much it may send. */
const restMs = 1_000;
const restBytes = 16_384;

/** Reads the end of a response, so that the connection stays open for the next call. Closes it if there is more. */
function readRest(body: Readable): void {
	let bytes = 0;
	const timer = setTimeout(() => body.destroy(), restMs).unref();
	body
		.on('error', () => undefined)
		.on('close', () => clearTimeout(timer))
		.on('data', ({ length }: Buffer) => {
			bytes += length;
			if (bytes > restBytes) body.destroy();
		})
		.resume();
}

/** The parts of a body, counted. It is closed as soon as a limit is exceeded. */
async function* counted(body: Readable, limit: ResponseLimit, signal: AbortSignal): AsyncGenerator<Buffer> {
	const size = new ResponseSize(limit);
	const parts = body.iterator({ destroyOnReturn: false });
	try {
		for (;;) {
			const next = await parts.next().catch((error: unknown) => Promise.reject(new BrokenResponse(error)));
			if (next.done === true) return;
			const part = next.value as Buffer;
			const room = size.add(part, signal);
			if (room !== undefined) await room;
			yield part;
		}
	} catch (error) {
		body.on('error', () => undefined).destroy();
		throw error;
	} finally {
		if (!body.destroyed) {
			await parts.return?.();
			readRest(body);
		}
	}
}

/** A body of at most so many bytes is read as a whole: that takes less time than to read its parts. */
const shortBytes = 65_536;

/** Whether a response is good and its body short, and not compressed. */
function isShort(status: number, headers: ReceivedHeaders): boolean {
	if (status >= 300 || headers['content-encoding'] !== undefined) return false;
	return Number(headers['content-length'] ?? Infinity) <= shortBytes;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

/** How long a host may take to say why it failed. Its status is there already. */
const failureBodyMs = 3_000;

/** What the body of a failure says, as far as it comes in a few seconds. `close` ends the parts. */
async function failureText(parts: AsyncIterable<Uint8Array>, close: () => unknown): Promise<string> {
	const all: Uint8Array[] = [];
	const timer = setTimeout(close, failureBodyMs);
	try {
		for await (const part of parts) all.push(part);
	} catch (error) {
		if (causesOf(error).some((cause) => cause instanceof RejectedResponse)) throw error;
	} finally {
		clearTimeout(timer);
	}
	return Buffer.concat(all).toString('utf8');
}

/** The parts of a body, until it ends or the reader is canceled. */
async function* partsOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		yield value;
	}
}

/** The failure that a response tells. */
export async function failureOf({ status, headers, body }: globalThis.Response): Promise<HttpFailure> {
	if (body === null) return new HttpFailure(status, headers, '');
	const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
	const text = await failureText(partsOf(reader), () => void reader.cancel().catch(() => undefined));
	return new HttpFailure(status, headers, parsed(text));
}

/** The value of a header, or null. */
function valueOf(headers: ReceivedHeaders, name: string): string | null {
	return [headers[name] ?? []].flat().join(', ') || null;
}

function headersOf(received: ReceivedHeaders): Headers {
	return new Headers(
		Object.entries(received).flatMap(([name, values]) =>
			[values ?? []].flat().map((value): [string, string] => [name, value]),
		),
	);
}

/** The body of a good response, decompressed: as a whole if it is short, or else in parts. */
export type ResponseBody = Buffer | AsyncGenerator<Buffer>;

/**
 * Sends JSON and returns the body of a good response. The signal alone limits the time. Redirects are not followed, and the
 * size is limited. Throws NoResponse, HttpFailure, RejectedResponse, and BrokenResponse, also while the parts arrive; after
 * an abort, anything.
 */
export async function post(request: PostRequest, signal: AbortSignal): Promise<ResponseBody> {
	const limit = currentLimit();
	const { url, headers, body: sent, dispatcher = pool } = request;
	const { origin, pathname, search } = url;
	const sentAt = performance.now();
	const options = { origin, path: `${pathname}${search}`, method: 'POST', headers, body: sent } as const;
	const {
		status,
		headers: received,
		body,
	} = await exchange(dispatcher, options, signal, {
		isWhole(code, head) {
			if (code < 300) limit.onResponse?.();
			return isShort(code, head);
		},
		toError: (error, hasBegun) => (hasBegun ? new BrokenResponse(error) : new NoResponse(error, sentAt)),
	});
	if (Buffer.isBuffer(body)) {
		const room = new ResponseSize(limit).add(body, signal);
		if (room !== undefined) await room;
		return body;
	}
	if (isRedirect(status)) {
		body.destroy();
		throw reject(limit, redirectReason(url.href, valueOf(received, 'location')));
	}
	const readable = decoded(body, valueOf(received, 'content-encoding'), limit);
	const parts = counted(readable, limit, signal);
	if (status < 400) return parts;
	const text = await failureText(parts, () => readable.destroy());
	throw new HttpFailure(status, headersOf(received), parsed(text));
}

/** The response, whose body fails and closes the connection as soon as it exceeds the limit. */
function limited(response: Response, limit: ResponseLimit, signal: AbortSignal | undefined): Response {
	if (response.body === null) return response;
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const size = new ResponseSize(limit);
	const body = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await reader.read();
				if (done) return controller.close();
				try {
					await size.add(value, signal);
				} catch (error) {
					await reader.cancel(error);
					throw error;
				}
				controller.enqueue(value);
			},
			cancel: (reason) => reader.cancel(reason),
		},
		{ highWaterMark: 0 },
	);
	const { status, statusText, headers } = response;
	return new Response(body, { status, statusText, headers });
}

async function fetchLimited(url: string, init?: { signal?: AbortSignal }): Promise<Response> {
	const limit = currentLimit();
	const response = await fetch(url, { ...init, dispatcher: pool, redirect: 'manual' });
	if (isRedirect(response.status)) {
		await response.body?.cancel();
		throw reject(limit, redirectReason(url, response.headers.get('location')));
	}
	if (response.ok) limit.onResponse?.();
	return limited(response, limit, init?.signal);
}

/**
 * `fetch` over the same connections, for SDKs in place of their own. It does not follow redirects, and limits the size of
 * responses. The shell turns both into an error of the call.
 */
export const pooledFetch = fetchLimited as unknown as typeof globalThis.fetch;
