import { Agent, fetch } from 'undici';

/**
 * Connections to a host, kept open from call to call. Node's own fetch keeps them too, but gives up after five minutes
 * without an answer's head, which a long answer takes; how long a call may take is the call's own affair.
 */
export function connections() {
	const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
	return { fetch: fetch as unknown as typeof globalThis.fetch, fetchOptions: { dispatcher } };
}
