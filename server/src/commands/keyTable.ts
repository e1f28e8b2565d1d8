import type { ApiKey } from '../domain/entities.ts';
import { stateOf } from '../domain/keys/keyState.ts';
import { alignedLines, shortened } from './textTable.ts';

function dateOf(time: string | null): string {
	return time === null ? 'never' : time.slice(0, 10);
}

/** The state of a key, and until when a valid one stays so. */
function stateText(key: ApiKey, now: number): string {
	const state = stateOf(key, now);
	const isUsable = state === 'valid' || state === 'replaced';
	return isUsable && key.expiresAt !== null ? `until ${dateOf(key.expiresAt)}` : state;
}

/** Keys as lines of at most 80 columns, with a heading. Dates are in UTC. Neither keys nor their hashes are in it. */
export function keyTable(keys: ApiKey[], now: number): string[] {
	return alignedLines([
		['ID', 'NAME', 'ROLE', 'LAST USED', 'STATE'],
		...keys.map((key) => [key.id, shortened(key.name), key.role, dateOf(key.lastUsedAt), stateText(key, now)]),
	]);
}
