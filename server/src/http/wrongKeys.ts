import { isIPv6 } from 'node:net';
import { ApiError } from '../domain/apiError.ts';

/** How many networks are remembered, the newest ones. */
const maxNetworks = 1_000;

/** How many pairs of a network and a key that is in use there are remembered. */
const maxInUse = 10_000;

/** One customer usually has 2⁶⁴ IPv6 addresses, so the first 64 bits stand for all of them. */
function networkOf(address: string): string {
	if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
	const [before = '', after] = address.split('::');
	const groups = before.split(':');
	if (after !== undefined) {
		const behind = after === '' ? 0 : after.split(':').length;
		while (groups.length + behind < 8) groups.push('0');
		groups.push(...after.split(':'));
	}
	return groups.slice(0, 4).join(':');
}

function trim(entries: Set<string> | Map<string, unknown>, max: number): void {
	for (const oldest of entries.keys()) {
		if (entries.size <= max) return;
		entries.delete(oldest);
	}
}

/**
 * Slows down the guessing of API keys: after `max` different wrong keys from one network within `windowMs` milliseconds,
 * keys from there are not looked up until the window ends. If right keys still passed, guesses would not be slowed
 * down. Only those that are in use in that network pass, so that a neighbor's guesses do not stop what runs.
 */
export class WrongKeys {
	readonly #max: number;
	readonly #windowMs: number;
	readonly #windows = new Map<string, { endsAt: number; hashes: Set<string> }>();
	readonly #inUse = new Set<string>();

	constructor(max: number, windowMs: number) {
		this.#max = max;
		this.#windowMs = windowMs;
	}

	isInUse(address: string, hash: string): boolean {
		return this.#inUse.has(`${networkOf(address)} ${hash}`);
	}

	/** Counts a key as wrong before it is looked up, so that guesses at the same moment count too. Throws 429. */
	add(address: string, hash: string): void {
		if (this.#max === 0) return;
		const network = networkOf(address);
		const now = performance.now();
		let window = this.#windows.get(network);
		if (window === undefined || window.endsAt <= now) {
			window = { endsAt: now + this.#windowMs, hashes: new Set() };
			this.#windows.delete(network);
			this.#windows.set(network, window);
			trim(this.#windows, maxNetworks);
		}
		// The same wrong key again is a client with an old key, and gets the error that says so.
		if (window.hashes.has(hash)) return;
		if (window.hashes.size >= this.#max) {
			throw new ApiError(429, 'Too many wrong API keys came from your address. Wait before you try another key.', {
				retryAfterMs: window.endsAt - now,
				rejection: 'too_many_wrong_keys',
			});
		}
		window.hashes.add(hash);
	}

	/** The key was right. */
	accept(address: string, hash: string): void {
		const network = networkOf(address);
		this.#windows.get(network)?.hashes.delete(hash);
		this.#inUse.add(`${network} ${hash}`);
		trim(this.#inUse, maxInUse);
	}
}
