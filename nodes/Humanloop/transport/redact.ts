import type {
	ICredentialDataDecryptedObject,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';

/** Anything shorter is no key, and hiding it would hide ordinary words. The server uses the same limit. */
const shortestKey = 8;

const replacement = '[hidden]';

/** By request: the keys that the credentials added to it. */
const keysOfRequest = new WeakMap<object, string[]>();

/** Called by the credentials, so that reading a response needs no second look at n8n's database. */
export function rememberKeys(request: IHttpRequestOptions, credentials: ICredentialDataDecryptedObject): void {
	keysOfRequest.set(request, keysIn(credentials));
}

/** Hides the keys of the credentials in what a host sent: a response may repeat one ("Incorrect API key: …"). */
export class Redactor {
	readonly #keys: string[];
	/** Made when first needed. */
	#escapedKeys?: RegExp[];

	private constructor(keys: string[]) {
		this.#keys = keys;
	}

	/** @param request the request whose response is read; without one, the credentials are looked up */
	static async for(
		context: IExecuteSingleFunctions | ILoadOptionsFunctions,
		request?: IHttpRequestOptions,
	): Promise<Redactor> {
		const sent = request && keysOfRequest.get(request);
		return new Redactor(sent ?? keysIn(await context.getCredentials('humanloopApi')));
	}

	/** Hides the keys also where the text is JSON that spells one with escapes: `\u0073k-…`. Reading it would bring it back. */
	text(text: string): string {
		const clean = this.#asWritten(text);
		if (!clean.includes('\\')) return clean;
		this.#escapedKeys ??= this.#keys.map(escapedForms);
		return this.#escapedKeys.reduce((rest, forms) => rest.replace(forms, replacement), clean);
	}

	/** @param value parsed JSON, at any depth; names of properties count too */
	json<T>(value: T): T {
		return this.#keys.length > 0 ? (this.#walk(value) as T) : value;
	}

	/**
	 * The beginning of a text that is still growing, as far as no key can start in it any more.
	 *
	 * @param isWhole whether nothing follows
	 * @returns the text without keys, and without an end that the next piece may turn into a key. What it returned before is
	 *   the beginning of what it returns now, so it leaves keys with escapes in them alone
	 */
	growing(text: string, isWhole: boolean): string {
		const held = isWhole ? 0 : Math.max(0, ...this.#keys.map((key) => beginningAtEnd(text, key)));
		return this.#asWritten(text.slice(0, text.length - held));
	}

	#asWritten(text: string): string {
		return this.#keys.reduce((clean, key) => (clean.includes(key) ? clean.split(key).join(replacement) : clean), text);
	}

	#walk(value: unknown): unknown {
		if (typeof value === 'string') return this.text(value);
		if (typeof value !== 'object' || value === null) return value;
		if (Array.isArray(value)) return value.map((entry) => this.#walk(entry));
		return Object.fromEntries(Object.entries(value).map(([name, entry]) => [this.text(name), this.#walk(entry)]));
	}
}

function keysIn(credentials: ICredentialDataDecryptedObject): string[] {
	return (
		Object.entries(credentials)
			.filter(([field]) => /apiKey$/i.test(field))
			.map(([, value]) => String((value ?? '') as string).trim())
			.filter((key) => key.length >= shortestKey)
			// One key may start with another one.
			.sort((a, b) => b.length - a.length)
	);
}

/** How many characters of the key's beginning, but not all of it, a text ends with. */
function beginningAtEnd(text: string, key: string): number {
	for (let length = Math.min(key.length - 1, text.length); length > 0; length--) {
		if (text.endsWith(key.slice(0, length))) return length;
	}
	return 0;
}

/** Matches a key in a text of JSON, each character as it is or escaped. */
function escapedForms(key: string): RegExp {
	const forms = [...Array(key.length).keys()].map((index) => {
		const code = key.charCodeAt(index).toString(16).padStart(4, '0');
		const hex = [...code].map((digit) => (/\d/.test(digit) ? digit : `[${digit}${digit.toUpperCase()}]`)).join('');
		return `(?:\\\\?\\u${code}|\\\\u${hex})`;
	});
	return new RegExp(forms.join(''), 'g');
}
