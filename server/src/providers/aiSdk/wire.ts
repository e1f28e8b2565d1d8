import type {
	LanguageModelV4,
	LanguageModelV4CallOptions,
	LanguageModelV4StreamPart,
	SharedV4Warning,
} from '@ai-sdk/provider';
import { type Body, isBody } from '../body.ts';
import { StreamFailure } from '../openai/errors.ts';
import { parseBody } from '../plainBody.ts';
import { BrokenResponse, failureOf, NoResponse } from '../http.ts';

export type Fetch = typeof globalThis.fetch;

/** Makes a model of an SDK that sends its requests with this function. */
export type Connect = (fetch: Fetch) => LanguageModelV4;

/** Objects are merged, everything else is replaced. */
export function merged(below: Body, above: Body): Body {
	const result = { ...below };
	for (const [key, value] of Object.entries(above)) {
		const known = result[key];
		result[key] = isBody(known) && isBody(value) ? merged(known, value) : value;
	}
	return result;
}

/** The body that an SDK sends, with what the config adds to it. */
function bodyOf(init: RequestInit | undefined, other: Body): Body {
	return merged(JSON.parse(init?.body as string) as Body, other);
}

/**
 * Runs a call of an SDK without sending anything. Returns the body that it would send, and what it would leave out or
 * change. `nothing` is an empty response of the provider. Throws what the SDK throws.
 */
export async function rehearse(
	connect: Connect,
	options: LanguageModelV4CallOptions,
	{ isStream, nothing, other }: { isStream: boolean; nothing: Body; other: Body },
): Promise<{ body: Body; warnings: SharedV4Warning[] }> {
	let body: Body = {};
	const model = connect(async (_url, init) => {
		body = bodyOf(init, other);
		return isStream ? new Response('') : Response.json(nothing);
	});
	if (!isStream) {
		const { warnings } = await model.doGenerate(options);
		return { body, warnings };
	}
	const { stream } = await model.doStream(options);
	const reader = stream.getReader();
	const first = await reader.read();
	await reader.cancel();
	const part: LanguageModelV4StreamPart | undefined = first.value;
	return { body, warnings: part?.type === 'stream-start' ? part.warnings : [] };
}

/** The text of a response. Throws BrokenResponse if it does not come whole; after an abort, anything. */
function textOf(response: Response): Promise<string> {
	return response.text().catch((error: unknown) => Promise.reject(new BrokenResponse(error)));
}

/** One plain response to a request for a stream. */
export class PlainResponse extends Error {
	readonly text: string;

	constructor(text: string) {
		super('plain response');
		this.text = text;
	}
}

/** The text of a plain response, which is JSON. Throws StreamFailure if it is an error in spite of its status. */
async function plainText(response: Response): Promise<string> {
	const text = await textOf(response);
	const body = parseBody(text);
	if (isBody(body) && (body['error'] || body['type'] === 'error')) throw new StreamFailure(body);
	return text;
}

/**
 * Sends what an SDK asks for over `transport`, with what the config adds to the body. `onResponse` gets the text of each plain
 * response; without it, a stream is asked for. Throws NoResponse, HttpFailure, BrokenResponse, StreamFailure, UnusableResponse
 * and, for a stream, PlainResponse: the SDK may wrap them.
 */
export function sendingFetch(transport: Fetch, other: Body, onResponse?: (text: string) => void): Fetch {
	const hasOther = Object.keys(other).length > 0;
	return async (url, init) => {
		const sent = hasOther ? { ...init, body: JSON.stringify(bodyOf(init, other)) } : init;
		const sentAt = performance.now();
		const response = await transport(url, sent).catch((error: unknown) =>
			Promise.reject(new NoResponse(error, sentAt)),
		);
		if (!response.ok) throw await failureOf(response);
		const isPlain = /\b(json|html)\b/.test(response.headers.get('content-type') ?? '');
		if (onResponse === undefined && !isPlain) return response;
		const text = await plainText(response);
		if (onResponse === undefined) throw new PlainResponse(text);
		onResponse(text);
		return new Response(text, { status: response.status, headers: response.headers });
	};
}
