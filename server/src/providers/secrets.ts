/** The text without percent-encoding. Undefined: it is none. */
function decoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text.replaceAll('+', ' '));
	} catch {
		return undefined;
	}
}

/** A value as it is sent, and as programs on the way may write it. */
function formsOf(value: string): string[] {
	const plain = decoded(value);
	return plain === undefined ? [value] : [value, plain, encodeURIComponent(plain)];
}

/** The values in the query and the user information of an address: gateways take keys there. A version is no secret. */
function secretsInAddress(address: string): string[] {
	const url = URL.parse(address);
	if (url === null) return [];
	const values = url.search
		.slice(1)
		.split('&')
		.filter((part) => !/^[\w.-]*version=/i.test(part))
		// A part without a name is a value.
		.map((part) => part.slice(part.indexOf('=') + 1));
	return [...values, url.username, url.password].filter((value) => value !== '').flatMap(formsOf);
}

/** What must not leave the server of a provider's settings: its keys, and what its base URL says beside the address. */
export function secretsOf(keys: readonly (string | undefined)[], baseUrl: string | undefined): string[] {
	const given = keys.filter((key) => key !== undefined);
	return baseUrl === undefined ? given : [...given, ...secretsInAddress(baseUrl)];
}
