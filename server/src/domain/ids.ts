import { createHash, randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const length = 21;

type Prefix = 'data' | 'pr' | 'sesh' | 'config' | 'ann' | 'key' | 'audit' | 'deletion' | 'env' | 'dep' | 'budget';

/** Random bytes that no ID was made of yet. To ask the system for them takes as long for many as for few. */
let random = Buffer.alloc(0);
let used = 0;

function randomByte(): number {
	if (used === random.length) {
		random = randomBytes(4_096);
		used = 0;
	}
	return random[used++] as number;
}

/** The digits of times, in the order of their bytes: a later time is the greater text. */
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const timeLength = 7;

/** The time in milliseconds in base 62. Seven digits are enough until 2081. */
function timeText(now: number): string {
	let text = '';
	for (let rest = now; text.length < timeLength; rest = Math.floor(rest / 62)) text = digits.charAt(rest % 62) + text;
	return text;
}

/**
 * A new ID in the form of the contract's examples: a prefix and 21 of [A-Za-z0-9]. The first seven are the time, so that new
 * rows come one after the other in an index: among a million rows, each at a random place would be a page to read and to
 * write. The other 14 are equally likely.
 */
export function newId(prefix: Prefix): string {
	let text = timeText(Date.now());
	while (text.length < length) {
		// Values 62 and 63 are skipped. Taking them modulo 62 would favor the first two characters.
		text += alphabet[randomByte() & 63] ?? '';
	}
	return `${prefix}_${text}`;
}

/** The ID that follows from the content, the same on every server: 21 base-62 digits of its SHA-256. */
export function contentId(prefix: Prefix, content: string): string {
	let number = BigInt(`0x${createHash('sha256').update(content).digest('hex')}`);
	let text = '';
	for (let i = 0; i < length; i += 1) {
		text += alphabet[Number(number % 62n)];
		number /= 62n;
	}
	return `${prefix}_${text}`;
}

/** The ID of a config whose first ID is taken by another project. It follows from the project and the parameters. */
export function configIdOfProject(projectId: string, hash: string): string {
	return contentId('config', `${projectId}\n${hash}`);
}

/** JSON with the keys of every object in order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
	const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
	entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
	return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** The map of names holds hashes, because a name can have megabytes. */
function hashOfName(name: string): string {
	return createHash('sha256').update(name).digest('base64');
}

/** How many names have a reserved ID at the same time. Beyond that, all are forgotten. */
const maxReserved = 10_000;

/**
 * IDs of projects that do not exist yet, one per name. Calls that use a new project at the same time all get the same
 * ID, and their events can name it before the project is stored. In memory only: a rejected call leaves nothing behind.
 */
export class ReservedProjectIds {
	readonly #idByName = new Map<string, string>();

	idFor(name: string): string {
		const hash = hashOfName(name);
		const known = this.#idByName.get(hash);
		if (known !== undefined) return known;
		if (this.#idByName.size >= maxReserved) this.#idByName.clear();
		const id = newId('pr');
		this.#idByName.set(hash, id);
		return id;
	}

	/** A project had the name and has it no more: the next one with this name gets another ID. */
	forget(name: string): void {
		this.#idByName.delete(hashOfName(name));
	}
}
