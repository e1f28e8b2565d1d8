import { Agent } from 'undici';

/**
 * Connections to the hosts of all providers, kept open from call to call. By default, undici gives up when a response
 * takes longer than five minutes to start or pauses as long. Models may take longer: the caller's signal alone limits the
 * time.
 */
export const pool = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
