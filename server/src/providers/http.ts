import { Agent, fetch } from 'undici';

/**
 * Connections to the hosts of all providers, kept open from call to call. Node's own fetch keeps them too, but gives up
 * when a response takes longer than five minutes to start. Here the caller's signal alone limits the time.
 */
const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** `fetch` over these connections. Hand it to an SDK as its own. */
export const pooledFetch = ((input: string, init?: object) =>
	fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
