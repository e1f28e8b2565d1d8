import type { ApiKey } from '../domain/entities.ts';
import { stateOf } from '../domain/keys/keyState.ts';

/** A name may take what the other columns leave of 80. */
const nameWidth = 15;

function shortened(text: string): string {
	const characters = [...text];
	return characters.length <= nameWidth ? text : `${characters.slice(0, nameWidth - 1).join('')}…`;
}

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
	const rows = [
		['ID', 'NAME', 'ROLE', 'LAST USED', 'STATE'],
		...keys.map((key) => [key.id, shortened(key.name), key.role, dateOf(key.lastUsedAt), stateText(key, now)]),
	];
	const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
	return rows.map((row) =>
		row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length))).join('  '),
	);
}
