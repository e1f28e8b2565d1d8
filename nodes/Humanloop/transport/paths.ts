import { ApiFailure } from './apiFailure';

/**
 * The endpoints that run a model. Only they accept `provider_api_keys`; every other endpoint rejects unknown keys.
 * The operations send to these paths, by resource and by what is run, and the credentials add the provider keys to them.
 */
export const modelRunPaths = {
	chat: { version: '/chat-model-config', deployed: '/chat-deployed' },
	completion: { version: '/completion-model-config', deployed: '/completion-deployed', inline: '/completion' },
} as const;

/**
 * The path of a record, with its ID at the end.
 *
 * @param rest what follows the ID
 * @throws ApiFailure for an ID that would lead to another endpoint. Encoding does not help with these two: `/logs/..` is
 *   another endpoint (WHATWG URL Standard)
 */
export function recordPath(collection: string, id: string, rest = ''): string {
	if (id !== '.' && id !== '..') return `${collection}/${encodeURIComponent(id)}${rest}`;
	throw new ApiFailure({
		message: `'${id}' is not an ID`,
		description: 'Enter an ID that the API returned.',
		attempts: 0,
	});
}

/** @param url path of a request, relative to the base URL */
export function runsModel(url: string): boolean {
	return Object.values(modelRunPaths).some((paths) => (Object.values(paths) as string[]).includes(url));
}
