import { Agent } from 'undici';

/**
 * By default, undici gives up when a response takes longer than five minutes to start, or pauses as long. Models may take
 * longer: the caller's signal alone limits the time.
 */
export const poolOptions = { headersTimeout: 0, bodyTimeout: 0 };

/** Connections to the hosts of all providers, kept open from call to call. */
export const pool = new Agent(poolOptions);
