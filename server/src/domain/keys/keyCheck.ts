import type { Role } from '../../contract/keys.ts';
import { ApiError } from '../apiError.ts';
import type { Actor } from '../audit.ts';
import type { ApiKey } from '../entities.ts';
import { stateOf } from './keyState.ts';

/** Who sends a request, and what they may do. */
export type Principal = {
	role: Role;
	/** Requests with the same scope share saved responses. */
	scope: string;
	requestsPerMinute: number | null;
	/** When the key expires. null: never. */
	expiresAt: string | null;
	actor: Actor;
};

/** Where a request had its key: in the header, in the cookie of the page, or in the body of the one that signs in. */
export type KeySource = 'header' | 'cookie' | 'body';

/** How long a key counts as valid without another look-up, in milliseconds. A revocation takes effect after that. */
const maxAgeMs = 1_000;

type Checked = { key: ApiKey; principal: Principal; until: number };

function toPrincipal({ id, name, role, scope, requestsPerMinute, expiresAt }: ApiKey): Principal {
	return { role, scope, requestsPerMinute, expiresAt, actor: { keyId: id, name } };
}

/** Why a key is not valid. It is told to those who have the key, so it may say what happened to it. */
function reasonOf(key: ApiKey, now: number): string | undefined {
	const state = stateOf(key, now);
	if (state === 'revoked') return 'was revoked';
	return state === 'expired' ? `expired on ${key.expiresAt}` : undefined;
}

const subjects: Record<KeySource, string> = {
	header: 'The API key in the header X-API-KEY',
	cookie: 'The API key that you have signed in with',
	body: 'The API key',
};

function notValid(reason: string, source: KeySource): ApiError {
	const hint = source === 'cookie' ? ' Sign in with another one.' : '';
	return new ApiError(401, `${subjects[source]} ${reason}.${hint}`, { rejection: 'wrong_key' });
}

type Options = {
	lookUp: (hash: string) => Promise<ApiKey | undefined>;
	/** Called for each request with a stored key that is valid. */
	onUse: (key: ApiKey) => void;
	/** The time of day in milliseconds. */
	now: () => number;
};

/** Finds out who has a key. Looks each key up at most once a second. */
export class KeyCheck {
	readonly #options: Options;
	readonly #checked = new Map<string, Checked>();
	readonly #lookUps = new Map<string, Promise<Checked | undefined>>();
	readonly #unstored = new Map<string, Principal>();

	constructor(options: Options) {
		this.#options = options;
	}

	/** Makes a key valid that is not in the database, as an admin. The function that it returns ends that. */
	addUnstored(hash: string, name: string): () => void {
		const actor = { keyId: null, name };
		this.#unstored.set(hash, { role: 'admin', scope: hash, requestsPerMinute: null, expiresAt: null, actor });
		return () => this.#unstored.delete(hash);
	}

	/** Who has the key with that hash. Throws 401 if it is not valid. */
	async principalOf(hash: string, source: KeySource): Promise<Principal> {
		const unstored = this.#unstored.get(hash);
		if (unstored !== undefined) return unstored;
		const checked = this.#fresh(hash) ?? (await this.#check(hash));
		if (checked === undefined) throw notValid('is not valid', source);
		const reason = reasonOf(checked.key, this.#options.now());
		if (reason !== undefined) throw notValid(reason, source);
		this.#options.onUse(checked.key);
		return checked.principal;
	}

	#fresh(hash: string): Checked | undefined {
		const checked = this.#checked.get(hash);
		return checked !== undefined && performance.now() < checked.until ? checked : undefined;
	}

	/** Requests at the same moment share one look-up. */
	#check(hash: string): Promise<Checked | undefined> {
		const running = this.#lookUps.get(hash);
		if (running !== undefined) return running;
		const started = this.#lookUp(hash).finally(() => this.#lookUps.delete(hash));
		this.#lookUps.set(hash, started);
		return started;
	}

	async #lookUp(hash: string): Promise<Checked | undefined> {
		// Counted from before the look-up: a key that is revoked meanwhile is valid for a second at most.
		const until = performance.now() + maxAgeMs;
		const key = await this.#options.lookUp(hash);
		this.#checked.delete(hash);
		if (key === undefined) return undefined;
		const checked = { key, principal: toPrincipal(key), until };
		// Guesses are not kept, and what was revoked stays so.
		if (key.revokedAt === null) this.#checked.set(hash, checked);
		return checked;
	}
}
