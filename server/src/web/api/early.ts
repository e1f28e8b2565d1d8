/*
 * Requests that begin before the page is drawn. Without them, the server would have nothing to do while the browser
 * reads the scripts, and the browser nothing while the server reads its database.
 */
const responses = new Map<string, Promise<Response>>();

/** An early response is for the first screen. What is asked later must be new. */
const maxAgeMs = 10_000;

/**
 * Begins a GET.
 *
 * @param path below /v4, with its query
 * @returns the response. It is somebody else's: read a clone, at once.
 */
export function askEarly(path: string): Promise<Response> {
	const response = fetch(`/v4${path}`, { headers: { Accept: 'application/json' } });
	// Whoever takes it gets the error.
	response.catch(() => undefined);
	responses.set(path, response);
	return response;
}

/** The response to a GET that has begun already. Each can be taken once. */
export function takeEarly(path: string): Promise<Response> | undefined {
	const response = responses.get(path);
	responses.delete(path);
	return performance.now() < maxAgeMs ? response : undefined;
}

/** Responses that nobody has taken are not for somebody who has signed in or out since. */
export function forgetEarly(): void {
	responses.clear();
}
