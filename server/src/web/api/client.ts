import { forgetEarly, takeEarly } from './early.ts';

/** One wrong field of a request: where it is, such as `body → temperature`, and what is wrong with it. */
export interface FieldError {
	loc: (string | number)[];
	msg: string;
}

/** An error response of the API. The message is the API's own words. */
export class ApiError extends Error {
	readonly status: number;
	/** The fields that are wrong, if the API names them (422). */
	readonly fields: readonly FieldError[];
	/** "Humanloop" for an error of the server, or the name of the provider that it came from. */
	readonly origin: string;

	constructor(status: number, message: string, fields: readonly FieldError[] = [], origin = 'Humanloop') {
		super(message);
		this.status = status;
		this.fields = fields;
		this.origin = origin;
	}

	/** Whether nobody is signed in. A provider that rejects its own key says 401 too. */
	get isSignedOut(): boolean {
		return this.status === 401 && this.origin === 'Humanloop';
	}
}

/** A page of a list. */
export interface Paged<T> {
	records: T[];
	page: number;
	size: number;
	total: number;
}

type QueryValue = string | number | boolean | readonly string[] | undefined | null;
export type Query = Record<string, QueryValue>;

export interface RequestOptions {
	query?: Query;
	body?: unknown;
	headers?: Record<string, string>;
	signal?: AbortSignal;
}

/** The query string of the values that are there: `?a=1&b=x&b=y`, or nothing. */
export function queryString(query: Query = {}): string {
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined || value === null || value === '') continue;
		for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
	}
	const text = parameters.toString();
	return text === '' ? '' : `?${text}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Reads an error of the API, `{ detail: … }` in any of its forms. */
export function toApiError(status: number, body: unknown): ApiError {
	const detail = isObject(body) ? body.detail : undefined;
	if (Array.isArray(detail)) {
		const fields = detail as FieldError[];
		const words = fields.map(({ loc, msg }) => `${loc.slice(1).join(' → ') || loc.join(' → ')}: ${msg}`);
		return new ApiError(status, words.join('\n'), fields);
	}
	if (isObject(detail) && typeof detail.message === 'string') {
		return new ApiError(status, detail.message, [], typeof detail.origin === 'string' ? detail.origin : undefined);
	}
	return new ApiError(status, `The server answered with status ${status} and no explanation.`);
}

let signedOut: (() => void) | undefined;

/** What to do when a request finds that nobody is signed in. */
export function onSignedOut(handler: () => void): void {
	signedOut = handler;
}

/**
 * Sends a request to the API and checks its status.
 *
 * @param path below /v4, such as `/projects`
 * @throws ApiError for an error response, TypeError if the server cannot be reached
 */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
	const { query, body, headers, signal } = options;
	const address = `${path}${queryString(query)}`;
	const early = method === 'GET' && headers === undefined ? takeEarly(address) : undefined;
	const response = await (early ??
		fetch(`/v4${address}`, {
			method,
			headers: {
				Accept: 'application/json',
				...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
				...headers,
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			...(signal ? { signal } : {}),
		}));
	if (response.ok) return response;
	const error = toApiError(response.status, await response.json().catch(() => undefined));
	if (error.isSignedOut) {
		forgetEarly();
		signedOut?.();
	}
	throw error;
}

/** Sends a request and reads its JSON. An empty response is undefined. */
async function request<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
	const response = await send(method, path, options);
	const text = await response.text();
	return (text === '' ? undefined : JSON.parse(text)) as T;
}

type Options = Omit<RequestOptions, 'query' | 'body'>;

/** `GET`. `signal` ends it when nobody waits for the answer any more. */
export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
	request<T>('GET', path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });
export const post = <T>(path: string, body?: unknown, options?: Options) =>
	request<T>('POST', path, { ...options, body: body ?? {} });
export const patch = <T>(path: string, body: unknown, options?: Options) =>
	request<T>('PATCH', path, { ...options, body });
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, { body });
export const remove = <T>(path: string, query?: Query) => request<T>('DELETE', path, query ? { query } : {});
