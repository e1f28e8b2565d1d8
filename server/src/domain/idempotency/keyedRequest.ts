import { createHash } from 'node:crypto';
import { canonicalJson } from '../prompts/configs.ts';

/** What a repeat of a request must match: method, path and body in any key order, nulls of optional fields left out. */
export function fingerprintOf(operation: string, body: unknown): string {
	return createHash('sha256')
		.update(`${operation}\n${canonicalJson(body)}`)
		.digest('hex');
}
